"""Signing in to the admin: Django's own page, with its limits told as a door tells them."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from pastes import answers
from pastes.forms import device_cookie
from pastes.services import signing_in

django_sign_in = admin.site.login


def sign_in(
    request: HttpRequest, extra_context: dict[str, Any] | None = None
) -> HttpResponseBase:
    """Answer as Django does; a refused try with its status and Retry-After.

    A browser that has signed in is known from then on.
    """
    response = django_sign_in(request, extra_context)
    if request.method != "POST":
        return response
    if response.status_code == 302:
        keep_device(response, request.user.get_username())
        return response
    refusal = response.context_data["form"].refusal
    if refusal:
        response.status_code = refusal.status
        answers.add_error_headers(response, refusal)
    return response


def keep_device(response: HttpResponseBase, name: str) -> None:
    response.set_cookie(
        device_cookie(name),
        signing_in.new_device(name),
        max_age=signing_in.DEVICE_SECONDS,
        path=reverse("admin:login"),
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Strict",
    )
