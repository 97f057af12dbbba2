"""Django's PostgreSQL, by connections that do not wait for ever: see base.py."""


class Patience:
    """How long a statement may go unanswered, in seconds; None (in commands): for ever.

    The processes that serve set it, to somewhat more than the server's own limit.
    """

    seconds: float | None = None
