"""The one family of errors that every door turns into its own kind of answer."""


class PasteError(Exception):
    """Something that a person is told: a code, an HTTP status and a sentence.

    `retry_after` is in seconds, or None where waiting does not help.
    """

    code = "error"
    status = 400
    sentence = "That did not work."

    def __init__(self, sentence: str = "", *, retry_after: int | None = None) -> None:
        self.sentence = sentence or type(self).sentence
        self.retry_after = retry_after
        super().__init__(self.sentence)


class Malformed(PasteError):
    """A request that cannot be read: no form, no JSON, or cut off."""

    code = "malformed"
    status = 400
    sentence = "This request was malformed, and nothing was stored."


class CutOff(Malformed):
    sentence = "The upload was cut off; nothing is stored."


class Broken(PasteError):
    """A fault of the site, and nobody else's."""

    code = "broken"
    status = 500
    sentence = "Something broke on our side. Try again in a minute."


class NotFound(PasteError):
    """Never was, expired, burned or deleted: one answer for all four."""

    code = "not_found"
    status = 404
    sentence = (
        "There is no paste here. It may have expired, been read and burned, or been "
        "deleted, or the link may be incomplete."
    )


class Removed(PasteError):
    code = "removed"
    status = 410
    sentence = "A moderator has taken this paste down."

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"A moderator has taken this paste down: {reason}.")


class PasswordRequired(PasteError):
    code = "password_required"
    status = 401
    sentence = "This paste is locked with a password."


class WrongPassword(PasteError):
    code = "wrong_password"
    status = 403
    sentence = "That is not the password of this paste."


class ConsentRequired(PasteError):
    code = "consent_required"
    status = 409
    sentence = (
        "This paste can be read once, then it is gone. Ask for it with POST to read it."
    )


class TooManyAttempts(PasteError):
    code = "too_many_attempts"
    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__(
            "Too many wrong passwords have been tried on this paste. "
            f"Try again in {say_wait(retry_after)}.",
            retry_after=retry_after,
        )


class RateLimited(PasteError):
    """Too much from one address; `what` says too much of what."""

    code = "rate_limited"
    status = 429

    def __init__(self, retry_after: int, *, what: str = "pastes") -> None:
        super().__init__(
            f"Too many {what} have come from your address. "
            f"Try again in {say_wait(retry_after)}.",
            retry_after=retry_after,
        )


class TooLarge(PasteError):
    code = "too_large"
    status = 413

    def __init__(self, max_bytes: int) -> None:
        super().__init__(
            f"The text is too large: this site takes up to {say_size(max_bytes)}."
        )


class Invalid(PasteError):
    """Input that cannot be stored; `errors` maps a field to its sentences."""

    code = "invalid"
    status = 422

    def __init__(self, errors: dict[str, list[str]]) -> None:
        self.errors = errors
        super().__init__(" ".join(s for each in errors.values() for s in each))


class MethodNotAllowed(PasteError):
    """A door was asked in a way that it does not know; `allowed` are those it does."""

    code = "method_not_allowed"
    status = 405

    def __init__(self, allowed: list[str]) -> None:
        self.allowed = allowed
        super().__init__(f"This address answers {', '.join(allowed)} only.")


class OwnerTokenRequired(PasteError):
    code = "owner_token_required"
    status = 401
    sentence = "This needs the paste's owner token, in the header Authorization: Bearer <token>."


class UnsupportedMediaType(PasteError):
    code = "unsupported_media_type"
    status = 415
    sentence = "Send JSON, with the header Content-Type: application/json."


class Forbidden(PasteError):
    code = "forbidden"
    status = 403
    sentence = "That is not the owner token of this paste."


def say_wait(seconds: int) -> str:
    """Return a waiting time in words, rounded up: "40 seconds", "3 minutes"."""
    if seconds < 60:
        return f"{seconds} second{'s' if seconds != 1 else ''}"
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'s' if minutes != 1 else ''}"


def say_size(count: int) -> str:
    """Return a number of bytes in words, in powers of 1024: "10 MiB", "1.5 KiB"."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if count >= unit:
            return f"{count / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{count} byte{'s' if count != 1 else ''}"
