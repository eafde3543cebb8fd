"""Work that was set aside is tried again because somebody says so, and that is written down."""

from uuid import UUID

import pytest
from sqlalchemy import select

from domain.kit import outbox
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.outbox import MAX_ATTEMPTS, OutboxRow
from domain.tenants import dead_letters
from domain.tenants.errors import DeadLetterNotFound
from domain.tickets.jobs import RouteSweep
from tests.conftest import NOW, FoundShop, Shop
from tests.state import events_of, everything


async def set_aside(database: Database, shop: Shop) -> UUID:
    """The id of a job that failed as often as it may."""
    async with database.writing(shop.tenant_id) as session:
        outbox.enqueue(session, RouteSweep(), now=NOW)
        await session.flush()
        job_id = (await session.scalars(select(OutboxRow.id).where(OutboxRow.actor == RouteSweep.actor))).one()
        for _ in range(MAX_ATTEMPTS):
            await outbox.put_back(session, message_id=job_id, error="boom", now=NOW)
    return job_id


async def retry(database: Database, shop: Shop, job_id: UUID) -> None:
    async with database.writing(shop.tenant_id) as session:
        await dead_letters.retry(session, job_id=job_id, by=SYSTEM, now=NOW)


async def test_a_dead_letter_gets_fresh_attempts_and_the_shops_history_says_so(database: Database, shop: Shop) -> None:
    job_id = await set_aside(database, shop)
    await retry(database, shop, job_id)
    async with database.reading(shop.tenant_id) as session:
        job = (await session.scalars(select(OutboxRow))).one()
    assert (job.dead_at, job.attempts, job.due_at, job.dispatched_at) == (None, 0, NOW, None)
    assert await events_of(database, shop.tenant_id, aggregate="tenant") == [
        ("DeadLetterRetried", 1, {"job_id": str(job_id), "job": "route_sweep"})
    ]


async def test_what_is_none_or_none_any_more_or_anothers_is_not_found_and_changes_nothing(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other = await found_shop()
    theirs, mine = await set_aside(database, other), await set_aside(database, shop)
    await retry(database, shop, mine)
    before = [await everything(database, one.tenant_id) for one in (shop, other)]
    for job_id in (mine, theirs, new_id()):
        with pytest.raises(DeadLetterNotFound):
            await retry(database, shop, job_id)
    assert [await everything(database, one.tenant_id) for one in (shop, other)] == before
