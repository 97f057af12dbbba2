"""Verbs that write a paste: create and edit."""

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Field
from django.utils import timezone
from django.utils.translation import gettext

from pastes import highlight, tokens, zstd
from pastes.models import Paste
from pastes.services.checking import GUESS, Checker
from pastes.services.client import Client
from pastes.services.errors import EditConflict, Forbidden, NotFound, RateLimited
from pastes.services.faults import with_reserve
from pastes.services.finding import find_paste
from pastes.services.hashing import hash_password
from pastes.services.likening import NO_LIKENESS, describe_likeness, write_likeness
from pastes.services.matching import Ruleset
from pastes.services.opening import new_grant
from pastes.services.screening import admit, held_columns, record_held, screen
from pastes.services.space import check_room
from pastes.services.storing import insert_together

SLUG_TRIES = 10


@dataclass(frozen=True)
class NewPaste:
    """A stored paste, and the owner token that is nowhere stored.

    `grant` opens it without its password, as an Opened's does; empty if not locked.
    """

    paste: Paste
    owner_token: str

    @property
    def grant(self) -> str:
        return new_grant(self.paste) if self.paste.is_locked else ""

    @property
    def is_held(self) -> bool:
        """Whether nobody reads it until a moderator has looked at it."""
        return self.paste.state == Paste.State.HELD


def create_paste(
    *,
    text: str | bytes,
    title: str = "",
    syntax: str = GUESS,
    lifetime: str | int = "",
    burn: bool = False,
    password: str = "",
    client: Client | None,
    file_name: str = "",
    maker_key: str = "",
    fork_of: str = "",
) -> NewPaste:
    """Store a paste and return it with its owner token.

    `text` is str or UTF-8 bytes, at most PASTE_MAX_BYTES, kept byte for byte. `syntax`
    is a language's key, alias or extension; empty means a guess, which `file_name`
    helps. `lifetime` is an offered key or whole seconds; empty means the default.
    `password` locks the paste; `burn` lets it be read once. `maker_key` is the browser's,
    `fork_of` the parent's slug (ignored when that is gone). `client` is None for a
    trusted caller, whom no limit holds.

    What looks like spam, or meets a block that holds, is stored and held for review.
    Raises Invalid, TooLarge, InsufficientStorage, Blocked, RateLimited or Busy; then
    nothing is stored.
    """
    draft = Draft(
        text, title, syntax, lifetime, burn, password, file_name, maker_key, fork_of
    )
    check_room()
    rules = admit(client)
    spend_creation(client)
    return store(draft.fields(client, rules), maker_key)


def create_pastes(
    pastes: list[dict[str, Any]], *, client: Client | None
) -> list[NewPaste]:
    """Store several pastes or, where one is refused, none.

    Each entry holds what create_paste takes. Raises as create_paste does.
    """
    drafts = [Draft(**each) for each in pastes]
    check_room()
    rules = admit(client)
    with transaction.atomic():
        # Where one use is too many, none is taken.
        for _ in drafts:
            spend_creation(client)
    # Guessing and hashing take their time, in which other writers are not held up.
    rows = [(draft.fields(client, rules), draft.maker_key) for draft in drafts]
    size = sum(len(fields["packed_text"]) for fields, _ in rows)
    return insert_together(lambda: [store(*row) for row in rows], size)


