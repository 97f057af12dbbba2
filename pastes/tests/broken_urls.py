"""A URLconf with a view that breaks, for the page that says so."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("canary")


urlpatterns = [path("broken", broken), path("api/v1/broken", broken)]
handler500 = "pastes.fallbacks.server_error"
