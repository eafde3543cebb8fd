"""Shops that a machine plays: real operations as `app` on a clock of its own, each beside what must become of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import TextClause, event, text

from domain.billing import bookkeeping
from domain.kit.database import Database, TenantSession
from domain.kit.errors import DomainError
from domain.kit.events import Actor, ActorKind
from domain.metadata import metadata
from domain.seasons import provisioning
from domain.seats import reminding
from domain.seats.rights import FullSeatRequired, permit_outbound, standing_of_member
from domain.tickets import departures
from infra.invariants import EVERY
from tests.domain.seasons.foreseen import FOREVER, Foreseen

KEY = "k" * 32

T = TypeVar("T")
Work = Callable[[TenantSession], Awaitable[T]]

LICENCES = text("""
    SELECT id, kind, lower(period) AS start, upper(period) AS end, cancelled_at IS NOT NULL AS cancelled, terms
    FROM seat_licence ORDER BY id
""")
SITTINGS = text("""
    SELECT s.id, m.email, s.licence_id, lower(s.period) AS start, upper(s.period) AS end,
           s.cancelled_at IS NOT NULL AS cancelled, s.started_at IS NOT NULL AS started, s.ended_at IS NOT NULL AS ended
    FROM seat_assignment s JOIN agent a ON a.id = s.agent_id JOIN member m ON m.id = a.member_id ORDER BY s.id
""")
HELD = text("""
    SELECT m.email, p.kind, lower(p.wanted) AS start, upper(p.wanted) AS end
    FROM planned_invitation p JOIN agent a ON a.id = p.agent_id JOIN member m ON m.id = a.member_id
    WHERE p.granted_at IS NULL AND p.cancelled_at IS NULL ORDER BY p.created_at, p.id
