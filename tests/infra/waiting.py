"""Waiting for a fact instead of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def eventually(look: Callable[[], Found], *, within: float = 30.0) -> Found:
    """The first truthy answer of `look`; fails the test when there is none in time."""
    deadline = time.monotonic() + within
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not so within {within:g} s")
        time.sleep(0.02)
    return found
