"""Says in one sentence what this Python or machine lacks for Sezon; silent when all is well.

Run by `infra/setup.sh` with whatever Python it found, so the syntax stays that of old ones (3.0).
"""

import os
import sys

OLDEST, NEWEST = (3, 11), (3, 14)
OLDEST_GLIBC = (2, 34)
PARTS = ("venv", "ensurepip", "ssl", "ctypes", "zlib")


def problem() -> "str | None":
    """The sentence, or None."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        return "Sezon needs Python 3.11 to 3.14; " + sys.executable + " is " + found + " (set SEZON_PYTHON to another)."
    for part in PARTS:
        try:
            __import__(part)
        except ImportError:
            return (
                "Python " + found + " at " + sys.executable + " lacks its part '" + part + "'; install it (Debian and "
                "Ubuntu: python" + ".".join(found.split(".")[:2]) + "-venv) or set SEZON_PYTHON to a complete one."
            )
    return _libc_problem()


def _libc_problem() -> "str | None":
    try:
        name, version = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
        known = tuple(int(part) for part in version.split(".")[:2])
    except (AttributeError, OSError, ValueError):
        return "Sezon needs Linux with glibc 2.34 or newer; this system has another C library."
    if known < OLDEST_GLIBC:
        return "Sezon needs glibc 2.34 or newer; this system has " + name + " " + version + "."
    return None


if __name__ == "__main__":
    sentence = problem()
    if sentence:
        print(sentence)
        sys.exit(1)
