"""What a paste may be: the one place that knows sizes, titles, lifetimes, languages."""

import re
import unicodedata
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from pastes import highlight
from pastes.lifetimes import LONGEST, NEVER, parse_span
from pastes.services.errors import Invalid, TooLarge
from pastes.services.saying import say_span

MAX_TITLE = 200
MAX_PASSWORD = 1024
GUESS = ""


def offered_lifetimes() -> list[tuple[str, str]]:
    """Return (key, words) of each lifetime that the operator offers and allows."""
    return [(key, say_span(key)) for key in lifetime_keys()]


def lifetime_keys() -> list[str]:
    longest = max_lifetime()
    return [
        key
        for key in settings.PASTE_LIFETIMES
        if (longest is None or (key != NEVER and parse_span(key) <= longest))
    ]


def max_lifetime() -> timedelta | None:
    """Return the operator's longest lifetime, or None where there is none."""
    word = settings.PASTE_MAX_LIFETIME
    return parse_span(word) if word else None


def max_lifetime_seconds() -> int:
    """Return the longest lifetime that may be asked for in seconds."""
    return int((max_lifetime() or LONGEST).total_seconds())


def default_lifetime() -> str:
    """Return the lifetime's key that a paste gets when nobody chose one."""
    keys = lifetime_keys()
    return (
        settings.PASTE_DEFAULT_LIFETIME
        if settings.PASTE_DEFAULT_LIFETIME in keys
        else keys[-1]
    )


class Checker:
    """Gathers every fault of an input, so that a person mends all of them at once."""

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def refuse(self, field: str, sentence: str) -> None:
        self.errors.setdefault(field, []).append(sentence)

    def finish(self) -> None:
        """Raise Invalid if anything was refused."""
        if self.errors:
            raise Invalid(self.errors)

    def text(self, text: str | bytes) -> bytes:
        """Return the text as UTF-8, untouched. Raises TooLarge, which ends it all."""
        if isinstance(text, str):
            try:
                text = text.encode()
            except UnicodeEncodeError:
                self.refuse(
                    "text",
                    _(
                        "The text holds half of a surrogate pair, which is not Unicode "
                        "text and cannot be stored."
                    ),
                )
                return b""
        if len(text) > settings.PASTE_MAX_BYTES:
            raise TooLarge(settings.PASTE_MAX_BYTES)
        try:
            decoded = text.decode()
        except UnicodeDecodeError as error:
            words = _(
                "This is not UTF-8 text: the byte at position %(position)s does not "
                "fit. Convert it to UTF-8 first."
            )
            self.refuse("text", words % {"position": error.start})
            return b""
        if not decoded or decoded.isspace():
            self.refuse("text", _("There is no text here to share."))
        return text

    def title(self, title: str) -> str:
        if len(title) > MAX_TITLE:
            words = _("A title has at most %(count)s characters.")
            self.refuse("title", words % {"count": MAX_TITLE})
        if re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", title):
            self.refuse(
                "title",
                _("A title is one line of text, without control characters."),
            )
        return title.strip()

    def syntax(self, syntax: str) -> str:
        """Return the language's key, or GUESS."""
        if syntax in (GUESS, "guess", "auto"):
            return GUESS
        language = highlight.find_language(syntax)
        if language is None:
            words = _("No language is called “%(word)s” here.")
            self.refuse("syntax", words % {"word": shown(syntax)})
            return GUESS
        return language.key

    def lifetime(self, lifetime: str | int, now: datetime) -> datetime | None:
        """Return when a paste of that lifetime expires: a key, or whole seconds."""
        lifetime = str(lifetime) or default_lifetime()
        offered = lifetime_keys()
        if lifetime in offered:
            return None if lifetime == NEVER else now + parse_span(lifetime)
        longest = max_lifetime() or LONGEST
        if re.fullmatch(r"[0-9]{1,12}", lifetime) and int(lifetime) > 0:
            span = timedelta(seconds=int(lifetime))
            if span <= longest:
                return now + span
        words = _(
            "“%(word)s” is not a lifetime here. Choose one of %(offered)s, or whole "
            "seconds."
        )
        quoted = {"word": shown(lifetime), "offered": ", ".join(offered)}
        self.refuse("lifetime", words % quoted)
        return None

    def words(self, field: str, words: str) -> bool:
        """Refuse characters that no database keeps, and say whether there are none."""
        if not re.search(r"[\x00\ud800-\udfff]", words):
            return True
        self.refuse(field, _("A NUL or half a surrogate pair cannot be stored."))
        return False

    def password(self, password: str) -> str:
        """Return the password as it is hashed: in Unicode's form NFC."""
        if len(password) > MAX_PASSWORD:
            words = _("A password has at most %(count)s characters.")
            self.refuse("password", words % {"count": MAX_PASSWORD})
            return ""
        if not self.words("password", password):
            return ""
        return unicodedata.normalize("NFC", password)


def shown(word: str) -> str:
    """Return somebody's word, short and printable, to be quoted in a sentence."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in word)[
        :40
    ]
