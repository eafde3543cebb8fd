"""The page of channels: what a ticket of each takes of agents."""

from domain.agents.channels import DEFAULT_EFFORT, Channel, Effort
from domain.agents.efforts import efforts, said_efforts
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import Actor, ActorKind
from tests.admin.actions.conftest import Browser, hidden, said
from tests.domain.world import World
from tests.state import everything


def typed(**changes: str) -> dict[str, str]:
    """The form as it stands, with every channel as usual, but for the changes."""
    form = {f"weight_{channel}": str(effort.weight) for channel, effort in DEFAULT_EFFORT.items()}
    form |= {f"minutes_{channel}": str(effort.work_minutes) for channel, effort in DEFAULT_EFFORT.items()}
    return {**form, "alone_PHONE": "yes", "answer_CHAT": "120", **changes}


async def test_an_admin_says_what_chats_take_and_what_is_left_is_as_usual(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin)
    page = await browser.get("/channels")
    assert "Chat 34 of 100, 10 min, 2 at once Phone 100 of 100, 6 min, 1 at once" in said(page)
    assert 'name="alone_PHONE" value="yes" aria-label="Phone: taken alone" checked' in page.text
    answers = [
        await browser.post("/channels", {**hidden(page), **typed(weight_CHAT="20", minutes_CHAT="12")})
        for _ in range(2)
    ]
    assert [(one.status_code, one.headers["location"]) for one in answers] == [(303, "/admin/channels?done=saved")] * 2
    async with database.reading(world.tenant_id) as session:
        assert await said_efforts(session) == {Channel.CHAT: Effort(20, 12, answer_seconds=120)}
    page = await browser.get("/channels")
    assert 'name="weight_CHAT" type="number" value="20"' in page.text
    await browser.post("/channels", {**hidden(page), **typed()})
    async with database.reading(world.tenant_id) as session:
        assert await said_efforts(session) == {}
        assert await efforts(session) == DEFAULT_EFFORT


async def test_what_is_wrong_is_said_beside_its_field_and_changes_nothing(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin, language="pl")
    before = await everything(database, world.tenant_id)
    answer = await browser.post("/channels", typed(weight_CHAT="0", minutes_EMAIL="x"))
    assert answer.status_code == 422
    assert '<p class="wrong" id="weight_CHAT-problem">Musi być od 1 do 100.</p>' in answer.text
    assert "Czat: część budżetu : Musi być od 1 do 100." in said(answer)
    assert "E-mail: minuty : Musi być od 1 do 1440." in said(answer)
    assert await everything(database, world.tenant_id) == before


async def test_nobody_but_those_who_manage_people_comes_there(browser: Browser, world: World) -> None:
    supervisor = await world.seatless(role=Role.SUPERVISOR)
    await browser.sign_in(Actor(ActorKind.MEMBER, supervisor.member_id))
    assert (await browser.get("/channels")).status_code == 403
    assert (await browser.post("/channels", typed())).status_code == 403
