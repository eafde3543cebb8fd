"""A full agent's desk: a light one's, and besides the ways to the customer."""

import re

from sqlalchemy import select

from domain.agents.channels import Channel
from domain.agents.models import Member
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.seats.models import SeatKind
from domain.tickets.calls.course import CallState
from domain.tickets.calls.models import CallOutcome
from domain.tickets.models import Delivery, DraftOutcome, Entry, EntryKind, Ticket, TicketState
from tests.admin.desk.conftest import SignIn, add_draft, hold, text_of
from tests.domain.invariants import broken
from tests.domain.tickets.calls.exchange import ask_back, call, kept
from tests.domain.world import World
from tests.state import everything, jobs_of


async def outbound(world: World) -> list[tuple[str, str, object]]:
    """Body, author's name and sender of what left."""
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.execute(
            select(Entry.body, Member.name, Entry.sender_agent_id)
            .join(Member, Member.id == Entry.author_id)
            .where(Entry.kind == EntryKind.OUTBOUND)
        )
        return [(row.body, row.name, row.sender_agent_id) for row in rows]


async def test_a_full_agent_replies(world: World, sign_in: SignIn, database: Database) -> None:
    filip = await world.person(SeatKind.FULL)
    await hold(world, await world.ticket(), filip)
    desk = await sign_in(filip, name="Filip")
    page = await desk.open("/desk/tickets/1")
    assert "Reaching a customer takes a full seat" not in text_of(page)
    assert "Goes to zofia@klient.example by e-mail." in text_of(page)
    for _ in range(2):
        replied = await desk.press("/desk/tickets/1/reply", body="Paczka wyjdzie jutro.", once="r")
        assert replied.headers["location"] == "/admin/desk/tickets/1?said=replied"
    assert await outbound(world) == [("Paczka wyjdzie jutro.", "Filip", filip.agent_id)]
    assert [actor for actor, _ in await jobs_of(database, world.tenant_id)].count("deliver_reply") == 1
    assert "on its way" in text_of(await desk.open("/desk/tickets/1?said=replied"))
    assert await broken(database, world.tenant_id) == {}


async def test_an_answered_ticket_is_due_no_more_and_its_history_tells_the_reply_before_what_came_of_it(
    world: World, sign_in: SignIn
) -> None:
    filip = await world.person(SeatKind.FULL)
    await hold(world, await world.ticket(), filip)
    desk = await sign_in(filip, name="Filip")
    assert text_of(await desk.open("/desk/tickets/1")).count("due in 24 h") == 2
    await desk.press("/desk/tickets/1/reply", body="Paczka wyjdzie jutro.")
    said = text_of(await desk.open("/desk/tickets/1"))
    assert "due in" not in said
    assert (
        "Filip · 2026-11-02 10:00 · not sent yet Paczka wyjdzie jutro. Answered; waiting for the customer. · Filip"
        in said
    )


async def test_drafts_of_the_teams_wait_in_a_list_and_are_approved_as_they_are(
    world: World, sign_in: SignIn, database: Database
) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    await sign_in(lena, name="Lena")
    ticket_id = await world.ticket()
    await hold(world, ticket_id, lena)
    draft_id = await add_draft(world, ticket_id, lena)
    desk = await sign_in(filip, name="Filip")
    waiting = await desk.open("/desk")
    assert "Drafts to approve 1 1 Gdzie jest moja paczka? draft by Lena, 0 min" in text_of(waiting)
    assert f'href="/admin/desk/tickets/1?draft={draft_id}#draft-{draft_id}"' in waiting.text
    opened = await desk.open(f"/desk/tickets/1?draft={draft_id}")
    assert f'id="draft-{draft_id}" tabindex="-1" autofocus>' in opened.text
    assert len(re.findall("autofocus", opened.text)) == 1
    approved = await desk.press(f"/desk/tickets/1/drafts/{draft_id}/approve", once="a")
    assert approved.headers["location"] == "/admin/desk/tickets/1?said=approved"
    assert await outbound(world) == [("Przelew doszedł.", "Lena", filip.agent_id)]
    page = text_of(await desk.open("/desk/tickets/1?said=approved"))
    assert "The draft for ticket 1 is approved and on its way." in page
    assert "Approved and sent by Filip." in page
    assert "To the customer · Lena, sent by Filip" in page
    assert "No draft waits for approval." in page
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
    assert (ticket.state, ticket.assignee_id) == (TicketState.WAITING, lena.agent_id)
    assert await broken(database, world.tenant_id) == {}


async def test_a_draft_is_edited_and_then_approved(world: World, sign_in: SignIn) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    await sign_in(lena, name="Lena")
    ticket_id = await world.ticket()
    draft_id = await add_draft(world, ticket_id, lena)
    desk = await sign_in(filip, name="Filip")
    page = await desk.open("/desk/tickets/1")
    assert re.search(rf'<textarea id="edit-{draft_id}-body"[^>]*>Przelew doszedł.</textarea>', page.text)
    refused = await desk.press(f"/desk/tickets/1/drafts/{draft_id}/approve", body=" ")
    assert refused.status_code == 422
    assert f'id="act-edit-{draft_id}" open' in refused.text
    await desk.press(f"/desk/tickets/1/drafts/{draft_id}/approve", body="Przelew jest.")
    assert await outbound(world) == [("Przelew jest.", "Lena", filip.agent_id)]
    assert "Approved with changes and sent by Filip." in text_of(await desk.open("/desk/tickets/1"))


