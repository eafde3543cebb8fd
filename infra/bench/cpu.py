"""What processes have cost, from `/proc`."""

import os
from collections.abc import Iterator
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its descendants, those that have ended and were waited for included."""
    return sum(
        sum(int(ticks) for ticks in stat.rpartition(")")[2].split()[11:15]) * TICK  # utime, stime; of ended children
        for stat in _with_descendants(pid)
    )


def resident_bytes(pid: int) -> int:
    """The memory that a process and its descendants have in use now; what they share is counted for each."""
    return sum(int(stat.rpartition(")")[2].split()[21]) * PAGE for stat in _with_descendants(pid))


def _with_descendants(pid: int) -> Iterator[str]:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return
    yield stat
    for child in children:
        yield from _with_descendants(int(child))
