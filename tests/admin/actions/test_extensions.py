"""The form of an agent's extension."""

from domain.agents.models import Agent
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import Actor, ActorKind
from domain.seats.models import SeatKind
from tests.admin.actions.conftest import Browser, hidden, said
from tests.domain.world import World
from tests.state import everything


async def test_an_admin_says_where_an_agent_is_rung(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL)
    await browser.sign_in(admin)
    page = await browser.get(f"/agents/{anna.agent_id}/extension")
    for typed, kept in ((" 1 07 ", "107"), ("", None)):
        answer = await browser.post(f"/agents/{anna.agent_id}/extension", {**hidden(page), "extension": typed})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/agents/{anna.agent_id}?done=saved")
        async with database.reading(world.tenant_id) as session:
            assert (await session.get_one(Agent, (world.tenant_id, anna.agent_id))).extension == kept
        assert f"Extension {kept or '–'} " in said(await browser.get(f"/agents/{anna.agent_id}"))
        page = await browser.get(f"/agents/{anna.agent_id}/extension")


async def test_what_cannot_be_dialled_is_said_beside_the_field_and_changes_nothing(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL)
    await browser.sign_in(admin, language="pl")
    before = await everything(database, world.tenant_id)
    answer = await browser.post(f"/agents/{anna.agent_id}/extension", {"extension": "wew. 7"})
    assert answer.status_code == 422
    assert "Numer wewnętrzny : Może składać się tylko z cyfr oraz znaków *, # i +, najwyżej 20." in said(answer)
    assert 'value="wew. 7"' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_who_may_not_manage_people_does_not_come_there(browser: Browser, world: World) -> None:
    anna = await world.person(SeatKind.FULL, role=Role.SUPERVISOR)
    await browser.sign_in(Actor(ActorKind.MEMBER, anna.member_id))
    assert (await browser.get(f"/agents/{anna.agent_id}/extension")).status_code == 403
    assert (await browser.post(f"/agents/{anna.agent_id}/extension", {"extension": "1"})).status_code == 403
