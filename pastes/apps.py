"""The app."""

from django.apps import AppConfig


class PastesConfig(AppConfig):
    name = "pastes"
    verbose_name = "Pastes"

    def ready(self) -> None:
        from pastes import checks

        checks.register_all()