async def test_a_draft_is_returned_with_a_reason(world: World, sign_in: SignIn, database: Database) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    draft_id = await add_draft(world, ticket_id, lena)
    desk = await sign_in(filip, name="Filip")
    returned = await desk.press(f"/desk/tickets/1/drafts/{draft_id}/return", reason="Bez emotikonów")
    assert returned.headers["location"] == "/admin/desk/tickets/1?said=returned"
    page = text_of(await desk.open("/desk/tickets/1"))
    assert "Returned by Filip; the note below says why." in page
    assert "Internal note · Filip · 2026-11-02 10:00 Bez emotikonów" in page
    assert await outbound(world) == []
    before = await everything(database, world.tenant_id)
    settled = await desk.press(f"/desk/tickets/1/drafts/{draft_id}/approve")
    assert settled.status_code == 409
    assert "This draft has been dealt with already." in text_of(settled)
    assert await everything(database, world.tenant_id) == before


async def test_a_customer_without_an_address_is_told_of_before_and_refused_after(
    world: World, sign_in: SignIn, database: Database
) -> None:
    filip = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    await hold(world, ticket_id, filip)
    draft_id = await add_draft(world, ticket_id, filip)
    async with database.writing(world.tenant_id) as session:
        await (await session.connection()).exec_driver_sql("UPDATE customer SET email = NULL")
    desk = await sign_in(filip)
    page = await desk.open("/desk/tickets/1")
    assert "This customer has no e-mail address, so nothing can be sent to them from here." in text_of(page)
    verbs = [action.rpartition("/")[2] for action in re.findall(r'action="/admin/desk/tickets/1/([^"]*)"', page.text)]
    assert sorted(verbs) == ["decline", "draft", "hand-over", "note", "replace", "resolve", "return"]
    before = await everything(database, world.tenant_id)
    refused = await desk.press("/desk/tickets/1/reply", body="Dzień dobry")
    assert refused.status_code == 409
    assert "This customer has no e-mail address" in text_of(refused)
    assert "Dzień dobry</textarea>" in refused.text
    refused = await desk.press(f"/desk/tickets/1/drafts/{draft_id}/approve")
    assert refused.status_code == 409
    assert "Przelew doszedł.</textarea>" in refused.text
    assert await everything(database, world.tenant_id) == before
    async with database.reading(world.tenant_id) as session:
        assert list(await session.scalars(select(Delivery))) == []


async def test_drafts_of_other_teams_come_last_and_those_of_tickets_that_are_over_not_at_all(
    world: World, sign_in: SignIn
) -> None:
    filip = await world.person(SeatKind.FULL)
    accountant = await world.person(SeatKind.LIGHT, teams=["accounting"], skills=["payments"])
    await add_draft(world, await world.ticket("payment"), accountant)
    over = await world.ticket()
    await add_draft(world, over, accountant)
    await hold(world, over, filip)
    desk = await sign_in(filip)
    said = text_of(await desk.open("/desk"))
    assert "Drafts to approve 2" in said
    assert said.index("2 Gdzie jest moja paczka? draft by") < said.index("1 Gdzie jest moja paczka? draft by")
    await desk.press("/desk/tickets/2/resolve", reason="x", evidence="NOTE", text="x")
    assert "Drafts to approve 1" in text_of(await desk.open("/desk"))
    assert DraftOutcome.APPROVED not in text_of(await desk.open("/desk/tickets/2"))


async def test_a_call_is_over_by_a_button_and_leaves_room_for_the_next(
    world: World, sign_in: SignIn, database: Database
) -> None:
    filip = await world.person(SeatKind.FULL)
    assert (await call(world, "first")).state is CallState.TALKING
    await call(world, "second", number=None)
    desk = await sign_in(filip, name="Filip")
    page = await desk.open("/desk/tickets/1")
    assert "A call, from +48600100200 The call is over" in text_of(page)
    assert "Nobody answered" not in text_of(page)
    for _ in range(2):
        ended = await desk.press("/desk/tickets/1/call-over")
        assert ended.headers["location"] == "/admin/desk/tickets/1?said=call_over"
    assert "so the next call can come" in text_of(await desk.open("/desk/tickets/1?said=call_over"))
    assert "The call is over" not in text_of(await desk.open("/desk/tickets/1"))
    row, ticket = await kept(world, "first")
    assert (row.outcome, ticket.worked_as, ticket.assignee_id) == (
        CallOutcome.COMPLETED,
        Channel.EMAIL,
        filip.agent_id,
    )
    assert await broken(database, world.tenant_id) == {}


async def test_whoever_is_not_reached_when_called_back_is_written_down_so(world: World, sign_in: SignIn) -> None:
    await call(world)
    await ask_back(world)
    filip = await world.person(SeatKind.FULL)
    desk = await sign_in(filip, name="Filip", language=Language.PL)
    page = await desk.open("/desk/tickets/1")
    assert "Do oddzwonienia pod numer +48600100200" in text_of(page)
    assert "Rozmowa zakończona" not in text_of(page)
    await desk.press("/desk/next")
    assert "Rozmowa zakończona Nikt nie odebrał" in text_of(await desk.open("/desk/tickets/1"))
    await desk.press("/desk/tickets/1/call-over", reached="no")
    assert (await kept(world))[0].outcome is CallOutcome.NOT_REACHED
