"""What a WSGI server runs: Django behind the edge, with the housekeeping beside it."""

import logging
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pastebin_site.settings")

django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402

from pastes import edge, housekeeping, metrics, shortcut  # noqa: E402 (needs the settings)

try:
    metrics.share(settings.METRICS_DIR)
except OSError as error:
    logging.getLogger("pastes.metrics").warning(
        "This process counts for itself: %s.", error.strerror
    )
application = shortcut.wrap(edge.wrap(django_application))
housekeeping.start()
