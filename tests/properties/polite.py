"""Walks that a journal tells completely: everything that may be asked, by a shell that is always in time."""

from datetime import timedelta

from tests.properties.walker import Walk

STEPS = 700


class PoliteWalk(Walk):
    """As the product's shell is on a good day."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed, faults=0, full_every=100)

    def take(self, steps: int = STEPS) -> None:
        for _ in range(steps):
            self.step()

    def _pass_time(self) -> None:
        if self.random.random() < 0.5:
            return
        until = self.now + timedelta(milliseconds=self.random.choice([100, 1_500, 8_000]))
        while (due := self.witness.engine.next_deadline()) is not None and due <= until:
            self.now = max(self.now, due)
            self.story.advance(self.now)
        self.now = until
        self.story.advance(until)
