"""Who pastes, reports and decides what, and when: a month of a site as events."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from pastes.management.demo import snippets
from pastes.management.demo.abuse import DETAILS, abuse
from pastes.management.demo.logs import access_log, address, large_log, minified
from pastes.management.demo.logs import written_by_machine as machine_text
from pastes.management.demo.snippets import Text
from pastes.management.demo.words import Words

DAY = timedelta(days=1)
MONTH = 30 * DAY
# Signs as the screening of new pastes writes them down: name, points, detail.
HELD_BECAUSE = [
    ["words", 8, "bonus casino, spins casino, free casino"],
    ["copies", 7, "×3"],
    ["links", 1, "2 / 84"],
]


@dataclass(frozen=True)
class Event:
    """What happens at a time: an act (a method of the command), pastes by their name."""

    at: datetime
    act: str
    names: tuple[str, ...]
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """Somebody who pastes: an address, and a browser's number unless without cookies."""

    address: str
    maker: int | None


class Plan:
    """The events of a month; `span` is shorter where nothing may be kept so long."""

    def __init__(
        self,
        *,
        size: int,
        seed: int,
        now: datetime,
        span: timedelta = MONTH,
        most_bytes: int = 1_000_000,
    ) -> None:
        # The same seed, the same demonstration: nothing in it is a secret.
        self.r = Random(seed)  # noqa: S311
        self.now = now
        self.unit = min(span, MONTH) / 30
        self.most_bytes = most_bytes
        self.events: list[Event] = []
        self.count = 0
        self.people = [
            Person(address(self.r), number if self.r.random() < 0.7 else None)
            for number in range(max(10, size // 8))
        ]
        self.add_waves(size)
        self.add_abuse()
        self.add_decided()
        self.add_special()
        while self.count < size:
            self.add_ordinary()
        self.events.sort(key=lambda event: event.at)

    # What everything is made of

    def ago(self, days: float) -> datetime:
        return self.now - days * self.unit

    def add(self, at: datetime, act: str, names: Iterable[str], **values: Any) -> None:
        self.events.append(Event(at, act, tuple(names), values))

    def paste(self, name: str, days: float, text: Text, **values: Any) -> str:
        """Add a paste of some days ago; it stays unless a lifetime is given."""
        person = values.pop("person", None) or self.r.choice(self.people)
        about = {
            "address": person.address,
            "maker": person.maker,
            "views": min(4000, int(3 * self.r.paretovariate(1.1)) - 3),
            "lifetime": "never",
        }
        self.add(self.ago(days), "paste", [name], **about | text._asdict() | values)
        self.count += 1
        return name

    def report(self, name: str, days: float, reason: str, contact: str = "") -> None:
        self.add(
            self.ago(days),
            "report",
            [name],
            reason=reason,
            details=self.r.choice(DETAILS[reason]),
            contact=contact,
            address=address(self.r),
        )

    def decide(
        self, names: Iterable[str], days: float, act: str, **values: Any
    ) -> None:
        self.add(self.ago(days), "decide", names, decision=act, **values)

    # What happens

    def add_waves(self, size: int) -> None:
        """One wave was hidden, one is held, and one has just come in."""
        old = self.wave("followers", max(6, size // 12), 9.2, 0.3)
        for name in old[:4]:
            self.report(name, 8.8, "spam")
        why = {"reason": "spam", "note": "All of one wave, from a few addresses."}
        self.decide(old, 8.6, "hide", blocks=["network"], **why)
        text = {"kind": "text", "pattern": "", "effect": "refuse"}
        why = {"reason": "spam", "note": "The wave’s text.", "expires_in": "1y"}
        self.add(self.ago(8.5), "block", old[:1], **text | why)
        held = self.wave("casino", max(5, size // 14), 0.9, 0.3)
        pastes = {e.names[0]: e.at for e in self.events if e.act == "paste"}
        for name in held:
            self.add(pastes[name], "hold", [name], because=HELD_BECAUSE)
        new = self.wave("pills", max(8, size // 4), 0.16, 0.12)
        for name in new[: max(4, len(new) // 8)]:
            self.report(name, 0.02 + 0.02 * self.r.random(), "spam")

    def wave(self, kind: str, count: int, days: float, length: float) -> list[str]:
        words = Words(self.r)
        senders = [Person(address(self.r), None) for _ in range(5)]
        ages = sorted(days - length * self.r.random() for _ in range(count))[::-1]
        return [
            self.paste(
                f"{kind} {number}",
                age,
                snippets.advertise(self.r, f"advert-{kind}", words),
                person=self.r.choice(senders),
                views=self.r.randrange(4),
            )
            for number, age in enumerate(ages)
        ]

    def add_abuse(self) -> None:
        """What waits for a decision just now."""
        thief = Person(address(self.r), 900)
        self.paste("phishing", 1.4, abuse(self.r, "phishing"), person=thief, views=412)
        self.paste("phishing 2", 1.1, abuse(self.r, "phishing"), person=thief, views=38)
        for number in range(7):
            contact = "reader@example.org" if number == 2 else ""
            self.report("phishing", 1.2 - 0.15 * number, "malware", contact)
        self.report("phishing 2", 0.7, "malware")
        self.report("phishing 2", 0.4, "malware")
        self.paste("keys", 2.6, abuse(self.r, "keys"))
        self.report("keys", 2.2, "personal", "security@example.org")
        self.report("keys", 1.9, "personal")
        self.paste("person", 3.3, abuse(self.r, "person"))
        self.report("person", 0.6, "personal", "neighbour@example.org")
        self.paste("novel", 6.0, abuse(self.r, "novel"))
        self.report("novel", 4.1, "copyright", "author@example.org")
        # A mistake: a log that is full of links.
        self.paste("log", 4.0, access_log(self.r, self.ago(4.0)))
        self.report("log", 3.0, "spam")
        hosts = {"kind": "host", "pattern": "secure-login.example", "effect": "refuse"}
        why = {"reason": "malware", "note": "Imitates banks.", "expires_in": ""}
        self.add(self.ago(1.0), "block", ["phishing"], **hosts | why)
        words = {"kind": "words", "pattern": "casino bonus", "effect": "hold"}
        why = {"reason": "spam", "note": "Often spam, not always.", "expires_in": "3M"}
        self.add(self.ago(0.55), "block", ["casino 0"], **words | why)

    def add_decided(self) -> None:
        """What was decided before: hidden, kept, and taken back."""
        hidden = {
            "dropper": ("malware", "Runs whatever that host sends."),
            "keys": ("personal", "Whoever owns them was told."),
            "person": ("personal", ""),
            "novel": ("copyright", "The publisher wrote to us."),
            "insult": ("rules", "Third time; see the others of this maker."),
        }
        for number, (kind, (reason, note)) in enumerate(hidden.items()):
            days = 25 - 3.5 * number
            name = self.paste(f"old {kind}", days, abuse(self.r, kind))
            self.report(name, days - 0.4, reason)
            self.decide([name], days - 0.7, "hide", reason=reason, note=note, blocks=[])
        for number in range(5):
            days = 22 - 4 * number
            name = self.paste(f"kept {number}", days, self.text(days))
            self.report(name, days - 0.5, self.r.choice(["spam", "rules"]))
            note = self.r.choice(["", "Nothing wrong with it.", "Reported by mistake."])
            # The third stays uncleared: only its report was closed.
            act = "close" if number == 2 else "keep"
            self.decide([name], days - 1.1, act, note=note)
        for number in range(2):
            days = 16 - 5 * number
            name = self.paste(f"undone {number}", days, self.text(days))
            self.report(name, days - 0.2, "spam")
            why = {"reason": "spam", "note": "Looked like an advertisement."}
            self.decide([name], days - 0.5, "hide", blocks=[], **why)
            self.add(self.ago(days - 0.8), "undo", [name])

    def add_special(self) -> None:
        """Locked, burning, expiring, forked, large."""
        for number in range(5):
            days = 3 + 4 * number
            word = f"{self.r.choice(['amber', 'kettle', 'orchard'])}-{number + 1}"
            self.paste(f"locked {number}", days, self.text(days), password=word)
        for number in range(6):
            days = 0.5 + 0.9 * number
            name = self.paste(f"burning {number}", days, self.text(days), burn=True)
            if number % 3 == 0:
                self.add(self.ago(days / 2), "burn", [name])
        for number in range(8):
            # In seconds: some hours more than it has lived, or a little less.
            days = 0.2 + 0.6 * number
            lives = (days + (0.3 if number < 6 else -0.1)) * self.unit
            seconds = int(lives.total_seconds())
            self.paste(f"short {number}", days, self.text(days), lifetime=seconds)
        self.paste("one line", 2.3, minified(self.r, self.ago(2.3)))
        large = large_log(self.r, self.ago(5), self.most_bytes)
        self.paste("large", 5, large, views=19)
        for number in range(4):
            parent = self.paste(f"parent {number}", 14 - 2 * number, self.text(14))
            for child in range(1 + number % 3):
                days = 13.5 - 2 * number - 0.4 * child
                text = self.events[-1].values
                edited = f"{text['text']}\n{Words(self.r).fill('# @noun@: @number@')}\n"
                fork = Text(text["title"], text["syntax"], edited)
                self.paste(f"fork {number} {child}", days, fork, fork_of=parent)

    def add_ordinary(self) -> None:
        days = 30 * self.r.random() ** 1.2
        lifetime: str | int = "never"
        if self.r.random() < 0.5:
            lives = (days + 1 + 60 * self.r.random()) * self.unit
            lifetime = int(lives.total_seconds())
        name = f"paste {self.count}"
        self.paste(name, days, self.text(days), lifetime=lifetime)

    def text(self, days: float) -> Text:
        if self.r.random() < 0.45:
            return machine_text(self.r, self.ago(days))
        return snippets.compose(self.r, self.r.choice(snippets.names()))
