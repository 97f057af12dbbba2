"""Who asks: what the verbs need to know of a request, and nothing else of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pastes import limits
from pastes.limits import Spent
from pastes.services.errors import Busy

# A shared cache that is gone may be back then.
RETRY_SECONDS = 5


@dataclass(frozen=True)
class Client:
    """A caller from outside.

    `address` is an IP address; `counts` says whether reading adds to a paste's views
    (not for HEAD, or for robots); `maker_key` is the browser's, whose own pastes its
    reading does not count for; `signs` is what a door found odd in how a text was sent
    (keys of spam.SIGNS). `spent` collects what the verbs took of its allowances: the door's
    answer tells of it.
    """

    address: str
    counts: bool = True
    maker_key: str = ""
    signs: tuple[str, ...] = ()
    spent: list[Spent] = field(default_factory=list, compare=False, repr=False)

    @property
    def key(self) -> str:
        return limits.client_key(self.address)

    def spend(
        self, rule: str, name: str, whose: str = "", *, fails_open: bool = False
    ) -> Spent:
        """Take one use of an allowance of this client; see spend().

        `whose` tells apart what it is counted for: "unlock" for each paste by itself.
        """
        words = [name, whose, self.key] if whose else [name, self.key]
        return self.note(spend(rule, ":".join(words), fails_open=fails_open))

    def note(self, spent: Spent) -> Spent:
        if spent.rule:
            self.spent.append(spent)
        return spent

    def give_back(self, some: Iterable[Spent] | None = None) -> None:
        """Return uses, all that were taken or some of them."""
        for each in list(self.spent if some is None else some):
            limits.give_back(each)
            if each in self.spent:
                self.spent.remove(each)


def spend(rule: str, key: str, *, fails_open: bool = False) -> Spent:
    """Take one use of an allowance; see limits.spend.

    Raises Busy where nobody can tell what is left of it, unless it fails open: what
    keeps somebody from guessing must not.
    """
    try:
        return limits.spend(rule, key, fails_open=fails_open)
    except limits.Unavailable as error:
        raise Busy(retry_after=RETRY_SECONDS) from error
