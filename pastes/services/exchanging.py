"""Pastes as JSON Lines, for people and other tools: out of the site, and into it."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from pastes import tokens
from pastes.models import Paste, PasteQuerySet, Tombstone
from pastes.services.creating import Draft, store
from pastes.services.errors import PasteError

ROWS = 20
BATCH = 100
BYTES = 8 * 1024 * 1024
# What a line may say; other tools' lines say more, which is left alone.
WORDS = ("text", "title", "syntax", "password")
NO_ID = ""
# What became of a line, or its columns, its slugs and its text's digest.
Row = str | tuple[dict[str, Any], list[str], str]


@dataclass
class Imported:
    """What became of an import's lines: how many pastes were made, were here already,
    had expired, or were ended on this site; and which lines were refused, and why."""

    made: int = 0
    here: int = 0
    expired: int = 0
    ended: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)

    def count(self, what: str) -> None:
        setattr(self, what, getattr(self, what) + 1)


class BadLine(Exception):
    """What is wrong with one line."""


def export_pastes(*, everything: bool = False) -> Iterator[str]:
    """Yield each paste as a line of JSON, oldest first, without its newline.

    Only what everybody with the link reads; with `everything` also what is locked or
    burns, which is not burned by it and has no password in its line. Never what a
    moderator hid, nor what is held. Changes nothing and counts no view.
    """
    rows = exported(everything).order_by("pk")
    for paste in rows.iterator(chunk_size=ROWS):
        line = {
            "id": paste.slug,
            "title": paste.title,
            "syntax": paste.syntax,
            "created_at": paste.created_at.isoformat(),
            "expires_at": paste.expires_at and paste.expires_at.isoformat(),
            "size": paste.size,
            "sha256": paste.sha256,
        }
        if everything:
            line |= {"locked": paste.is_locked, "burn": paste.is_burn}
        yield json.dumps(line | {"text": paste.data.decode()}, ensure_ascii=False)


def count_pastes(*, everything: bool = False) -> int:
    return exported(everything).count()


def exported(everything: bool) -> PasteQuerySet:
    rows = Paste.objects.unexpired().unburned().filter(state=Paste.State.LIVE)
    return rows if everything else rows.filter(password_hash="", is_burn=False)


def import_pastes(
    lines: Iterable[bytes],
    *,
    goes_on: bool = False,
    progress: Callable[[int], None] = lambda count: None,
) -> Imported:
    """Make a paste of each line that export_pastes, or another tool, wrote.

    A line is an object with `text` and, if it likes, `id`, `title`, `syntax`,
    `created_at`, `expires_at` (null is never), `burn`, `password`, `size` and `sha256`.
    An id that is free is kept; for any other, and where there is none, the id follows
    from the line and this site's key. So a line that is imported twice makes one paste.
    What burned, was deleted or taken down here is not brought back.

    The first bad line ends it, or is noted where it `goes_on`; what came before it stays.
    """
    done = Imported()
    numbered = ((n, line) for n, line in enumerate(lines, 1) if line.strip())
    for some in batches(numbered):
        # Guessing and hashing take their time, in which other writers are not held up.
        rows: list[Row] = []
        is_over = False
        for number, line in some:
            try:
                what = prepare(line)
            except (BadLine, PasteError) as error:
                done.refused.append((number, say(error)))
                is_over = not goes_on
                if is_over:
                    break
            else:
                rows.append(what)
        with transaction.atomic():
            for what in rows:
                done.count(what if isinstance(what, str) else keep(*what))
        progress(len(some))
        if is_over:
            break
    return done


def batches(
    lines: Iterable[tuple[int, bytes]],
) -> Iterator[list[tuple[int, bytes]]]:
    some: list[tuple[int, bytes]] = []
    size = 0
    for number, line in lines:
        some.append((number, line))
        size += len(line)
        if len(some) == BATCH or size >= BYTES:
            yield some
            some, size = [], 0
    if some:
        yield some


def say(error: BadLine | PasteError) -> str:
    errors = getattr(error, "errors", {})
    sentences = [sentence for each in errors.values() for sentence in each]
    return " ".join(sentences) or getattr(error, "sentence", str(error))


def prepare(line: bytes) -> Row:
    """Return what became of a line already, or what keep() takes.

    Raises BadLine, Invalid or TooLarge.
    """
    values = parse(line)
    now = timezone.now()
    expires_at = values["expires_at"]
    if expires_at is not None and expires_at <= now:
        return "expired"
    draft = Draft(
        text=values["text"],
        title=values["title"],
        syntax=values["syntax"],
        lifetime=lifetime(values, now),
        burn=values["burn"],
        password=values["password"],
    )
    check_digest(values, draft.data)
    created_at = min(values["created_at"] or now, now)
    if expires_at is not None and expires_at <= created_at:
        raise BadLine("expires_at is not after created_at.")
    slugs = list(dict.fromkeys(slugs_for(values, draft)))
    sha256 = tokens.digest_bytes(draft.data)
    what, _ = find_slug(slugs, sha256)
    if what:
        return what
    fields = draft.fields(None, None) | {"created_at": created_at}
    if expires_at is not None:
        fields["expires_at"] = expires_at
    return fields, slugs, sha256


def keep(fields: dict[str, Any], slugs: list[str], sha256: str) -> str:
    """Make a line's paste; return what became of it, a field of Imported."""
    what, slug = find_slug(slugs, sha256)
    if what:
        return what
    try:
        store(fields, "", slug=slug)
    except IntegrityError:
        # Somebody was quicker by a moment, with these very slugs.
        return "here"
    return "made"