class Draft:
    """A paste whose every field has been checked, before it is paid for and stored."""

    def __init__(
        self,
        text: str | bytes,
        title: str = "",
        syntax: str = GUESS,
        lifetime: str | int = "",
        burn: bool = False,
        password: str = "",
        file_name: str = "",
        maker_key: str = "",
        fork_of: str = "",
    ) -> None:
        check = Checker()
        self.created_at = timezone.now()
        self.data = check.text(text)
        self.title = check.title(title)
        self.syntax = check.syntax(syntax)
        self.expires_at = check.lifetime(lifetime, self.created_at)
        self.burn = burn
        self.password = check.password(password)
        self.file_name = file_name
        self.maker_key = maker_key
        self.fork_of = fork_of
        check.finish()

    def fields(self, client: Client | None, rules: Ruleset | None) -> dict[str, Any]:
        """Return the row's columns; takes as long as guessing and hashing do.

        Raises Blocked.
        """
        is_secret = self.burn or bool(self.password)
        alike = {} if is_secret else describe_likeness(self.data)
        signs = screen(
            client,
            self.data,
            self.title,
            rules=rules,
            is_secret=is_secret,
            alike=alike,
        )
        fields = describe_text(self.data) | {
            "title": self.title,
            "syntax": self.syntax or guess(self.data, self.file_name),
            "created_at": self.created_at,
            "expires_at": self.expires_at,
            "is_burn": self.burn,
        }
        fields |= alike | held_columns(signs, self.created_at)
        if self.password:
            fields["password_hash"] = hash_password(self.password, client)
        if self.maker_key:
            fields["maker_digest"] = tokens.digest(self.maker_key)
        if client:
            fields["client_address"] = client.address or None
        if tokens.is_slug(self.fork_of):
            parents = Paste.objects.unexpired(self.created_at).only("pk")
            fields["fork_of"] = parents.filter(slug=self.fork_of).first()
        return fields


def store(fields: dict[str, Any], maker_key: str, *, slug: str = "") -> NewPaste:
    """Insert the row under a slug that is free; a taken one is never overwritten.

    A `slug` that is asked for is taken or, where it is not free, IntegrityError raised.
    """
    asked = slug
    for _ in range(SLUG_TRIES):
        slug = asked or tokens.new_slug()
        token = tokens.new_owner_token(slug, maker_key)
        paste = Paste(slug=slug, owner_digest=tokens.digest(token), **fields)
        try:
            insert_together(
                partial(insert, paste, columns(paste)), len(paste.packed_text)
            )
        except IntegrityError:
            if asked or not Paste.objects.filter(slug=slug).exists():
                raise
        else:
            return NewPaste(paste, token)
    raise RuntimeError(f"{SLUG_TRIES} random slugs in a row were taken.")


def columns(paste: Paste) -> list[Any]:
    """Return what is to be inserted; made beforehand, it keeps no other writer waiting."""
    return [
        field.get_db_prep_save(getattr(paste, field.attname), connection)
        for field in inserted_fields()
    ]


def insert(paste: Paste, values: list[Any]) -> None:
    """Insert the row; where it was before, that was undone, and it gets a new number."""
    with connection.cursor() as cursor:
        cursor.execute(insertion(), values)
        (paste.pk,) = cursor.fetchone()
    paste._state.adding, paste._state.db = False, connection.alias
    if paste.state == Paste.State.HELD:
        record_held(paste)


@cache
def inserted_fields() -> list[Field]:
    return [field for field in Paste._meta.concrete_fields if not field.primary_key]


@cache
def insertion() -> str:
    """Return what inserts a paste.

    Django would write the same words anew for each, which takes a tenth of a creation.
    """
    names = ", ".join(field.column for field in inserted_fields())
    values = ", ".join(["%s"] * len(inserted_fields()))
    table = Paste._meta.db_table
    return f"INSERT INTO {table} ({names}) VALUES ({values}) RETURNING id"  # noqa: S608


