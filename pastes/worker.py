"""What each of granian's workers loads: the site, and an ear for being stopped."""

import signal

from pastes import stopping

# A terminal's Ctrl+C reaches the workers too; they wait for the main process's word,
# which would take a worker that ends by itself for a broken one.
stopping.listen(signal.SIGTERM)

from pastebin_site.wsgi import application  # noqa: E402, F401 (after listening)
