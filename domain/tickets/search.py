"""Finding orders, customers, tickets and people by the words that somebody types: a number, a name, an address."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text

from domain.kit import texts
from domain.kit.database import TenantSession
from domain.kit.errors import DomainError
from domain.kit.patience import OutOfPatience, patience

LONGEST = 100
SHORTEST = 2

PATIENCE_MS = 1_000
"""How long the database may look, for all kinds together."""

AT_ONCE = 2
"""How many searches of one process the database has at a time: most of its connections are for everything else."""

TURN = 2.0
"""Seconds that a search waits for those before it."""

_FOUND = text(
    """
    SELECT asked.kind, hit.id
    FROM unnest(CAST(:kinds AS text[])) AS asked (kind)
    CROSS JOIN LATERAL found(asked.kind, :words, :most) WITH ORDINALITY AS hit (id, place)
    ORDER BY hit.place
    """
)


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


@dataclass
class SearchTooWide(DomainError):
    """Looking for it takes longer than one search may take."""

    en = "There is too much to look through for this. Add another word, or type more of a name or number."
    pl = "Trzeba by przeszukać zbyt wiele. Dodaj słowo albo wpisz więcej liter nazwy lub numeru."


@dataclass
class SearchBusy(DomainError):
    """Searches of others took the time that this one waits for its turn."""

    en = "Others are searching right now. Try again in a moment."
    pl = "Trwają wyszukiwania innych osób. Spróbuj ponownie za chwilę."


REFUSALS = (SearchTooShort, SearchTooWide, SearchBusy)
"""Why nothing was looked for."""

Found = dict[Kind, list[UUID]]


class Searches:
    """Searches a few at a time, one of each shop, so that they never take the connections of everything else.

    One instance per process. Call it before the session has asked anything: a search that waits for its turn then
    holds no connection.

        searches = Searches()
        async with database.reading(tenant_id) as session:
            found = await searches.search(session, kinds=[Kind.ORDER], words="BOM/1001", most=10)
    """

    def __init__(self, *, at_once: int = AT_ONCE, turn: float = TURN, patience_ms: int = PATIENCE_MS) -> None:
        self._all = asyncio.Semaphore(at_once)
        self._of_shop: defaultdict[UUID, _Shop] = defaultdict(_Shop)
        self._turn = turn
        self._patience_ms = patience_ms

    async def search(self, session: TenantSession, *, kinds: Collection[Kind], words: str, most: int) -> Found:
        """Of each kind, the ids of at most `most` rows, the newest, in which every word begins a word.

        Accents and case do not count. The number of a ticket finds that ticket alone.

        The function it calls looks past the tenant's policy and then at the tenant's rows alone: under the policy no
        text index could be used. Re-read what it returns in the same session. What is typed has no wildcards; beyond
        the first LONGEST characters and six words it is not read. Raises SearchTooShort, SearchTooWide, SearchBusy;
        the session can be used afterwards.
        """
        known = _known(words)
        if not known:
            return {kind: [] for kind in kinds}
        async with self._turn_of(session.tenant_id):
            return await _look(session, kinds=kinds, known=known, most=most, patience_ms=self._patience_ms)

    @asynccontextmanager
    async def _turn_of(self, tenant_id: UUID) -> AsyncIterator[None]:
        """A turn among the shop's own searches first: those who wait for these are in no other shop's way."""
        shop = self._of_shop[tenant_id]
        shop.asked += 1
        try:
            async with _turns(shop.turn, self._all, seconds=self._turn):
                yield
        finally:
            shop.asked -= 1
            if not shop.asked:
                del self._of_shop[tenant_id]


class _Shop:
    def __init__(self) -> None:
        self.turn = asyncio.Semaphore(1)
        self.asked = 0


@asynccontextmanager
async def _turns(*turns: asyncio.Semaphore, seconds: float) -> AsyncIterator[None]:
    taken: list[asyncio.Semaphore] = []
    try:
        try:
            async with asyncio.timeout(seconds):
                for turn in turns:
                    await turn.acquire()
                    taken.append(turn)
        except TimeoutError:
            raise SearchBusy from None
        yield
    finally:
        for turn in taken:
            turn.release()


async def _look(session: TenantSession, *, kinds: Collection[Kind], known: str, most: int, patience_ms: int) -> Found:
    found: Found = {kind: [] for kind in kinds}
    asked = {"kinds": [kind.value for kind in kinds], "words": known, "most": most}
    try:
        async with patience(session, milliseconds=patience_ms):
            for row in await session.execute(_FOUND, asked):
                found[Kind(row.kind)].append(row.id)
    except OutOfPatience:
        raise SearchTooWide from None
    return found


def _known(words: str) -> str:
    """The words that are looked for; none when no text can have them. Raises SearchTooShort."""
    wanted = words.strip()[:LONGEST]
    if not texts.storable(wanted):
        return ""
    known = [word for word in _split(wanted) if len(word) >= SHORTEST or word.isdecimal()]
    if not known:
        raise SearchTooShort
    return " ".join(known)


def _split(words: str) -> list[str]:
    return "".join(character if character.isalnum() else " " for character in words).split()
