"""What happened is written down with the change it tells of, one by one or all at once."""

from uuid import UUID

import pytest
from sqlalchemy import select

from domain.kit import events
from domain.kit.database import Database, TenantSession
from domain.kit.events import SYSTEM, EventRow, History
from domain.kit.ids import new_id
from domain.seats.events import SeatStarted
from domain.seats.models import SeatKind
from tests.conftest import NOW, CountStatements, Shop


async def told(database: Database, shop: Shop) -> list[tuple[str, int]]:
    async with database.reading(shop.tenant_id) as session:
        rows = await session.scalars(select(EventRow).order_by(EventRow.aggregate_version))
        return [(row.name, row.aggregate_version) for row in rows]


async def test_events_recorded_together_take_one_statement_and_are_the_same(
    database: Database, shop: Shop, statements: CountStatements
) -> None:
    root = History("seat_assignment", new_id())
    started = SeatStarted(new_id(), SeatKind.LIGHT)
    async with database.writing(shop.tenant_id) as session:
        with statements() as sent:
            async with events.in_one_statement(session):
                for _ in range(30):
                    events.record(session, root, started, by=SYSTEM, at=NOW)
        assert [statement.split()[:3] for statement in sent if "event" in statement] == [["INSERT", "INTO", "event"]]
        events.record(session, root, started, by=SYSTEM, at=NOW)
    assert await told(database, shop) == [("SeatStarted", version) for version in range(1, 32)]
    async with database.reading(shop.tenant_id) as session:
        for row in await session.scalars(select(EventRow)):
            assert (row.aggregate, row.aggregate_id, row.actor_kind, row.at) == (*subject(root), SYSTEM.kind, NOW)
            assert (row.data, row.sequence) == (started.data(), None)


def subject(root: History) -> tuple[str, UUID]:
    return root.__tablename__, root.id


async def test_what_fails_while_events_are_recorded_together_leaves_none(database: Database, shop: Shop) -> None:
    async with database.writing(shop.tenant_id) as session:
        with pytest.raises(LookupError):
            await fail(session)
        events.record(session, History("y", new_id()), SeatStarted(new_id(), SeatKind.FULL), by=SYSTEM, at=NOW)
    assert await told(database, shop) == [("SeatStarted", 1)]


async def fail(session: TenantSession) -> None:
    async with events.in_one_statement(session):
        events.record(session, History("x", new_id()), SeatStarted(new_id(), SeatKind.FULL), by=SYSTEM, at=NOW)
        raise LookupError
