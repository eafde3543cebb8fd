"""Work that was set aside, tried again from the panel."""

from sqlalchemy import select

from domain.kit.database import Database
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.kit.outbox import OutboxRow
from tests.admin.actions.conftest import Browser, hidden, said
from tests.conftest import FoundShop, Shop
from tests.domain.tenants.test_dead_letters import set_aside
from tests.domain.world import World
from tests.state import events_of, everything


async def test_what_failed_is_shown_and_tried_again_once(
    browser: Browser, admin: Actor, world: World, database: Database, shop: Shop
) -> None:
    job_id = await set_aside(database, shop)
    await browser.sign_in(admin)
    page = await browser.get(f"/dead-letters/{job_id}/retry")
    assert (
        "Job Route what waits route_sweep For – Asked for 2026-11-02 10:00 (UTC+01:00) "
        "Set aside 2026-11-02 10:00 (UTC+01:00)" in said(page)
    )
    assert "Attempts 8 Last error boom" in said(page)
    for _ in range(2):
        answer = await browser.post(f"/dead-letters/{job_id}/retry", hidden(page))
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/dead-letters?done=retried")
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(OutboxRow.dead_at).where(OutboxRow.id == job_id)) is None
    told = await events_of(database, world.tenant_id, aggregate="tenant")
    assert [name for name, _, _ in told] == ["DeadLetterRetried"]


async def test_another_press_of_another_page_says_that_it_is_none_any_more(
    browser: Browser, admin: Actor, database: Database, world: World, shop: Shop
) -> None:
    job_id = await set_aside(database, shop)
    await browser.sign_in(admin)
    first, second = [await browser.get(f"/dead-letters/{job_id}/retry") for _ in range(2)]
    await browser.post(f"/dead-letters/{job_id}/retry", hidden(first))
    before = await everything(database, world.tenant_id)
    late = await browser.post(f"/dead-letters/{job_id}/retry", hidden(second))
    assert late.status_code == 409
    assert "This job is not set aside any more: it is waiting, running or done." in said(late)
    assert await everything(database, world.tenant_id) == before


async def test_another_shops_dead_letter_is_not_found(
    browser: Browser, admin: Actor, database: Database, found_shop: FoundShop
) -> None:
    other = await found_shop()
    theirs = await set_aside(database, other)
    await browser.sign_in(admin)
    before = await everything(database, other.tenant_id)
    for job_id in (theirs, new_id()):
        assert (await browser.get(f"/dead-letters/{job_id}/retry")).status_code == 404
        assert (await browser.post(f"/dead-letters/{job_id}/retry", {})).status_code == 404
    assert await everything(database, other.tenant_id) == before