""")
PEOPLE = text(
    "SELECT m.email, m.state, m.id AS member_id, a.id AS agent_id FROM member m JOIN agent a ON m.id = member_id"
)
LEFT = text("SELECT DISTINCT ON (kind) kind, balance FROM pass_entry ORDER BY kind, position DESC")


CONTENT = text(
    " UNION ALL ".join(
        f"SELECT '{table.name}' AS name, md5(string_agg(x\\:\\:text, '|' ORDER BY x\\:\\:text)) AS content "
        f'FROM "{table.name}" x'
        for table in metadata.sorted_tables
    )
)
"""What every table of a tenant holds, in a few bytes each."""


class Crash(Exception):
    """The worker dies here."""


PASSES: dict[str, Callable[[TenantSession, datetime], Awaitable[object]]] = {
    "record_endings": lambda session, now: departures.expire_due_seats(session, now=now),
    "provision": lambda session, now: provisioning.provision(session, key=KEY, now=now),
    "remind": lambda session, now: reminding.remind_due(session, now=now),
    "keep_books": lambda session, now: bookkeeping.keep_books(session, now=now),
}


@dataclass(frozen=True)
class Known:
    member_id: UUID
    agent_id: UUID
    state: str

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.MEMBER, self.member_id)


@dataclass
class Shop:
    """A tenant, what is foreseen for it, and the ids of what stands in the same places."""

    tenant_id: UUID
    slug: str
    owner: Known
    customer_id: UUID
    foreseen: Foreseen
    people: dict[str, Known] = field(default_factory=dict)
    licence_ids: list[UUID] = field(default_factory=list)
    sitting_ids: list[UUID] = field(default_factory=list)
    season_ids: list[UUID] = field(default_factory=list)


class Play:
    """The shops on one event loop, and the present instant."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, database: Database, shops: Sequence[Shop], now: datetime
    ) -> None:
        self._loop, self._database, self.shops, self.now = loop, database, shops, now

    def do(self, work: Awaitable[T]) -> T:
        async def waiting() -> T:
            return await work

        return self._loop.run_until_complete(waiting())

    def write(self, shop: Shop, work: Work[T]) -> T:
        """Run something in a transaction of its own."""

        async def writing() -> T:
            async with self._database.writing(shop.tenant_id) as session:
                return await work(session)

        return self.do(writing())

    def read(self, shop: Shop, statement: TextClause, **values: object) -> Sequence[Any]:
        async def reading() -> Sequence[Any]:
            async with self._database.reading(shop.tenant_id) as session:
                return (await session.execute(statement, values)).all()

        return self.do(reading())

    def change(self, shop: Shop, change: Callable[[Foreseen], object], work: Work[T]) -> T | None:
        """Do what changes a shop: it goes or is refused as foreseen, and a refusal leaves every row alone."""
        expected = shop.foreseen.after(change)
        before = None if expected is not None else self.content(shop)
        refusal, done = None, None
        try:
            done = self.write(shop, work)
        except DomainError as error:
            refusal = error
        assert (refusal is None) == (expected is not None), repr(refusal or "it was to be refused")
        if expected is None:
            assert self.content(shop) == before
            return None
        shop.foreseen = expected
        return done

    def attempt(self, shop: Shop, work: Work[T]) -> T | DomainError:
        """Do what may be refused for reasons that nobody foresees here; then every row is as it was."""
        before = self.content(shop)
        try:
            return self.write(shop, work)
        except DomainError as refusal:
            assert self.content(shop) == before
            return refusal

    def content(self, shop: Shop) -> dict[str, str]:
        return {row.name: row.content for row in self.read(shop, CONTENT)}

    def run_pass(self, shop: Shop, name: str) -> None:
        """A pass of the workers, and once more, which changes nothing."""
        self.write(shop, lambda session: PASSES[name](session, self.now))
        self._foresee(shop, name)
        once = self.content(shop)
        self.write(shop, lambda session: PASSES[name](session, self.now))
        twice = self.content(shop)
        assert twice == once, f"{name} twice is not as once: {[table for table in once if once[table] != twice[table]]}"

    def crash_in_pass(self, shop: Shop, name: str, *, statement: int) -> None:
        """A pass whose worker dies before that statement leaves nothing behind; one that needs fewer is done."""
        before = self.content(shop)
        try:
            with self._dying_at(statement):
                self.write(shop, lambda session: PASSES[name](session, self.now))
        except Crash:
            assert self.content(shop) == before
        else:
            self._foresee(shop, name)

    def _foresee(self, shop: Shop, name: str) -> None:
        foresee = getattr(shop.foreseen, name, None)
        if foresee is not None:
            foresee(self.now)

    @contextmanager
    def _dying_at(self, statement: int) -> Iterator[None]:
        seen = 0

        def count(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == statement:
                raise Crash

        event.listen(self._database.engine.sync_engine, "before_cursor_execute", count)
        try:
            yield
        finally:
            event.remove(self._database.engine.sync_engine, "before_cursor_execute", count)

    # What holds at every step

    def look(self) -> None:
        """All that must hold of every shop at this instant."""
        for shop in self.shops:
            self.do(self._look(shop))

    async def _look(self, shop: Shop) -> None:
        async with self._database.reading(shop.tenant_id) as session:
            found = (await session.execute(EVERY)).all()
            assert found == [], found
            await self._compare(session, shop)
            for email, known in shop.people.items():
                await self._compare_rights(session, shop, email, known)

    async def _compare(self, session: TenantSession, shop: Shop) -> None:
        """The rows are the ones foreseen, in the order in which they were made."""
        foreseen = shop.foreseen
        licences = (await session.execute(LICENCES)).all()
        assert [(r.kind, r.start, r.end or FOREVER, r.cancelled, r.terms) for r in licences] == [
            (each.kind, each.start, each.end, each.cancelled, each.terms) for each in foreseen.licences
        ]
        shop.licence_ids = [row.id for row in licences]
        places = {row.id: place for place, row in enumerate(licences)}
        sittings = (await session.execute(SITTINGS)).all()
        assert [
            (r.email, places[r.licence_id], r.start, r.end or FOREVER, r.cancelled, r.started, r.ended)
            for r in sittings
        ] == [
            (each.person, each.licence, each.start, each.end, each.cancelled, each.started, each.ended)
            for each in foreseen.sittings
        ]
        shop.sitting_ids = [row.id for row in sittings]
        held = [tuple(row) for row in await session.execute(HELD)]
        assert held == [(plan.person, plan.kind, plan.start, plan.end) for plan in foreseen.plans if plan.held]
        shop.people = {r.email: Known(r.member_id, r.agent_id, r.state) for r in await session.execute(PEOPLE)}
        assert {email: known.state for email, known in shop.people.items()} == foreseen.people
        left = {row.kind: row.balance for row in await session.execute(LEFT)}
        assert {kind: left.get(kind, 0) for kind in foreseen.passes} == foreseen.passes

    async def _compare_rights(self, session: TenantSession, shop: Shop, email: str, known: Known) -> None:
        """What somebody may do at this instant follows from the intervals, whether or not any pass has run."""
        kind = shop.foreseen.kind_of(email, self.now)
        standing = await standing_of_member(session, member_id=known.member_id, now=self.now)
        if known.state == "ACTIVE":
            assert standing is not None
            assert (standing.seat.kind.value if standing.seat else None) == kind
        else:
            assert standing is None
        try:
            permit = await permit_outbound(session, agent_id=known.agent_id, now=self.now)
        except FullSeatRequired:
            assert kind != "FULL"
        else:
            assert (kind, permit.agent_id) == ("FULL", known.agent_id)
