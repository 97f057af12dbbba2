"""A second factor for staff: codes of an authenticator app, and recovery codes.

TOTP (RFC 6238) by django-otp, one app for each person. The app's secret has to be kept as
it is, for each code is computed from it; of recovery codes a keyed digest is kept, and
another SECRET_KEY makes them worthless. Whatever changes goes on the record, without
secrets.
"""

import json
import math
import re
import secrets
import unicodedata
from base64 import b32encode, urlsafe_b64encode
from dataclasses import dataclass

import django_otp
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_noop
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from pastes.services.client import Client
from pastes.services.recording import site_user

APP_DIGITS = 6
# Digits alone, so that a phone's number pad types them; 40 bits, for guesses are slowed.
RECOVERY_DIGITS = 12
RECOVERY_CODES = 10
RECOVERY_SALT = "pastes.services.second_factor"
# How StaticToken has room for a digest: 12 bytes in base64, 96 bits.
DIGEST_BYTES = 12
# Names in the record, which Django translates when it is read.
FACTOR = gettext_noop("second factor")
CODES = gettext_noop("recovery codes")
CODE = gettext_noop("recovery code")


class WrongCode(Exception):
    """The code is wrong, has been used, or is none: nothing tells which."""


class SlowDown(Exception):
    """Too many wrong codes: `seconds` to wait before the next is looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Setup:
    """What an authenticator app needs: a link for its camera, a secret for typing."""

    link: str
    secret: str


def has_second_factor(user: User) -> bool:
    return TOTPDevice.objects.devices_for_user(user, confirmed=True).exists()


def is_required() -> bool:
    return settings.STAFF_SECOND_FACTOR_REQUIRED


def count_recovery_codes(user: User) -> int:
    return StaticToken.objects.filter(device__user=user).count()


def start_setup(user: User) -> int:
    """Make a new secret that is not in force yet; return its number.

    One that was begun earlier and never confirmed is gone with it.
    """
    with transaction.atomic():
        TOTPDevice.objects.devices_for_user(user, confirmed=False).delete()
        return TOTPDevice.objects.create(user=user, name="app", confirmed=False).pk


def find_setup(user: User, number: int | None) -> Setup | None:
    """Return what start_setup made, unless it was confirmed or begun anew."""
    pending = TOTPDevice.objects.devices_for_user(user, confirmed=False)
    device = pending.filter(pk=number).first()
    if device is None:
        return None
    secret = b32encode(device.bin_key).decode()
    return Setup(device.config_url, " ".join(re.findall(".{1,4}", secret)))


def finish_setup(
    user: User, number: int, code: str, *, client: Client
) -> tuple[Device, list[str]]:
    """Put a new app in force; return it with new recovery codes, to be shown once.

    An app that was in force before is not any more. Raises WrongCode or SlowDown.
    """
    digits = read_digits(code)
    pending = TOTPDevice.objects.devices_for_user(user, confirmed=False)
    with transaction.atomic():
        device = pending.select_for_update().filter(pk=number).first()
        if device is not None:
            device = verify(user, device, digits if is_app_code(digits) else "", client)
        if device is not None:
            TOTPDevice.objects.filter(user=user).exclude(pk=device.pk).delete()
            TOTPDevice.objects.filter(pk=device.pk).update(confirmed=True)
            codes = make_recovery_codes(user)
            record(user, by=user, added={"name": FACTOR, "object": user.get_username()})
    # Raised outside: the count of wrong codes must not be rolled back.
    if device is None:
        raise WrongCode()
    device.confirmed = True
    return device, codes


def check_code(user: User, code: str, *, client: Client) -> Device:
    """Take a code of the app or a recovery code; return the device that knows it.

    Each code is taken once: the app's never twice within its time (RFC 6238, 5.2), a
    recovery code is deleted. The transaction, which SQLite begins as a writer and the
    device's lock orders elsewhere, lets one of two racers have it. Wrong codes are slowed
    by django-otp, 1, 2, 4, 8 ... seconds for each kind of code, so that who is locked out
    waits no longer than the guessing took; and by LIMIT_LOGIN for each user and address.
    Raises WrongCode, SlowDown or Busy.
    """
    digits = read_digits(code)
    is_recovery = len(digits) == RECOVERY_DIGITS
    kind = StaticDevice if is_recovery else TOTPDevice
    token = digest(user, digits) if is_recovery else digits
    with transaction.atomic():
        devices = kind.objects.devices_for_user(user, confirmed=True)
        device = devices.select_for_update().first()
        is_code = is_recovery or is_app_code(digits)
        if device is not None:
            device = verify(user, device, token if is_code else "", client)
        if device is not None and is_recovery:
            record(user, by=user, deleted={"name": CODE, "object": user.get_username()})
    if device is None:
        raise WrongCode()
    return device


def renew_recovery_codes(user: User) -> list[str]:
    """Return new recovery codes, to be shown once; the old ones are worth nothing."""
    with transaction.atomic():
        codes = make_recovery_codes(user)
        record(user, by=user, changed={"fields": [CODES]})
    return codes


def remove_second_factor(user: User, *, by: User | None) -> bool:
    """Delete the app and the codes of a person; return whether there was an app.

    `by` is who did it; None is whoever may run commands on the server.
    """
    with transaction.atomic():
        was_on = has_second_factor(user)
        TOTPDevice.objects.filter(user=user).delete()
        StaticDevice.objects.filter(user=user).delete()
        if was_on:
            gone = {"name": FACTOR, "object": user.get_username()}
            record(user, by=by or site_user(), deleted=gone)
    return was_on


def reset_second_factor(name: str) -> bool | None:
    """Delete the app and the codes of the named person; None if there is nobody so."""
    users = get_user_model().objects
    user = users.filter(**{users.model.USERNAME_FIELD: name}).first()
    return None if user is None else remove_second_factor(user, by=None)


# How it is done


def read_digits(code: str) -> str:
    """Return a code without the spaces and hyphens that people and apps put into it."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", code[:100]))


