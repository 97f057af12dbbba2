"""What each of granian's workers loads: the site, and an ear for being stopped."""

import signal

from pastes import memory, stopping
from pastes.postgresql import Patience

memory.keep_little()

# A terminal's Ctrl+C reaches the workers too; they wait for the main process's word,
# which would take a worker that ends by itself for a broken one.
stopping.listen(signal.SIGTERM)

# Somewhat more than the server's own limit, statement_timeout in the settings.
Patience.seconds = 35.0

from pastebin_site.wsgi import application  # noqa: E402, F401 (after listening)
