"""The desk against those who try: by hand, from elsewhere, with others' tickets, too late, and with markup."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from domain.agents.models import Agent, Presence, Team
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.orders.models import Customer
from domain.seats.models import SeatKind
from domain.tickets import departures
from domain.tickets.models import Ticket
from tests.admin.desk.conftest import HTMX, OWN, SignIn, add_draft, hold, text_of
from tests.api.http.conftest import HandClock
from tests.conftest import NOW, FoundShop
from tests.domain.world import SEASON_END, World
from tests.state import everything

BAD = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def ways_out(draft_id: UUID) -> dict[str, dict[str, str]]:
    """The addresses by which words reach a customer, and those by which drafts are decided on."""
    return {
        "/desk/tickets/1/reply": {"body": "Dzień dobry"},
        f"/desk/tickets/1/drafts/{draft_id}/approve": {},
        f"/desk/tickets/1/drafts/{draft_id}/return": {"reason": "x"},
    }


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.OWNER])
async def test_a_light_agent_who_posts_by_hand_reaches_nobody_whatever_the_role(
    world: World, sign_in: SignIn, database: Database, role: Role
) -> None:
    lena = await world.person(SeatKind.LIGHT, role=role)
    ticket_id = await world.ticket()
    await hold(world, ticket_id, lena)
    draft_id = await add_draft(world, ticket_id, lena)
    desk = await sign_in(lena)
    before = await everything(database, world.tenant_id)
    for htmx in (False, True):
        for path, form in ways_out(draft_id).items():
            refused = await desk.press(path, form, htmx=htmx, once=new_id().hex)
            assert refused.status_code == 403, path
            assert "Reaching a customer takes a full seat. Write a draft: an agent with a full seat" in text_of(refused)
    assert await everything(database, world.tenant_id) == before


BUTTONS = (
    "/desk/next",
    "/desk/presence",
    "/desk/tickets/1/take",
    "/desk/tickets/1/note",
    "/desk/tickets/1/draft",
    "/desk/tickets/1/hand-over",
    "/desk/tickets/1/resolve",
    "/desk/tickets/1/reopen",
    "/desk/tickets/1/reply",
)
FILLED = {"body": "x", "reason": "x", "evidence": "NOTE", "text": "x", "presence": "OFFLINE"}


async def test_a_form_from_elsewhere_does_nothing(world: World, sign_in: SignIn, database: Database) -> None:
    filip = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    await hold(world, ticket_id, filip)
    draft_id = await add_draft(world, ticket_id, filip)
    desk = await sign_in(filip)
    before = await everything(database, world.tenant_id)
    drafts = [f"/desk/tickets/1/drafts/{draft_id}/{verb}" for verb in ("approve", "return", "replace")]
    for path in (*BUTTONS, *drafts):
        for headers in ({}, {"Origin": "https://evil.example"}, {**OWN, "Sec-Fetch-Site": "cross-site"}):
            for htmx in (False, True):
                refused = await desk.press(path, FILLED, headers=headers, htmx=htmx)
                assert refused.status_code == 403, path
                assert "nothing was done" in text_of(refused)
        assert (await desk.open(path)).status_code == 405
    assert await everything(database, world.tenant_id) == before


async def test_another_shops_tickets_drafts_teams_and_people_are_not_there(
    world: World, sign_in: SignIn, database: Database, found_shop: FoundShop
) -> None:
    filip = await world.person(SeatKind.FULL)
    own = await world.ticket()
    await hold(world, own, filip)
    elsewhere = await World.found(database, await found_shop())
    stranger = await elsewhere.person(SeatKind.FULL)
    theirs = [await elsewhere.ticket() for _ in range(3)]
    draft_id = await add_draft(elsewhere, theirs[2], stranger)
    desk = await sign_in(filip)
    before = await everything(database, world.tenant_id), await everything(database, elsewhere.tenant_id)
    for number in ("3", "0", str(2**63), "9" * 5000, "-1", "x"):
        page = await desk.open(f"/desk/tickets/{number}")
        assert page.status_code == 404
        assert "There is no such" in text_of(page)
        for button in BUTTONS[2:]:
            verb = button.rpartition("/")[2]
            assert (await desk.press(f"/desk/tickets/{number}/{verb}", FILLED, to="team:x")).status_code in (404, 422)
    for verb in ("approve", "return", "replace"):
        for at in (1, 3):
            path = f"/desk/tickets/{at}/drafts/{draft_id}/{verb}"
            assert (await desk.press(path, FILLED)).status_code == 404
    for to in (f"agent:{stranger.agent_id}", f"team:{elsewhere.teams['first-line']}"):
        assert (await desk.press("/desk/tickets/1/hand-over", to=to, reason="x")).status_code == 409
    assert (await everything(database, world.tenant_id), await everything(database, elsewhere.tenant_id)) == before


async def test_a_draft_is_decided_on_from_its_own_ticket_alone(
    world: World, sign_in: SignIn, database: Database
) -> None:
    filip = await world.person(SeatKind.FULL)
    draft_id = await add_draft(world, await world.ticket(), filip)
    await world.ticket()
    desk = await sign_in(filip)
    before = await everything(database, world.tenant_id)
    assert (await desk.press(f"/desk/tickets/2/drafts/{draft_id}/approve")).status_code == 404
    assert await everything(database, world.tenant_id) == before


async def test_a_seat_that_ends_while_the_page_is_open_ends_everything_at_once(
    world: World, sign_in: SignIn, database: Database, clock: HandClock
) -> None:
    clock.at = SEASON_END - timedelta(hours=1)
    lena = await world.person(SeatKind.LIGHT, presence=Presence.OFFLINE)
    await hold(world, await world.ticket(), lena)
    desk = await sign_in(lena)
    assert (await desk.open("/desk/tickets/1")).status_code == 200
    before = await everything(database, world.tenant_id)
    clock.at = SEASON_END
    for htmx in (False, True):
        for button in BUTTONS:
            refused = await desk.press(button, FILLED, htmx=htmx)
            assert refused.status_code == 403
            assert "You have no seat at the moment" in text_of(refused)
            assert "Ask an admin for a seat." in text_of(refused)
            assert "Gdzie jest moja paczka?" not in refused.text
        for path in ("/desk", "/desk/lists", "/desk/tickets/1"):
            page = await desk.open(path, htmx=htmx)
            assert page.status_code == 403
            assert "Gdzie jest moja paczka?" not in page.text
    assert await everything(database, world.tenant_id) == before


async def test_who_was_signed_out_is_led_to_the_sign_in(
    world: World, sign_in: SignIn, database: Database, clock: HandClock
) -> None:
    lena = await world.person(SeatKind.LIGHT)
    desk = await sign_in(lena)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=lena.assignment_id, at=None, by=SYSTEM, now=NOW)
    before = await everything(database, world.tenant_id)
    for asked, back in ((desk.open("/desk"), "back=%2Fdesk&"), (desk.press("/desk/next"), "")):
        whole = await asked
        assert (whole.status_code, whole.headers["location"]) == (303, f"/admin/sign-in?{back}ended=1")
    part = await desk.open("/desk/tickets/1", htmx=True)
    assert (part.status_code, part.headers["hx-redirect"]) == (204, "/admin/sign-in?back=%2Fdesk&ended=1")
    assert await everything(database, world.tenant_id) == before


async def test_who_was_signed_out_while_typing_keeps_the_page_and_is_told(
    world: World, sign_in: SignIn, database: Database
) -> None:
    lena = await world.person(SeatKind.LIGHT)
    desk = await sign_in(lena)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=lena.assignment_id, at=None, by=SYSTEM, now=NOW)
    lists = await desk.http.get("/admin/desk/lists", headers={**HTMX, "HX-Target": "lists"})
    for told in (lists, await desk.press("/desk/tickets/1/note", htmx=True, body="Długa notatka")):
        assert (told.status_code, told.headers["hx-retarget"], told.headers["hx-push-url"]) == (401, "#said", "false")
        assert text_of(told).startswith("Your session has ended and nothing was done. What you typed is still here:")
        assert '<a href="/admin/sign-in" target="_blank">Sign in</a>' in told.text


async def test_an_admin_without_a_seat_is_told_to_get_one(world: World, sign_in: SignIn) -> None:
    admin = await world.person(SeatKind.LIGHT, role=Role.ADMIN)
    desk = await sign_in(admin)
    assert "/admin/desk" in (await desk.open("/")).text
    async with world.database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=admin.assignment_id, at=None, by=SYSTEM, now=NOW)
    refused = await desk.open("/desk")
    assert refused.status_code == 403
    assert "You have no seat at the moment" in text_of(refused)
    assert "/admin/desk" not in (await desk.open("/")).text


async def test_whatever_people_are_called_and_write_stays_text(
    world: World, sign_in: SignIn, database: Database
) -> None:
    filip = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    await hold(world, ticket_id, filip)
    desk = await sign_in(filip, name=BAD)
    async with database.writing(world.tenant_id) as session:
        await session.execute(update(Ticket).values(subject=BAD))
        await session.execute(update(Customer).values(name=BAD, phone=BAD))
        await session.execute(update(Agent).values(name=BAD))
        await session.execute(update(Team).values(name=BAD))
    await add_draft(world, ticket_id, filip, body=f"</textarea>{BAD}")
    await desk.press("/desk/tickets/1/note", body=BAD)
    await desk.press("/desk/tickets/1/resolve", reason=BAD, evidence="NOTE", text=BAD)
    pages = [
        await desk.open(path, htmx=htmx)
        for path in ("/desk", "/desk/lists", "/desk/tickets/1")
        for htmx in (False, True)
    ]
    pages.append(await desk.press("/desk/tickets/1/hand-over", to=BAD, reason=BAD))
    pages.append(await desk.open(f"/desk?said={BAD}"))
    for page in pages:
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; ")
    assert sum("alert(1)" in page.text for page in pages) >= 4
