"""What somebody who joins a queue now will wait until an agent begins: pure.

Formula: the minutes of work ahead, by what items of their channels usually take, shared by those who are there for
them. What is in hands already counts on neither side.
"""

from datetime import timedelta


def expected_wait(minutes_waiting: int, agents: int) -> timedelta | None:
    """The wait behind so many minutes of work with so many agents, to the second; None while there are none."""
    return timedelta(seconds=-(-minutes_waiting * 60 // agents)) if agents > 0 else None
