"""What others could reach, read or forge by the settings as they are."""

import ipaddress
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Warning
from django.db import connection
from django.utils.module_loading import import_string

from pastes import limits
from pastes.lifetimes import parse_span
from pastes.services.hashing import BoundedHasher

# Names that the public name system never has (RFC 6761, 6762, 7686, 8375, 9476).
PRIVATE_ENDS = (
    ".example",
    ".home.arpa",
    ".internal",
    ".invalid",
    ".lan",
    ".local",
    ".localhost",
    ".onion",
    ".test",
)
# As Django's own check, security.W009, has them.
KEY_LENGTH = 50
KEY_VARIETY = 5
MADE_UP_FOR_DJANGO = "django-insecure-"
READ_BY_OTHERS = 0o007
LONGEST_RETENTION = timedelta(days=90)
LONGEST_SESSION = timedelta(days=1)
# Of the widest network that one operator may have to himself: 10.0.0.0/8, fd00::/8.
SHORTEST_PREFIX = 8
CACHE_MIDDLEWARE = "django.middleware.cache."


def is_public(host: str) -> bool:
    """Say whether a host may be one of the internet, not of this machine or house."""
    name = host.strip("[]").lstrip(".").lower()
    if name == "*":
        return True
    try:
        return ipaddress.ip_address(name).is_global
    except ValueError:
        return "." in name and not name.endswith(PRIVATE_ENDS)


def is_elsewhere(host: str) -> bool:
    """Say whether what goes to a host leaves this machine and its own little net.

    A path is a Unix socket, and a word without a dot a neighbour among containers.
    """
    name = host.strip("[]")
    try:
        return not ipaddress.ip_address(name).is_loopback
    except ValueError:
        return "." in name and not name.startswith("/")


def check_debug(**kwargs: Any) -> list[CheckMessage]:
    hosts = [host for host in settings.ALLOWED_HOSTS if is_public(host)]
    if not settings.DEBUG or not hosts:
        return []
    return [
        Error(
            f"DEBUG is on and the site answers to {hosts[0]}: error pages would show "
            "settings and texts to everybody.",
            hint="DEBUG=off",
            id="pastes.E020",
        )
    ]


def check_secret_key(**kwargs: Any) -> list[CheckMessage]:
    names = {"SECRET_KEY": [settings.SECRET_KEY]}
    names["SECRET_KEY_FALLBACKS"] = settings.SECRET_KEY_FALLBACKS
    return [
        Error(
            f"{name} can be guessed: whoever does signs in as anybody.",
            hint="Leave SECRET_KEY out, so that the site makes one; or `openssl rand "
            "-base64 48`.",
            id="pastes.E021",
        )
        for name, keys in names.items()
        if any(is_weak(key) for key in keys)
    ]


def is_weak(key: str) -> bool:
    return (
        len(key) < KEY_LENGTH
        or len(set(key)) < KEY_VARIETY
        or key.startswith(MADE_UP_FOR_DJANGO)
    )


def check_hosts(**kwargs: Any) -> list[CheckMessage]:
    if "*" not in settings.ALLOWED_HOSTS:
        return []
    return [
        Warning(
            "ALLOWED_HOSTS is *: the site answers to names that are not its own, which "
            "a page elsewhere may point at it.",
            hint="ALLOWED_HOSTS=paste.example.org",
            id="pastes.W022",
        )
    ]


def check_https(**kwargs: Any) -> list[CheckMessage]:
    faults: list[CheckMessage] = []
    site = urlsplit(settings.SITE_URL)
    if site.scheme == "http" and is_public(site.hostname or ""):
        faults.append(
            Warning(
                f"SITE_URL={settings.SITE_URL} is not encrypted: passwords, owner tokens "
                "and texts can be read on their way.",
                hint=f"Put a proxy with a certificate in front: SITE_URL=https://"
                f"{site.hostname}",
                id="pastes.W023",
            )
        )
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        parts = urlsplit(origin)
        is_own = origin == settings.SITE_URL
        if parts.scheme == "http" and not is_own and is_public(parts.hostname or ""):
            faults.append(
                Warning(
                    f"CSRF_TRUSTED_ORIGINS has {origin}: whoever is between it and its "
                    "reader may send forms in that reader's name.",
                    hint=f"https://{parts.hostname}, or leave it out",
                    id="pastes.W042",
                )
            )
    return faults


def check_proxy(**kwargs: Any) -> list[CheckMessage]:
    if not settings.IS_HTTPS or settings.TRUSTED_PROXIES:
        return []
    return [
        Warning(
            "SITE_URL is https:// and TRUSTED_PROXIES is 0: the site itself speaks no "
            "TLS, and every reader behind the proxy that does would have the proxy's "
            "address and share one limit.",
            hint="TRUSTED_PROXIES=1",
            id="pastes.W024",
        )
    ]


def check_limits_are_on(**kwargs: Any) -> list[CheckMessage]:
    names = [name for name in dir(settings) if name.startswith("LIMIT_")]
    off = [name for name in names if getattr(settings, name) == limits.OFF]
    if not off:
        return []
    return [
        Warning(
            f"{', '.join(off)}: off. Nothing bounds how often one client may try.",
            hint="Leave them out for the defaults.",
            id="pastes.W025",
        )
    ]


