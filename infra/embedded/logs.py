"""The children's log files, kept to a bounded size."""

import os
import shutil
from pathlib import Path

LIMIT = 10_000_000


def bound(log: Path, *, limit: int = LIMIT) -> None:
    """Keep a log below `limit` bytes plus one older generation, `<log>.1`.

    Works while a program writes to it in append mode; the few lines written during the copy may be lost.
    """
    try:
        if log.stat().st_size <= limit:
            return
    except FileNotFoundError:
        return
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)


def last_line(log: Path) -> str:
    """The last line written, with the file's name, for a sentence about why a program ended."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4000))
            lines = file.read().decode("utf-8", "replace").strip().splitlines()
    except FileNotFoundError:
        lines = []
    return f"{lines[-1].strip()} (see {log})" if lines else f"it said nothing in {log}"
