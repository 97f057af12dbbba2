"""What each of granian's workers loads: the site, and an ear for being stopped."""

from pastes import stopping

stopping.listen()

from pastebin_site.wsgi import application  # noqa: E402, F401 (after listening)