def parse(line: bytes) -> dict[str, Any]:
    """Return what a line says, each in its type. Raises BadLine."""
    try:
        found = json.loads(line)
    except ValueError as error:
        raise BadLine("This is no line of JSON.") from error
    if not isinstance(found, dict):
        raise BadLine("This is no object.")
    values = {word: found.get(word) or "" for word in WORDS}
    values["id"] = found.get("id") or NO_ID
    for word, value in values.items():
        if not isinstance(value, str):
            raise BadLine(f"{word} is no text.")
    for word in ("burn", "locked"):
        values[word] = found.get(word, False)
        if not isinstance(values[word], bool):
            raise BadLine(f"{word} is neither true nor false.")
    if values["locked"] and not values["password"]:
        raise BadLine("It was locked, and everybody would read it: give a password.")
    for word in ("created_at", "expires_at"):
        values[word] = moment(word, found.get(word))
    values["is_forever"] = "expires_at" in found and found["expires_at"] is None
    values["size"], values["sha256"] = found.get("size"), found.get("sha256")
    return values


def moment(word: str, value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise BadLine(f"{word} is no moment such as 2026-01-31T12:00:00Z.") from error
    if found.tzinfo is None:
        raise BadLine(f"{word} has no time zone.")
    return found


def lifetime(values: dict[str, Any], now: datetime) -> str | int:
    """Return the lifetime that the site's rules are asked about."""
    if values["expires_at"] is None:
        return "never" if values["is_forever"] else ""
    # Whole seconds, of which a part counts as one.
    return -((now - values["expires_at"]) // timedelta(seconds=1))


def check_digest(values: dict[str, Any], data: bytes) -> None:
    """Raise BadLine where the text is not what the line says of it."""
    if values["size"] not in (None, len(data)):
        raise BadLine("size is not that of the text.")
    if values["sha256"] not in (None, "", tokens.digest_bytes(data)):
        raise BadLine("sha256 is not that of the text.")


def slugs_for(values: dict[str, Any], draft: Draft) -> tuple[str, str]:
    """Return the slug that a line asks for, and the one that it has otherwise.

    That one is secret, as any is, but the same the next time.
    """
    said = [values["id"], draft.title, values["password"], draft.burn]
    line = json.dumps([*said, b64encode(draft.data).decode()])
    own = base58(salted_hmac("pastes.import", line, algorithm="sha256").digest())
    return values["id"] if tokens.is_slug(values["id"]) else own, own


def find_slug(slugs: list[str], sha256: str) -> tuple[str, str]:
    """Return the first slug that is free; or "ended" or "here", for what stands there.

    A slug that another text has is not taken from it.
    """
    stones = Tombstone.objects.exclude(kind=Tombstone.Kind.LIFTED)
    for slug in slugs:
        if stones.filter(pk=tokens.digest(slug)).exists():
            return "ended", ""
        there = Paste.objects.filter(slug=slug).values_list("sha256", flat=True)
        if not there:
            return "", slug
        if slug == slugs[-1] or there[0] == sha256:
            return "here", ""
    return "here", ""


def base58(digest: bytes) -> str:
    number = int.from_bytes(digest)
    letters = []
    for _ in range(tokens.SLUG_LENGTH):
        number, letter = divmod(number, len(tokens.ALPHABET))
        letters.append(tokens.ALPHABET[letter])
    return "".join(letters)
