"""Something that is done every so many seconds of real time, whatever else happens."""

import time


class Periodic:
    """Says when the next time has come; the first has come already."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._next = time.monotonic()

    def due(self) -> bool:
        return time.monotonic() >= self._next

    def done(self) -> None:
        """It was done just now."""
        self._next = time.monotonic() + self._every

    def within(self, seconds: float) -> None:
        """It is wanted no later than so many seconds from now."""
        self._next = min(self._next, time.monotonic() + seconds)

    def rest(self) -> float:
        """Seconds until the next time."""
        return max(0.0, self._next - time.monotonic())
