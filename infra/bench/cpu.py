"""What processes have cost, from `/proc`."""

import os
from pathlib import Path

TICK = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all its descendants, those that have ended and were waited for included."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    fields = stat.rpartition(")")[2].split()
    own = sum(int(ticks) for ticks in fields[11:15]) * TICK  # utime, stime and those of ended children
    return own + sum(cpu_seconds(int(child)) for child in children)
