"""The ways in which a customer reaches a shop."""

from dataclasses import dataclass
from enum import StrEnum


class Channel(StrEnum):
    EMAIL = "EMAIL"
    CHAT = "CHAT"
    PHONE = "PHONE"
    FORM = "FORM"
    MARKETPLACE = "MARKETPLACE"


DEFAULT_CAPACITY: dict[Channel, int] = {
    Channel.EMAIL: 10,
    Channel.CHAT: 2,
    Channel.PHONE: 1,
    Channel.FORM: 10,
    Channel.MARKETPLACE: 10,
}
"""Items of a channel an agent holds at once when an admin has said nothing else."""

BUDGET = 100
"""What an agent has to give to all items in hand together."""


@dataclass(frozen=True)
class Effort:
    """What one item takes: a share of an agent's budget, how many minutes it usually is, and if it is taken alone.

    `answer_seconds` is how long whoever is given one has to begin with it; None: as long as it takes.
    """

    weight: int
    work_minutes: int
    exclusive: bool = False
    answer_seconds: int | None = None


DEFAULT_EFFORT: dict[Channel, Effort] = {
    Channel.EMAIL: Effort(10, 6),
    Channel.CHAT: Effort(34, 10, answer_seconds=120),
    Channel.PHONE: Effort(100, 6, exclusive=True),
    Channel.FORM: Effort(10, 6),
    Channel.MARKETPLACE: Effort(10, 5),
}
"""What an item of a channel takes when an admin has said nothing else."""
