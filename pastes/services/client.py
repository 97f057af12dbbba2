"""Who asks: what the verbs need to know of a request, and nothing else of it."""

from dataclasses import dataclass

from pastes import limits


@dataclass(frozen=True)
class Client:
    """A caller from outside.

    `address` is an IP address; `counts` says whether reading adds to a paste's views
    (not for HEAD, or for robots); `maker_key` is the browser's, whose own pastes its
    reading does not count for.
    """

    address: str
    counts: bool = True
    maker_key: str = ""

    @property
    def key(self) -> str:
        return limits.client_key(self.address)
