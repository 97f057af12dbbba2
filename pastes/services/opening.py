"""The only way to a paste's text."""

import hashlib
import unicodedata
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password
from django.core import signing
from django.db import transaction
from django.utils import timezone

from pastes import metrics, tokens
from pastes.limits import Spent
from pastes.models import Paste, Tombstone
from pastes.services.burying import bury
from pastes.services.checking import MAX_PASSWORD
from pastes.services.client import Client, spend
from pastes.services.counting import count_view
from pastes.services.errors import (
    Busy,
    ConsentRequired,
    NotFound,
    PasswordRequired,
    TooManyAttempts,
    WrongPassword,
)
from pastes.services.faults import with_reserve
from pastes.services.finding import find_paste
from pastes.services.hashing import hashing_for
from pastes.services.likening import NO_LIKENESS

GRANT_SECONDS = 60 * 60
GRANT_SALT = "pastes.unlock"


@dataclass(frozen=True)
class Opened:
    """A paste and its text: `data` is UTF-8, byte for byte as it came.

    `grant` opens this paste again without the password, for an hour and as long as the
    password stays the same; it is empty for a paste that is not locked.
    """

    paste: Paste
    data: bytes
    grant: str = ""

    @property
    def packed(self) -> bytes:
        """The same as it is stored, one zstd frame; empty once burned."""
        return b"" if self.paste.is_burn else bytes(self.paste.packed_text)

    @property
    def text(self) -> str:
        return self.data.decode()


@with_reserve
def open_paste(
    slug: str,
    *,
    password: str | None = None,
    grant: str = "",
    consent: bool = False,
    client: Client | None,
    with_hidden: bool = False,
) -> Opened:
    """Return a paste's text, or raise what stands in the way.

    `grant` is what an earlier Opened gave; `consent` says that the reader wants a burn
    paste's only reading; `with_hidden` lets a moderator look at what was taken down.
    Only a call with consent changes anything, and of many at once exactly one succeeds.

    Raises, decided in this order: NotFound, Removed, PasswordRequired, TooManyAttempts
    (before any hashing), Busy, WrongPassword (which never burns), ConsentRequired.
    """
    paste = find_paste(slug, with_hidden=with_hidden, with_text=True)
    if paste.is_locked:
        given, grant = grant, pass_lock(paste, password, grant, client)
        if grant != given:
            # Hashing takes a while, in which a moderator may have hidden it.
            paste = find_paste(slug, with_hidden=with_hidden, with_text=True)
    if not paste.is_burn:
        if client and client.counts and not is_maker(paste, client):
            count_view(paste.pk)
        return Opened(paste, paste.data, grant)
    if not consent:
        raise ConsentRequired()
    return Opened(paste, claim(paste), grant)


@with_reserve
def unlock_paste(slug: str, *, password: str, client: Client | None) -> str:
    """Return the grant that a locked paste's right password earns, and no text.

    It lets a reader unlock a burn paste without burning it. Raises as open_paste does;
    a paste that is not locked needs no grant, which is then empty.
    """
    paste = find_paste(slug)
    return pass_lock(paste, password, "", client) if paste.is_locked else ""


def is_maker(paste: Paste, client: Client) -> bool:
    return tokens.is_match(client.maker_key, paste.maker_digest)


def claim(paste: Paste) -> bytes:
    """Take a burn paste's text and blank it; of N racers one gets it.

    Raises NotFound for the others.
    """
    with transaction.atomic():
        # The lock keeps an edit from slipping in between the reading and the blanking
        # (SQLite's transactions are IMMEDIATE and need none).
        row = (
            Paste.objects.select_for_update()
            .filter(pk=paste.pk, password_hash=paste.password_hash)
            .first()
        )
        if row is None:
            raise NotFound()
        data = row.data
        unburned = Paste.objects.unburned().filter(pk=row.pk, state=paste.state)
        blank = NO_LIKENESS | {"packed_text": b"", "sha256": ""}
        if not unburned.update(burned_at=timezone.now(), **blank):
            raise NotFound()
        bury([row.slug], Tombstone.Kind.BURNED)
    metrics.count_burn()
    return data


def pass_lock(
    paste: Paste, password: str | None, grant: str, client: Client | None
) -> str:
    """Return a grant if the password or the grant opens the paste's lock.

    A guess is taken from the allowances before any hashing, so that guesses sent all at
    once cannot slip through, and is given back when it was right, or not looked at.
    """
    if grant and is_granted(paste, grant):
        return grant
    if not password:
        raise PasswordRequired()
    spent = spend_guess(paste, client)
    try:
        with hashing_for(client):
            is_right = is_password(paste, password)
    except Busy:
        give_back(spent, client)
        raise
    if not is_right:
        raise WrongPassword()
    give_back(spent, client)
    return new_grant(paste)


def spend_guess(paste: Paste, client: Client | None) -> list[Spent]:
    """Take one guess of this reader's, then one of everybody's at this paste.

    Raises TooManyAttempts or Busy, and nothing is taken. How many guesses others have made is
    not for this reader's answer to tell, unless they are used up.
    """
    if client is None:
        return []
    own = client.spend(settings.LIMIT_UNLOCK_PASTE_CLIENT, "unlock", paste.slug)
    if own.wait:
        raise TooManyAttempts(own.wait)
    try:
        shared = spend(settings.LIMIT_UNLOCK_PASTE, f"unlock-all:{paste.slug}")
    except Busy:
        client.give_back([own])
        raise
    if shared.wait:
        client.give_back([own])
        client.note(shared)
        raise TooManyAttempts(shared.wait)
    return [own, shared]


def give_back(spent: list[Spent], client: Client | None) -> None:
    if client:
        client.give_back(spent)


def is_password(paste: Paste, password: str) -> bool:
    if len(password) > MAX_PASSWORD:
        return False
    try:
        password.encode()
    except UnicodeEncodeError:
        return False
    return check_password(unicodedata.normalize("NFC", password), paste.password_hash)


def fingerprint(paste: Paste) -> str:
    """Return what changes with the password: the link between it and its grants."""
    return hashlib.sha256(f"{paste.slug}:{paste.password_hash}".encode()).hexdigest()


def new_grant(paste: Paste) -> str:
    return signing.TimestampSigner(salt=GRANT_SALT).sign(fingerprint(paste))


def is_granted(paste: Paste, grant: str) -> bool:
    signer = signing.TimestampSigner(salt=GRANT_SALT)
    try:
        return signer.unsign(grant, max_age=GRANT_SECONDS) == fingerprint(paste)
    except signing.BadSignature:
        return False
