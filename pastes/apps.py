"""The app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class PastesConfig(AppConfig):
    name = "pastes"
    verbose_name = gettext_lazy("Pastes")

    def ready(self) -> None:
        from pastes import checks

        checks.register_all()