def check_hashing(**kwargs: Any) -> list[CheckMessage]:
    faults: list[CheckMessage] = []
    cores = len(os.sched_getaffinity(0))
    at_once = settings.HASHES_AT_ONCE * settings.WORKERS
    if settings.HASHES_AT_ONCE > 1 and at_once > cores:
        faults.append(
            Warning(
                f"HASHES_AT_ONCE x WORKERS is {at_once}, of {cores} cores: guesses at "
                "passwords would leave none for readers.",
                hint="HASHES_AT_ONCE=1",
                id="pastes.W026",
            )
        )
    hasher = import_string(settings.PASSWORD_HASHERS[0])
    if not issubclass(hasher, BoundedHasher) or hasher.rounds < BoundedHasher.rounds:
        faults.append(
            Error(
                f"PASSWORD_HASHERS begins with {settings.PASSWORD_HASHERS[0]}: it is "
                "weaker than the site's own, or not bounded.",
                hint="pastes.services.hashing.BoundedHasher",
                id="pastes.E026",
            )
        )
    return faults


def check_files(**kwargs: Any) -> list[CheckMessage]:
    faults: list[CheckMessage] = []
    if is_open(settings.DATA_DIR):
        faults.append(
            Warning(
                f"DATA_DIR={settings.DATA_DIR} is open to every account of this machine.",
                hint=f"chmod o-rwx {settings.DATA_DIR}",
                id="pastes.W040",
            )
        )
    kept = settings.DATA_DIR / "secret_key"
    if is_open(kept):
        faults.append(
            Error(
                f"{kept} can be read by every account of this machine.",
                hint=f"chmod 600 {kept}; and if others have accounts here, delete it, so "
                "that a new one is made",
                id="pastes.E040",
            )
        )
    return faults


def is_open(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & READ_BY_OTHERS)


def check_key_is_shared(**kwargs: Any) -> list[CheckMessage]:
    """Say that several machines would each make up a key of their own."""
    kept = settings.DATA_DIR / "secret_key"
    if connection.vendor != "postgresql" or not kept.exists():
        return []
    if kept.read_text().strip() != settings.SECRET_KEY:
        return []
    return [
        Warning(
            "SECRET_KEY is this machine's own, and on PostgreSQL there may be others: "
            "who signs in or unlocks on one would be a stranger on the next.",
            hint="SECRET_KEY_FILE=/run/secrets/secret_key, the same on each machine",
            id="pastes.W041",
        )
    ]


def check_origins(**kwargs: Any) -> list[CheckMessage]:
    if not settings.CORS_ALLOW_ALL_ORIGINS:
        return []
    return [
        Info(
            "API_ORIGINS is *: any page may make and read pastes from its reader's "
            "browser and address, without cookies.",
            hint="API_ORIGINS=https://tool.example",
            id="pastes.I043",
        )
    ]


def check_metrics_are_ours(**kwargs: Any) -> list[CheckMessage]:
    """Say that the metrics are open to more than any operator's own network."""
    wide = [
        str(network)
        for network in settings.METRICS_NETWORKS
        if network.prefixlen < SHORTEST_PREFIX
    ]
    if settings.METRICS_KEY or not wide:
        return []
    return [
        Warning(
            f"METRICS_NETWORKS has {wide[0]} and there is no METRICS_KEY: strangers "
            "would read how much the site is used, and how it fails.",
            hint="METRICS_NETWORKS=10.0.0.0/8,fd00::/8, or METRICS_KEY",
            id="pastes.W049",
        )
    ]


def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"MIDDLEWARE has {name}: it would show one reader what another may see.",
            hint="Leave it out; the site keeps by itself what may be kept.",
            id="pastes.E044",
        )
        for name in settings.MIDDLEWARE
        if name.startswith(CACHE_MIDDLEWARE)
    ]


def check_staff(**kwargs: Any) -> list[CheckMessage]:
    """Say what would make a stolen password or browser worth more."""
    faults: list[CheckMessage] = []
    if not settings.STAFF_SECOND_FACTOR_REQUIRED:
        faults.append(
            Warning(
                "Moderators may sign in with a password alone.",
                hint="STAFF_SECOND_FACTOR_REQUIRED=on",
                id="pastes.W045",
            )
        )
    if LONGEST_SESSION.total_seconds() < settings.SESSION_COOKIE_AGE:
        faults.append(
            Warning(
                f"SESSION_COOKIE_AGE is {settings.SESSION_COOKIE_AGE} seconds: a "
                "moderator's browser stays signed in for longer than a day.",
                hint="SESSION_COOKIE_AGE = 8 * 60 * 60",
                id="pastes.W047",
            )
        )
    return faults


def check_retention(**kwargs: Any) -> list[CheckMessage]:
    try:
        span = parse_span(settings.ADDRESS_RETENTION)
    except ValueError:
        # pastes.E004 says so.
        return []
    if span <= LONGEST_RETENTION:
        return []
    return [
        Warning(
            f"ADDRESS_RETENTION={settings.ADDRESS_RETENTION} keeps network addresses, "
            "which are personal data, for longer than abuse is pursued.",
            hint="ADDRESS_RETENTION=14d",
            id="pastes.W046",
        )
    ]


def check_mail_is_encrypted(**kwargs: Any) -> list[CheckMessage]:
    is_plain = not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL)
    if not settings.EMAIL_URL.startswith("smtp") or not is_plain:
        return []
    if not is_elsewhere(settings.EMAIL_HOST):
        return []
    return [
        Warning(
            f"EMAIL_URL sends mail to {settings.EMAIL_HOST} in the clear: reporters' "
            "addresses and the server's password can be read on their way.",
            hint="EMAIL_URL=smtp+tls://...",
            id="pastes.W048",
        )
    ]