def is_app_code(digits: str) -> bool:
    # What int() takes beside that ("+12345", other scripts' digits) is no code.
    return re.fullmatch(rf"[0-9]{{{APP_DIGITS}}}", digits) is not None


def verify(user: User, device: Device, token: str, client: Client) -> Device | None:
    """Return the device if the token is right; else None, counted against guessing."""
    allowed, why = device.verify_is_allowed()
    if not allowed:
        wait = (why["locked_until"] - timezone.now()).total_seconds()
        raise SlowDown(max(1, math.ceil(wait)))
    # By user too: who fails at the password from here keeps nobody from their code.
    spent = client.spend(settings.LIMIT_LOGIN, "code", str(user.pk))
    if spent.wait:
        raise SlowDown(spent.wait)
    verified = django_otp.verify_token(user, device.persistent_id, token)
    if verified is not None:
        client.give_back([spent])
    return verified


def make_recovery_codes(user: User) -> list[str]:
    device, _ = StaticDevice.objects.get_or_create(
        user=user, defaults={"name": "recovery"}
    )
    device.token_set.all().delete()
    numbers = [
        f"{secrets.randbelow(10**RECOVERY_DIGITS):0{RECOVERY_DIGITS}}"
        for _ in range(RECOVERY_CODES)
    ]
    StaticToken.objects.bulk_create(
        StaticToken(device=device, token=digest(user, number)) for number in numbers
    )
    return [" ".join(re.findall(".{4}", number)) for number in numbers]


def digest(user: User, digits: str) -> str:
    key = salted_hmac(RECOVERY_SALT, f"{user.pk}:{digits}", algorithm="sha256").digest()
    return urlsafe_b64encode(key[:DIGEST_BYTES]).decode()


def record(user: User, *, by: User, **what: dict[str, object]) -> None:
    """Write on the user's history what was done, in words that Django translates."""
    LogEntry.objects.create(
        user_id=by.pk,
        content_type=ContentType.objects.get_for_model(get_user_model()),
        object_id=str(user.pk),
        object_repr=str(user)[:200],
        action_flag=CHANGE,
        change_message=json.dumps([what]),
    )