@with_reserve
def edit_paste(
    slug: str,
    *,
    owner_token: str,
    client: Client | None,
    text: str | bytes | None = None,
    seen_sha256: str | None = None,
    title: str | None = None,
    syntax: str | None = None,
    lifetime: str | int | None = None,
    password: str | None = None,
    burn: bool | None = None,
) -> Paste:
    """Change what is given of a paste and return it; None leaves a field as it is.

    A lifetime counts from now; an empty password unlocks the paste for everybody.
    `burn` turns the paste into one that is read once, and never back: a reader may be
    consenting at that moment, and the page told them that nobody reads it after them.
    `seen_sha256` is the hex SHA-256 of the text that the new one was made from: where
    the paste has another by now, that is not overwritten. Without it the last one wins.
    What comes to look like spam is held for review. Raises NotFound, Removed, Held,
    Forbidden, Invalid, TooLarge, InsufficientStorage (for a new text), Blocked,
    EditConflict, RateLimited or Busy, and changes nothing then.
    """
    # What readers see anew is screened: a text, a title, a text that was locked.
    is_new = text is not None or title is not None or password == ""
    alike: dict[str, Any] = {}
    paste = find_paste(slug, with_text=is_new or syntax is not None)
    if not tokens.is_match(owner_token, paste.owner_digest):
        raise Forbidden()
    now = timezone.now()
    check = Checker()
    changes: dict[str, Any] = {}
    if text is not None:
        data = check.text(text)
    if title is not None:
        changes["title"] = check.title(title)
    if syntax is not None:
        changes["syntax"] = check.syntax(syntax)
    if lifetime is not None:
        changes["expires_at"] = check.lifetime(lifetime, now)
    if password is not None:
        password = check.password(password)
    if burn:
        changes["is_burn"] = True
    elif burn is False and paste.is_burn:
        check.refuse("burn", gettext("What burns after reading cannot be kept again."))
    check.finish()
    seen = (text is not None and seen_sha256) or None
    if seen and paste.sha256 != seen:
        raise EditConflict()
    if text is not None:
        check_room()
    rules = admit(client)
    spend_creation(client)
    if is_new:
        is_locked = paste.is_locked if password is None else bool(password)
        is_secret = is_locked or paste.is_burn or bool(burn)
        shown = data if text is not None else paste.data
        alike = {} if is_secret else describe_likeness(shown)
        signs = screen(
            client,
            shown,
            changes.get("title", paste.title),
            rules=rules,
            is_secret=is_secret,
            alike=alike,
            paste=paste,
        )
        # A moderator's word was about what readers saw before.
        changes |= {"is_cleared": False}
        changes |= held_columns(signs, paste.case_opened_at or now)
    if text is not None:
        changes |= describe_text(data)
    if text is not None or password or burn:
        changes |= NO_LIKENESS
    if changes.get("syntax") == GUESS:
        changes["syntax"] = guess(data if text is not None else paste.data)
    if password is not None:
        changes["password_hash"] = hash_password(password, client) if password else ""
    with transaction.atomic():
        if "state" in changes:
            record_held(paste)
        changes["edited_at"] = now
        paste = rewrite(paste, changes, seen, is_as_screened=is_new)
    if alike and (text is not None or password == ""):
        write_likeness(paste, alike)
    return paste


def rewrite(
    paste: Paste,
    changes: dict[str, Any],
    seen_sha256: str | None = None,
    *,
    is_as_screened: bool = False,
) -> Paste:
    """Change the row; NotFound if it has expired or was taken away meanwhile.

    EditConflict if its text is another than the one seen, where that is given; also if
    its text or its lock is another than was screened with the changes.
    """
    there = Paste.objects.unexpired().unburned()
    there = there.filter(pk=paste.pk, state=Paste.State.LIVE)
    rows = there.filter(sha256=seen_sha256) if seen_sha256 else there
    if is_as_screened:
        lock = paste.password_hash
        rows = rows.filter(sha256=paste.sha256, password_hash=lock)
    if not rows.update(**changes):
        is_there = (seen_sha256 or is_as_screened) and there.exists()
        raise EditConflict() if is_there else NotFound()
    for name, value in changes.items():
        setattr(paste, name, value)
    return paste


def spend_creation(client: Client | None) -> None:
    """Take one of the client's creations. Raises RateLimited."""
    if client:
        spent = client.spend(settings.LIMIT_CREATE, "create", fails_open=True)
        if spent.wait:
            raise RateLimited(spent.wait)


def describe_text(data: bytes) -> dict[str, Any]:
    """Return the columns that follow from the text."""
    return {
        "packed_text": zstd.pack(data),
        "size": len(data),
        "sha256": tokens.digest_bytes(data),
    }


def guess(data: bytes, file_name: str = "") -> str:
    return highlight.guess_language(data.decode(), file_name)
