"""Settings whose values are none, or do not fit each other."""

import ipaddress
import re
from collections.abc import Callable
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from pastes import lifetimes, limits, services, spam

# A host, perhaps a port, and perhaps a path that needs no encoding and does not end in "/".
SITE_URL_PATTERN = r"https?://([^/?#@:\[\]\s]+|\[[0-9a-fA-F:.]+\])(:[0-9]+)?(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*"


def check_setting(
    name: str, parse: Callable[[str], Any], id: str
) -> list[CheckMessage]:
    try:
        parse(getattr(settings, name))
    except ValueError as error:
        return [Error(f"{name}: {error}", id=id)]
    return []


def check_limits(**kwargs: Any) -> list[CheckMessage]:
    names = sorted({name for name in dir(settings) if name.startswith("LIMIT_")})
    return [
        fault
        for name in names
        for fault in check_setting(name, limits.parse_rule, "pastes.E003")
    ]


def check_lifetimes(**kwargs: Any) -> list[CheckMessage]:
    faults = check_setting("ADDRESS_RETENTION", lifetimes.parse_span, "pastes.E004")
    faults += check_setting("TOMBSTONE_RETENTION", lifetimes.parse_span, "pastes.E004")
    if settings.PASTE_MAX_LIFETIME:
        faults += check_setting(
            "PASTE_MAX_LIFETIME", lifetimes.parse_span, "pastes.E004"
        )
    for key in settings.PASTE_LIFETIMES:
        try:
            if key != lifetimes.NEVER:
                lifetimes.parse_span(key)
        except ValueError as error:
            faults.append(Error(f"PASTE_LIFETIMES: {error}", id="pastes.E004"))
    if not faults:
        faults += check_offer()
    return faults


def check_offer() -> list[CheckMessage]:
    keys = [key for key, _ in services.offered_lifetimes()]
    if not keys:
        return [
            Error(
                "PASTE_LIFETIMES offers nothing that PASTE_MAX_LIFETIME allows.",
                id="pastes.E005",
            )
        ]
    if settings.PASTE_DEFAULT_LIFETIME not in keys:
        return [
            Warning(
                f"PASTE_DEFAULT_LIFETIME={settings.PASTE_DEFAULT_LIFETIME} is not "
                f"offered; {keys[-1]} is taken instead.",
                id="pastes.W001",
            )
        ]
    return []


def check_mail(**kwargs: Any) -> list[CheckMessage]:
    """Say what mail would not be sent, or not arrive."""
    if not settings.EMAIL_URL:
        return []
    if not settings.ABUSE_EMAIL:
        return [
            Warning(
                "EMAIL_URL is set and ABUSE_EMAIL is not: nobody is told of reports.",
                hint="ABUSE_EMAIL=abuse@example.org",
                id="pastes.W011",
            )
        ]
    addresses = {
        "ABUSE_EMAIL": settings.ABUSE_EMAIL,
        "MAIL_FROM": parseaddr(settings.DEFAULT_FROM_EMAIL)[1],
    }
    faults: list[CheckMessage] = []
    for name, address in addresses.items():
        try:
            validate_email(address)
        except ValidationError:
            faults.append(Error(f"{name} is no e-mail address.", id="pastes.E011"))
    return faults


def check_objections(**kwargs: Any) -> list[CheckMessage]:
    """Say that who was moderated finds nobody to object to."""
    if settings.ABUSE_EMAIL:
        return []
    return [
        Warning(
            "ABUSE_EMAIL is empty: the page of a paste that was taken down names nobody "
            "to object to.",
            hint="ABUSE_EMAIL=abuse@example.org",
            id="pastes.W014",
        )
    ]


def check_spam(**kwargs: Any) -> list[CheckMessage]:
    faults = check_setting("SPAM_WEIGHTS", spam.parse_weights, "pastes.E012")
    if not settings.SPAM_CHECKER:
        return faults
    try:
        is_found = callable(services.spam_checker())
    except ImportError:
        is_found = False
    if not is_found:
        faults.append(
            Error(
                f"SPAM_CHECKER={settings.SPAM_CHECKER} names no function that can be "
                "imported.",
                hint="SPAM_CHECKER=checker.check, where checker.py is beside manage.py",
                id="pastes.E013",
            )
        )
    return faults


def check_shared_cache(**kwargs: Any) -> list[CheckMessage]:
    """Say that a network reads along what the site tells its shared cache."""
    url = urlsplit(settings.CACHE_URL)
    is_safe = url.scheme == "rediss" and "ssl_cert_reqs=none" not in url.query
    if not settings.CACHE_URL or url.scheme == "unix" or is_safe:
        return []
    host = url.hostname or ""
    try:
        is_local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = host == "localhost"
    if is_local:
        return []
    return [
        Warning(
            "CACHE_URL leads to another host without TLS, or to any that claims to be "
            "it: the network in between reads texts and the password, and can make "
            "limits begin anew.",
            hint="rediss://, or a network that nobody else is in",
            id="pastes.W020",
        )
    ]


def check_site_url(**kwargs: Any) -> list[CheckMessage]:
    faults: list[CheckMessage] = []
    if settings.SITE_URL and not re.fullmatch(SITE_URL_PATTERN, settings.SITE_URL):
        faults.append(
            Error(
                f"SITE_URL={settings.SITE_URL} is not http:// or https://, a host, "
                "perhaps a path, and no more.",
                hint="SITE_URL=https://paste.example.org",
                id="pastes.E006",
            )
        )
    if not settings.SITE_URL and (
        "*" in settings.ALLOWED_HOSTS or settings.TRUSTED_PROXIES
    ):
        faults.append(
            Error(
                "SITE_URL must be set when ALLOWED_HOSTS is * or TRUSTED_PROXIES is "
                "not 0: links would be made from what a client claims.",
                hint="SITE_URL=https://paste.example.org",
                id="pastes.E006",
            )
        )
    return faults
