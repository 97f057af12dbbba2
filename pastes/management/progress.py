"""How far a long command is: a bar where a person watches, and nothing elsewhere."""

import sys
import time

WIDTH = 30
EVERY_SECONDS = 0.1


class Bar:
    """A bar on stderr; `start` takes the total, `move` each step, `end` the line."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.is_shown = sys.stderr.isatty()
        self.total = self.done = 0
        self.drawn_at = 0.0

    def start(self, total: int) -> None:
        self.total = total
        self.draw()

    def move(self, count: int) -> None:
        self.done += count
        if time.monotonic() - self.drawn_at > EVERY_SECONDS:
            self.draw()

    def end(self) -> None:
        if self.is_shown and self.total:
            self.draw()
            sys.stderr.write("\n")

    def draw(self) -> None:
        if not self.is_shown or not self.total:
            return
        self.drawn_at = time.monotonic()
        part = min(1.0, self.done / self.total)
        bar = ("#" * int(part * WIDTH)).ljust(WIDTH, ".")
        sys.stderr.write(f"\r{self.what} [{bar}] {part:4.0%}")
        sys.stderr.flush()
