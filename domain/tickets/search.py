"""Finding orders, customers, tickets and people by the words that somebody types: a number, a name, an address."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select

from domain.kit import texts
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError

LONGEST = 100
SHORTEST = 2


class Kind(StrEnum):
    """What is looked for. Orders and tickets are found by their customer as well, seats by who sits on them."""

    CUSTOMER = "customer"
    ORDER = "order"
    TICKET = "ticket"
    MEMBER = "member"
    SEAT = "seat"
    TEAM = "team"
    CLIENT = "client"


@dataclass
class SearchTooShort(DomainError):
    """There is no word of two letters in it, and it is no number: it would find next to everything."""

    shortest: int = SHORTEST

    en = "Type at least {shortest} letters, or a number."
    pl = "Wpisz co najmniej {shortest} litery albo numer."


async def search(session: TenantSession, *, kind: Kind, words: str, most: int) -> list[UUID]:
    """The ids of at most `most` rows, the newest, in which every word begins a word; accents and case do not count.

    The number of a ticket finds that ticket alone.

    The function it calls looks past the tenant's policy and then at the tenant's rows alone: under the policy no text
    index could be used. Re-read what it returns in the same session. What is typed has no wildcards; beyond the
    first LONGEST characters and six words it is not read. Raises SearchTooShort.
    """
    wanted = words.strip()[:LONGEST]
    if not texts.storable(wanted):
        return []
    known = [word for word in _split(wanted) if len(word) >= SHORTEST or word.isdecimal()]
    if not known:
        raise SearchTooShort
    found = await session.scalars(select(func.found(kind.value, " ".join(known), most).column_valued("id")))
    return list(found)


def _split(words: str) -> list[str]:
    return "".join(character if character.isalnum() else " " for character in words).split()
