"""The ways in which a customer reaches a shop."""

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
