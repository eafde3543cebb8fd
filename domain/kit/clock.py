"""The one source of `now`. Edges read it and pass the instant on; the domain never asks."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class OffsetClock:
    """The machine's time plus the seconds written in a file, read afresh whenever the file changes.

    All processes of a test stack name the same file, so moving it moves them together. No file means no offset.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self._current_offset()

    def _current_offset(self) -> timedelta:
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            return timedelta(0)
        seen = (stat.st_mtime_ns, stat.st_ino)
        if seen != self._seen:
            self._offset = timedelta(seconds=float(self._file.read_text().strip() or 0))
            self._seen = seen
        return self._offset


def clock_from(file: Path | None) -> Clock:
    """The clock that the settings ask for."""
    return SystemClock() if file is None else OffsetClock(file)
