"""The two cookies of readers and makers; a plain reader of public pastes gets none."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from pastes import tokens
from pastes.answers import GRANT_COOKIE
from pastes.models import Paste
from pastes.services import GRANT_SECONDS

MAKER_SECONDS = 400 * 24 * 60 * 60
SETTINGS_SECONDS = 400 * 24 * 60 * 60
# The page's scripts set them too, so that nothing has to be loaded anew.
SETTINGS = {"theme": ("light", "dark"), "wrap": ("yes", "no"), "keys": ("off",)}
CREATED_COOKIE = "created"
CREATED_SECONDS = 10 * 60


def maker_cookie() -> str:
    """Return the cookie's name; the prefix makes browsers hold it to HTTPS."""
    return f"{settings.COOKIE_PREFIX}maker"


def maker_key(request: HttpRequest) -> str:
    """Return the key under which this browser made its pastes, or ""."""
    key = request.COOKIES.get(maker_cookie(), "")
    return key if 32 <= len(key) <= 64 and key.isascii() else ""


def owner_token(request: HttpRequest, paste: Paste) -> str:
    """Return the paste's owner token if this browser made it, or ""."""
    key = maker_key(request)
    if not key:
        return ""
    token = tokens.new_owner_token(paste.slug, key)
    return token if tokens.is_match(token, paste.owner_digest) else ""


def keep(
    response: HttpResponseBase, name: str, value: str, seconds: int, path: str = ""
) -> None:
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=path or settings.COOKIE_PATH,
        secure=settings.IS_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def keep_maker(response: HttpResponseBase, key: str) -> None:
    keep(response, maker_cookie(), key, MAKER_SECONDS)


def keep_grant(response: HttpResponseBase, paste_url: str, grant: str) -> None:
    """Let this browser open this one paste again, for a limited time."""
    keep(response, GRANT_COOKIE, grant, GRANT_SECONDS, paste_url)


def fork_cookie(slug: str) -> str:
    return f"{GRANT_COOKIE}_{slug}"


def keep_fork_grant(response: HttpResponseBase, slug: str, grant: str) -> None:
    """Let the form that makes a fork open the locked parent once more."""
    keep(response, fork_cookie(slug), grant, GRANT_SECONDS, reverse("pastes:new"))


def mark_created(response: HttpResponseBase, paste_url: str) -> None:
    """Let the paste's page show once what only its maker gets to see."""
    keep(response, CREATED_COOKIE, "1", CREATED_SECONDS, paste_url)


def chosen_settings(request: HttpRequest) -> dict[str, str]:
    """Return how this reader likes the pages; "" where nothing was chosen."""
    return {
        name: value if (value := request.COOKIES.get(name, "")) in allowed else ""
        for name, allowed in SETTINGS.items()
    }


def keep_settings(request: HttpRequest, response: HttpResponseBase) -> None:
    """Keep each setting that was sent and is one; an empty one is forgotten."""
    languages = [key for key, _ in settings.LANGUAGES]
    for name, allowed in (
        SETTINGS | {settings.LANGUAGE_COOKIE_NAME: languages}
    ).items():
        value = request.POST.get(name)
        if value in allowed:
            response.set_cookie(
                name,
                value,
                max_age=SETTINGS_SECONDS,
                path=settings.COOKIE_PATH,
                secure=settings.IS_HTTPS,
                samesite="Lax",
            )
        elif value == "":
            response.delete_cookie(name, path=settings.COOKIE_PATH, samesite="Lax")
