"""What a WSGI server runs: Django behind the edge, with the housekeeping beside it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pastebin_site.settings")

django_application = get_wsgi_application()

from pastes import edge, housekeeping  # noqa: E402 (needs the settings)

application = edge.wrap(django_application)
housekeeping.start()
