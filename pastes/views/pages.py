"""Pages about the site itself."""

from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import generic
from django.views.generic import TemplateView

from pastes import answers, services
from pastes.views import cookies
from pastes.views.errors import PasteErrorMixin


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what every page says of the site."""
    return {
        "site_name": settings.SITE_NAME,
        "site_notice": settings.SITE_NOTICE,
        "abuse_email": settings.ABUSE_EMAIL,
        "chosen": cookies.chosen_settings(request),
        "site_languages": settings.LANGUAGES,
        "cookie_path": settings.COOKIE_PATH,
        "is_post": request.method == "POST",
        "here": request.path if request.path in menu(get_script_prefix()) else "",
    }


@lru_cache(maxsize=1)
def menu(prefix: str) -> frozenset[str]:
    """Return the addresses in the menu, which begin with `prefix`, Django's own."""
    names = ("pastes:create", "pastes:mine", "pastes:about")
    return frozenset(map(reverse, names))


class SettingsView(PasteErrorMixin, generic.View):
    """POST keeps how this reader likes the pages: each setting in a cookie of its own.

    Without a CSRF token, as a page for everybody has none; nothing of worth is changed,
    and browsers tell when another site's page sends it.
    """

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest) -> HttpResponseBase:
        response = redirect(came_from(request))
        if request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site"):
            return response
        cookies.keep_settings(request, response)
        return response


def came_from(request: HttpRequest) -> str:
    """Return the address on this host that the request was sent from, or the form's."""
    try:
        page = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return reverse("pastes:create")
    target = urlunsplit(("", "", page.path, page.query, ""))
    is_ours = page.netloc == request.get_host()
    if is_ours and url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return target
    return reverse("pastes:create")


class AboutView(PasteErrorMixin, TemplateView):
    template_name = "pastes/about.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        link = answers.full_link(self.request, reverse("pastes:create"))
        return super().get_context_data(**kwargs) | {
            "site_link": link,
            "host": urlsplit(link).netloc,
            "max_size": services.say_size(settings.PASTE_MAX_BYTES),
            "lifetimes": services.offered_lifetimes(),
            "default_lifetime": services.say_span(services.default_lifetime()),
            "address_retention": services.say_span(settings.ADDRESS_RETENTION),
            "security_contact": settings.SECURITY_CONTACT,
        }


class ClientsView(PasteErrorMixin, TemplateView):
    """How the clients of other pastebins are told about this site."""

    template_name = "pastes/clients.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        link = answers.full_link(self.request, reverse("pastes:create"))
        site = urlsplit(link)
        return super().get_context_data(**kwargs) | {
            "site_link": link,
            # For clients that add a slash of their own.
            "origin": link.removesuffix("/"),
            "host": f"{site.netloc}{site.path}".rstrip("/"),
            "hostname": site.hostname,
        }


def robots(request: HttpRequest) -> HttpResponse:
    """Let the pages about the site be found; a paste is found by its link.

    Robots ask for it at the root of the host alone: below a path the host's own file has
    to say it. Every paste says it in a header as well.
    """
    home = reverse("pastes:create")
    found = "".join(f"Allow: {home}{page}$\n" for page in ("", "about", "clients"))
    return HttpResponse(
        f"User-agent: *\n{found}Disallow: {home}\n",
        content_type="text/plain; charset=utf-8",
    )


def security_txt(request: HttpRequest) -> HttpResponse:
    """Say where to report a security problem, in the form of RFC 9116."""
    contact = settings.SECURITY_CONTACT
    if not contact:
        raise Http404
    if "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    expires = (timezone.now() + timedelta(days=90)).strftime("%Y-%m-%dT00:00:00Z")
    fields = {
        "Contact": contact,
        "Expires": expires,
        "Canonical": answers.full_link(request, request.path),
        "Policy": answers.full_link(request, reverse("pastes:about")),
        "Preferred-Languages": ", ".join(code for code, _ in settings.LANGUAGES),
    }
    return HttpResponse(
        "".join(f"{name}: {value}\n" for name, value in fields.items()),
        content_type="text/plain; charset=utf-8",
    )
