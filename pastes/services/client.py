"""Who asks: what the verbs need to know of a request, and nothing else of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from pastes import limits
from pastes.limits import Spent


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

    def spend(self, rule: str, name: str, whose: str = "") -> Spent:
        """Take one use of an allowance of this client; see limits.spend.

        `whose` tells apart what it is counted for: "unlock" for each paste by itself.
        """
        words = [name, whose, self.key] if whose else [name, self.key]
        return self.note(limits.spend(rule, ":".join(words)))

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
