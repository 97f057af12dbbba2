"""The moderators' sign-in: how often it may be tried, from where, and as whom.

Tries from a browser that has signed in as this user before are counted by themselves, and
all others by their address and, together, by the user. So who knows a name can keep
strangers out, and never the moderator's own browser (OWASP, “Slow Down Online Guessing
Attacks with Device Cookies”).
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.utils.translation import gettext as _

from pastes import limits, tokens
from pastes.limits import Spent
from pastes.services.client import RETRY_SECONDS, Client, spend
from pastes.services.errors import Busy, TooManySignIns
from pastes.services.hashing import hashing_for
from pastes.services.saying import say_wait

DEVICE_SECONDS = 180 * 24 * 60 * 60
DEVICE_SALT = "pastes.device"


@contextmanager
def sign_in_try(name: str, *, client: Client, device: str) -> Iterator[None]:
    """Let the block look at a password of the named user, as one try.

    `device` is what new_device gave this browser, or empty. A block that raises anything
    but Busy has found the password wrong; else the try is given back. Raises
    TooManySignIns or Busy before the block, and then takes nothing.
    """
    spent = spend_try(name, client, device)
    try:
        with hashing_for(client, is_staff=True):
            yield
    except Busy:
        client.give_back(spent)
        raise
    client.give_back(spent)


def new_device(name: str) -> str:
    """Return what a browser keeps from a good sign-in; it lets nobody in by itself."""
    signer = signing.TimestampSigner(salt=DEVICE_SALT)
    return signer.sign(f"{account_of(name)}.{secrets.token_urlsafe(12)}")


def account_of(name: str) -> str:
    """Return what stands for a user in keys and cookies, whether there is one or not."""
    return tokens.digest(name)[:32]


def unlock_sign_in(name: str) -> bool | None:
    """Let the named user be tried again; say whether any try was counted.

    None if there is nobody of that name. Raises Busy.
    """
    users = get_user_model()
    if not users.objects.filter(**{users.USERNAME_FIELD: name}).exists():
        return None
    try:
        return limits.refill(f"login-account:{account_of(name)}")
    except limits.Unavailable as error:
        raise Busy(retry_after=RETRY_SECONDS) from error


# How it is done


def spend_try(name: str, client: Client, device: str) -> list[Spent]:
    known = read_device(name, device)
    if known:
        own = client.note(spend(settings.LIMIT_LOGIN, f"login-device:{known}"))
        if own.wait:
            raise too_many(
                _(
                    "Too many tries to sign in from this browser. Try again in %(wait)s."
                ),
                own,
            )
        return [own]
    own = client.spend(settings.LIMIT_LOGIN, "login")
    if own.wait:
        raise too_many(
            _("Too many tries to sign in from your address. Try again in %(wait)s."),
            own,
        )
    key = f"login-account:{account_of(name)}"
    try:
        shared = spend(settings.LIMIT_LOGIN_ACCOUNT, key)
    except Busy:
        client.give_back([own])
        raise
    if shared.wait:
        client.give_back([own])
        raise too_many(
            _(
                "Too many tries to sign in as this user. Try again in %(wait)s, or from a "
                "browser in which you have signed in before."
            ),
            client.note(shared),
        )
    return [own, shared]


def read_device(name: str, device: str) -> str:
    """Return what the browser's tries are counted by, or "" if it is no device of theirs."""
    signer = signing.TimestampSigner(salt=DEVICE_SALT)
    try:
        account, _dot, number = signer.unsign(device, max_age=DEVICE_SECONDS).partition(
            "."
        )
    except signing.BadSignature:
        return ""
    return number if account == account_of(name) else ""


def too_many(words: str, spent: Spent) -> TooManySignIns:
    said = words % {"wait": say_wait(spent.wait)}
    return TooManySignIns(said, retry_after=spent.wait)
