"""The one family of errors that every door turns into its own kind of answer."""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pastes.services.saying import say_size, say_wait


class PasteError(Exception):
    """Something that a person is told: a code, an HTTP status and a sentence.

    `retry_after` is in seconds, or None where waiting does not help. The sentence is in
    the language of the request in which the error is raised.
    """

    code = "error"
    status = 400
    sentence: str | Promise = gettext_lazy("That did not work.")

    def __init__(
        self, sentence: str | Promise = "", *, retry_after: int | None = None
    ) -> None:
        self.sentence = str(sentence or type(self).sentence)
        self.retry_after = retry_after
        super().__init__(self.sentence)

    @property
    def told(self) -> str:
        """The sentence and all that a page would say beside it, for a program."""
        return self.sentence


class Malformed(PasteError):
    """A request that cannot be read: no form, no JSON, or cut off."""

    code = "malformed"
    status = 400
    sentence = gettext_lazy("This request was malformed, and nothing was stored.")


class CutOff(Malformed):
    sentence = gettext_lazy("The upload was cut off; nothing is stored.")


class Broken(PasteError):
    """A fault of the site, and nobody else's."""

    code = "broken"
    status = 500
    sentence = gettext_lazy("Something broke on our side. Try again in a minute.")


class NotFound(PasteError):
    """Never was, expired, burned or deleted: one answer for all four."""

    code = "not_found"
    status = 404
    sentence = gettext_lazy(
        "There is no paste here. It may have expired, been read and burned, or been "
        "deleted, or the link may be incomplete."
    )


class Removed(PasteError):
    """A paste that a moderator took down, with a statement of reasons.

    `category` is a key of Paste.Reason and `reason` its words; `at` is when it was
    decided, or None where the record does not say.
    """

    code = "removed"
    status = 410
    sentence = gettext_lazy("A moderator has taken this paste down.")

    def __init__(
        self, reason: str, *, category: str = "", at: datetime | None = None
    ) -> None:
        self.reason = reason
        self.category = category
        self.at = at
        words = (
            _("A moderator took this paste down on %(date)s: %(reason)s.")
            if at
            else _("A moderator has taken this paste down: %(reason)s.")
        )
        date = date_format(at, "DATE_FORMAT") if at else ""
        super().__init__(words % {"reason": reason, "date": date})

    @property
    def told(self) -> str:
        if not settings.ABUSE_EMAIL:
            return self.sentence
        way = _("If this is a mistake, write to %(address)s and name the link.")
        return f"{self.sentence} {way % {'address': settings.ABUSE_EMAIL}}"


class Held(PasteError):
    """A paste that nobody reads until a moderator has looked at it."""

    code = "held"
    status = 403
    sentence = gettext_lazy(
        "This paste is held for review: it can be read once a moderator has looked at "
        "it."
    )


class Blocked(PasteError):
    """A text or a network that the moderators let in no more."""

    code = "blocked"
    status = 403
    sentence = gettext_lazy("This cannot be pasted here: the moderators blocked it.")


class PasswordRequired(PasteError):
    code = "password_required"
    status = 401
    sentence = gettext_lazy("This paste is locked with a password.")


class WrongPassword(PasteError):
    code = "wrong_password"
    status = 403
    sentence = gettext_lazy("That is not the password of this paste.")


class ConsentRequired(PasteError):
    code = "consent_required"
    status = 409
    sentence = gettext_lazy(
        "This paste can be read once, then it is gone. Ask for it with POST to read it."
    )


class EditConflict(PasteError):
    """Another text has come since the one that the change was made from."""

    code = "conflict"
    status = 409
    sentence = gettext_lazy(
        "The paste was changed meanwhile, and nothing is saved yet. Look at it first; "
        "saving once more puts your text in its place."
    )


class TooManyAttempts(PasteError):
    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        words = _(
            "Too many wrong passwords have been tried on this paste. "
            "Try again in %(wait)s."
        )
        super().__init__(
            words % {"wait": say_wait(retry_after)}, retry_after=retry_after
        )


class RateLimited(PasteError):
    """Too much from one address."""

    code = "rate_limited"
    status = 429

    words = gettext_lazy(
        "Too many pastes have come from your address. Try again in %(wait)s."
    )

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            self.words % {"wait": say_wait(retry_after)}, retry_after=retry_after
        )


class TooManyReports(RateLimited):
    words = gettext_lazy(
        "Too many reports have come from your address. Try again in %(wait)s."
    )


class TooManyCalls(RateLimited):
    words = gettext_lazy(
        "Too many calls have come from your address. Try again in %(wait)s."
    )


class TooManyMisses(RateLimited):
    words = gettext_lazy(
        "Too many links from your address led nowhere. Try again in %(wait)s."
    )


class TooManySignIns(PasteError):
    """Too many wrong passwords of one address, browser or user."""

    code = "too_many_attempts"
    status = 429


class Busy(PasteError):
    """Too many passwords are being checked at once, or nobody can count the guesses.

    Nothing was done, or counted.
    """

    code = "busy"
    status = 503
    sentence = gettext_lazy(
        "The site is busy just now, and nothing was done. Try again in a few seconds."
    )


class Unavailable(PasteError):
    """The database is away, or its disk takes nothing just now."""

    code = "unavailable"
    status = 503
    sentence = gettext_lazy(
        "The site cannot reach its database just now. Try again in a few seconds."
    )


class InsufficientStorage(PasteError):
    """The disk is full, or nearly: what is left is kept for deleting."""

    code = "insufficient_storage"
    status = 507
    sentence = gettext_lazy(
        "The site has no room for new texts just now, and nothing was stored. Reading "
        "and deleting still work."
    )


class TooLarge(PasteError):
    code = "too_large"
    status = 413

    def __init__(self, max_bytes: int) -> None:
        words = _("The text is too large: this site takes up to %(size)s.")
        super().__init__(words % {"size": say_size(max_bytes)})


class Invalid(PasteError):
    """Input that cannot be stored; `errors` maps a field to its sentences."""

    code = "invalid"
    status = 422

    def __init__(self, errors: Mapping[str, list[str | Promise]]) -> None:
        self.errors = {name: [str(s) for s in each] for name, each in errors.items()}
        super().__init__(" ".join(s for each in self.errors.values() for s in each))


class MethodNotAllowed(PasteError):
    """A door was asked in a way that it does not know; `allowed` are those it does."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed
        words = _("This address answers %(methods)s only.")
        super().__init__(words % {"methods": ", ".join(allowed)})


class OwnerTokenRequired(PasteError):
    code = "owner_token_required"
    status = 401
    sentence = gettext_lazy(
        "This needs the paste's owner token, in the header Authorization: Bearer "
        "<token>."
    )


class UnsupportedMediaType(PasteError):
    code = "unsupported_media_type"
    status = 415
    sentence = gettext_lazy(
        "Send JSON, with the header Content-Type: application/json."
    )


class Forbidden(PasteError):
    code = "forbidden"
    status = 403
    sentence = gettext_lazy("That is not the owner token of this paste.")
