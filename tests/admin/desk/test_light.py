"""A light agent's desk: everything but a way to the customer, and it says why."""

import re

import pytest
from sqlalchemy import select

from domain.agents.models import Agent, Member, MemberState, Presence
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.orders.details import OrderChange
from domain.orders.models import OrderStatus
from domain.orders.operations import update_order
from domain.seats.models import SeatKind
from domain.tickets import departures
from domain.tickets.assignment import assign
from domain.tickets.models import Entry, EntryKind, Resolution, Ticket, TicketState
from tests.admin.desk.conftest import SignIn, add_draft, add_order, hold, text_of, transfer_of
from tests.conftest import NOW
from tests.domain.invariants import broken
from tests.domain.world import Person, World
from tests.state import everything

WHY = "Reaching a customer takes a full seat. Write a draft: a colleague with a full seat approves and sends it."


async def an_accountant(world: World) -> Person:
    return await world.person(SeatKind.LIGHT, teams=["accounting"], skills=["payments"])


async def the_ticket(world: World, number: int = 1) -> Ticket:
    async with world.database.reading(world.tenant_id) as session:
        return (await session.scalars(select(Ticket).where(Ticket.number == number))).one()


async def written(world: World) -> list[tuple[EntryKind, str]]:
    async with world.database.reading(world.tenant_id) as session:
        rows = await session.execute(select(Entry.kind, Entry.body).order_by(Entry.at, Entry.id))
        return [(row.kind, row.body) for row in rows]


async def test_the_desk_lists_what_is_mine_and_what_waits(world: World, sign_in: SignIn) -> None:
    lena = await an_accountant(world)
    await hold(world, await world.ticket("payment"), lena)
    for _ in range(23):
        await world.ticket("payment")
    desk = await sign_in(lena)
    page = await desk.open("/desk")
    assert page.status_code == 200
    said = text_of(page)
    assert "My tickets 1 1 Gdzie jest moja paczka? Zofia Żak In work, 0 min due in 24 h" in said
    assert "Queue: accounting 23 tickets wait 2 Gdzie" in said
    assert "and 3 more" in said
    assert len(re.findall('id="queued-', page.text)) == 20
    assert "Drafts to approve" not in said
    assert "Queue: first-line" not in said


async def test_whoever_takes_a_ticket_is_named_once_in_its_history(world: World, sign_in: SignIn) -> None:
    lena, filip = await an_accountant(world), await world.person(SeatKind.FULL)
    tickets = [await world.ticket("payment") for _ in range(2)]
    desk = await sign_in(lena, name="Lena")
    await desk.press("/desk/tickets/1/take")
    await desk.press("/desk/next")
    await sign_in(filip, name="Filip")
    async with world.database.writing(world.tenant_id) as session:
        await assign(session, ticket_id=tickets[0], agent_id=filip.agent_id, by=lena.actor, now=NOW)
    told = text_of(await desk.open("/desk/tickets/1")).partition(" History ")[2]
    assert "Taken over. · Lena · 2026-11-02 10:00" in told
    assert "Put into the hands of Filip. · Lena · 2026-11-02 10:00" in told
    assert "Taken from the queue. · Lena · 2026-11-02 10:00" in text_of(await desk.open("/desk/tickets/2"))


async def test_a_ticket_shows_its_history_its_order_and_its_customer(world: World, sign_in: SignIn) -> None:
    lena = await an_accountant(world)
    ticket_id = await world.ticket("payment", order_id=await add_order(world))
    await world.ticket("delivery")
    await hold(world, ticket_id, lena)
    await add_draft(world, ticket_id, lena)
    said = text_of(await (await sign_in(lena, name="Lena")).open("/desk/tickets/1"))
    for part in (
        "1 Gdzie jest moja paczka? In work due in 24 h",
        "Opened in the queue of accounting. · 2026-11-02 10:00",
        "From the customer · Zofia Żak · 2026-11-02 10:00 Dzień dobry, czekam od tygodnia.",
        "Put into the hands of Lena.",
        "Draft · Lena · 2026-11-02 10:00 Przelew doszedł. Not sent: it waits for somebody with a full seat.",
        "Order BOM/1 Waits for payment: 79.00 PLN is missing.",
        "Transfer: agreed 129.00 PLN, received 50.00 PLN, missing 79.00 PLN",
        "2026-11-02 10:00: 50.00 PLN (bank-7)",
        "Voucher: agreed 20.00 PLN, received 20.00 PLN, nothing missing",
        "InPost 620012 , sent 2026-11-02 10:00",
        "Bombka czerwona BOMBKA 3 43.00 PLN",
        "Zofia Żak zofia@klient.example no phone number reads Polish",
        "Other tickets of this customer 2 Gdzie jest moja paczka? in the queue",
        "In the hands of you Team accounting Topic payment Takes Payments Came by E-mail",
    ):
        assert part in said, part


async def test_it_is_all_said_in_polish_as_well(world: World, sign_in: SignIn) -> None:
    lena = await an_accountant(world)
    for _ in range(5):
        ticket_id = await world.ticket("payment", order_id=None)
    await hold(world, ticket_id, lena)
    said = text_of(await (await sign_in(lena, language=Language.PL)).open("/desk/tickets/5"))
    assert "Moje zgłoszenia 1" in said
    assert "4 zgłoszenia czekają" in said
    assert "Kontakt z klientem wymaga pełnej licencji. Napisz szkic" in said
    assert "To zgłoszenie nie dotyczy zamówienia." in said


async def test_no_outbound_control_exists_and_why_is_said(world: World, sign_in: SignIn) -> None:
    lena, ewa = await an_accountant(world), await an_accountant(world)
    ticket_id = await world.ticket("payment")
    await hold(world, ticket_id, lena)
    await add_draft(world, ticket_id, ewa)
    page = await (await sign_in(lena)).open("/desk/tickets/1")
    assert WHY in text_of(page)
    actions = re.findall(r'action="/admin/desk([^"]*)"', page.text)
    assert sorted(actions) == [
        "/next",
        "/presence",
        "/tickets/1/decline",
        "/tickets/1/draft",
        "/tickets/1/hand-over",
        "/tickets/1/note",
        "/tickets/1/resolve",
    ]
    said = " ".join(re.findall(r"<(?:button|summary|a)[ >].*?</", page.text, re.DOTALL)).lower()
    assert "resolve internally" in said
    assert not re.search(r"reply|approve|send|mailto:|tel:", said)
    assert 'aria-keyshortcuts="r"' not in page.text


async def test_taking_the_next_leads_to_it_and_says_so(world: World, sign_in: SignIn, database: Database) -> None:
    lena = await an_accountant(world)
    await world.ticket("payment")
    desk = await sign_in(lena)
    taken = await desk.press("/desk/next", once="a")
    assert (taken.status_code, taken.headers["location"]) == (303, "/admin/desk/tickets/1?said=taken")
    assert "Ticket 1 is yours." in text_of(await desk.open("/desk/tickets/1?said=taken"))
    again = await desk.press("/desk/next", once="b", open="1")
    assert again.headers["location"] == "/admin/desk/tickets/1?said=nothing"
    said = text_of(await desk.open("/desk/tickets/1?said=nothing"))
    assert "Nothing waits in the queues of your teams." in said
    assert await broken(database, world.tenant_id) == {}


async def test_what_cannot_be_taken_is_told_apart_from_nothing(world: World, sign_in: SignIn) -> None:
    lena = await world.person(SeatKind.LIGHT)
    await world.ticket("delivery")
    desk = await sign_in(lena)
    assert (await desk.press("/desk/next")).headers["location"] == "/admin/desk?said=nothing"
    assert "Nothing waits that you could take" in text_of(await desk.open("/desk?said=nothing"))


async def test_a_ticket_in_the_queue_can_be_taken_by_its_own_button(world: World, sign_in: SignIn) -> None:
    lena = await world.person(SeatKind.LIGHT)
    await world.ticket("delivery")
    desk = await sign_in(lena)
    assert 'action="/admin/desk/tickets/1/take"' in (await desk.open("/desk/tickets/1")).text
    assert (await desk.press("/desk/tickets/1/take")).headers["location"] == "/admin/desk/tickets/1?said=taken"
    assert (await the_ticket(world)).assignee_id == lena.agent_id


async def test_notes_and_drafts_are_written_once_however_often_their_button_is_pressed(
    world: World, sign_in: SignIn
) -> None:
    lena = await an_accountant(world)
    await world.ticket("payment")
    desk = await sign_in(lena)
    for _ in range(2):
        noted = await desk.press("/desk/tickets/1/note", body=" Sprawdzam. ", once="n")
        assert noted.headers["location"] == "/admin/desk/tickets/1?said=noted"
        drafted = await desk.press("/desk/tickets/1/draft", body="Przelew doszedł.", once="d")
        assert drafted.headers["location"] == "/admin/desk/tickets/1?said=drafted"
    assert (await written(world))[1:] == [
        (EntryKind.INTERNAL, "Sprawdzam."),
        (EntryKind.DRAFT, "Przelew doszedł."),
    ]
    other_words = await desk.press("/desk/tickets/1/note", body="Co innego", once="n")
    assert other_words.status_code == 409
    assert "This form was sent before, with other words." in text_of(other_words)
    assert "Co innego</textarea>" in other_words.text


async def test_resolving_rests_on_a_payment_or_on_words(world: World, sign_in: SignIn, database: Database) -> None:
    lena = await an_accountant(world)
    order_id = await add_order(world)
    for _ in range(2):
        await hold(world, await world.ticket("payment", order_id=order_id), lena)
    desk, transfer = await sign_in(lena), await transfer_of(world)
    assert f'value="PAYMENT:{transfer}" checked' in (await desk.open("/desk/tickets/1")).text
    done = await desk.press("/desk/tickets/1/resolve", reason="Jest wpłata", evidence=f"PAYMENT:{transfer}", text="")
    assert done.headers["location"] == "/admin/desk/tickets/1?said=resolved"
    await desk.press("/desk/tickets/2/resolve", reason="Faktura", evidence="CORRECTION", text="Poprawiono NIP")
    said = text_of(await desk.open("/desk/tickets/1?said=resolved"))
    assert "Ticket 1 is resolved." in said
    assert "Jest wpłata A payment: Transfer, 129.00 PLN" in said
    async with database.reading(world.tenant_id) as session:
        rows = list(await session.scalars(select(Resolution).order_by(Resolution.at, Resolution.id)))
    assert [(row.seat_kind, row.payment_id, row.evidence_text) for row in rows] == [
        (SeatKind.LIGHT, transfer, None),
        (SeatKind.LIGHT, None, "Poprawiono NIP"),
    ]
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        ({"reason": "Bo tak", "evidence": "NOTE", "text": " "}, 422, "What was corrected or noted: say what was done."),
        ({"reason": " ", "evidence": "NOTE", "text": "x"}, 422, "Reason: must not be empty."),
        ({"reason": "x", "text": "x"}, 422, "Evidence: choose what it rests on."),
        ({"reason": "x", "evidence": "PAYMENT:nonsense"}, 409, "not one of this customer's"),
    ],
)
async def test_a_resolution_that_is_refused_changes_nothing_and_keeps_what_was_typed(
    world: World, sign_in: SignIn, database: Database, form: dict[str, str], status: int, said: str
) -> None:
    lena = await an_accountant(world)
    await hold(world, await world.ticket("payment"), lena)
    desk = await sign_in(lena)
    before = await everything(database, world.tenant_id)
    refused = await desk.press("/desk/tickets/1/resolve", form)
    assert refused.status_code == status
    assert said in text_of(refused)
    assert re.search(r'<details class="act" id="act-resolve" open>', refused.text)
    assert f"{form['reason']}</textarea>" in refused.text
    assert await everything(database, world.tenant_id) == before


async def test_handing_over_goes_to_a_team_or_a_colleague_with_its_reason(
    world: World, sign_in: SignIn, database: Database
) -> None:
    lena, marta = await an_accountant(world), await an_accountant(world)
    desk = await sign_in(lena, name="Lena")
    await sign_in(marta, name="Marta")
    for _ in range(3):
        await hold(world, await world.ticket("payment"), lena)
    page = text_of(await desk.open("/desk/tickets/1"))
    assert "Back into the queue: accounting" in page
    assert "Marta (light, at work)" in page
    for number, to in (
        (1, f"agent:{marta.agent_id}"),
        (2, f"team:{world.teams['first-line']}"),
        (3, f"team:{world.teams['accounting']}"),
    ):
        moved = await desk.press(f"/desk/tickets/{number}/hand-over", to=to, reason="Nie moje")
        assert moved.headers["location"] == f"/admin/desk/tickets/{number}?said=handed_over"
    assert (await the_ticket(world, 1)).assignee_id == marta.agent_id
    second, third = await the_ticket(world, 2), await the_ticket(world, 3)
    assert (second.state, second.team_id) == (TicketState.QUEUED, world.teams["first-line"])
    assert (third.state, third.team_id) == (TicketState.QUEUED, world.teams["accounting"])
    assert (await written(world)).count((EntryKind.INTERNAL, "Nie moje")) == 3
    before = await everything(database, world.tenant_id)
    for to, status in (("", 422), ("team:x", 409), ("agent:x", 409), (f"agent:{marta.agent_id}", 409)):
        refused = await desk.press("/desk/tickets/1/hand-over", to=to, reason="Bo tak")
        assert refused.status_code == status, to
    assert await everything(database, world.tenant_id) == before


async def test_nobody_who_has_not_joined_is_offered_a_ticket_or_given_one(
    world: World, sign_in: SignIn, database: Database
) -> None:
    lena, ewa = await an_accountant(world), await an_accountant(world)
    desk = await sign_in(lena, name="Lena")
    async with database.writing(world.tenant_id) as session:
        member = await session.get_one(Member, (world.tenant_id, ewa.member_id))
        member.state, member.password_hash = MemberState.INVITED, None
    await hold(world, await world.ticket("payment"), lena)
    assert str(ewa.agent_id) not in (await desk.open("/desk/tickets/1")).text
    before = await everything(database, world.tenant_id)
    refused = await desk.press("/desk/tickets/1/hand-over", to=f"agent:{ewa.agent_id}", reason="Nie moje")
    assert refused.status_code == 409
    assert "This person has not joined yet, so nobody would work on the ticket." in text_of(refused)
    assert await everything(database, world.tenant_id) == before


async def test_a_ticket_in_anothers_hands_takes_notes_and_drafts_alone(world: World, sign_in: SignIn) -> None:
    lena, marta = await an_accountant(world), await an_accountant(world)
    desk = await sign_in(lena)
    await sign_in(marta, name="Marta")
    await hold(world, await world.ticket("payment"), marta)
    page = await desk.open("/desk/tickets/1")
    assert "This ticket is in the hands of Marta. You can add notes and drafts." in text_of(page)
    assert sorted(re.findall(r'action="/admin/desk/tickets/1/([^"]*)"', page.text)) == ["draft", "note"]
    for verb, form in (
        ("take", {}),
        ("hand-over", {"to": f"team:{world.teams['accounting']}", "reason": "x"}),
        ("resolve", {"reason": "x", "evidence": "NOTE", "text": "x"}),
    ):
        refused = await desk.press(f"/desk/tickets/1/{verb}", form)
        assert refused.status_code == 409
        assert "This ticket is not in your hands." in text_of(refused)
    assert (await desk.press("/desk/tickets/1/note", body="Dzwonił")).status_code == 303


async def test_a_resolved_ticket_can_be_reopened(world: World, sign_in: SignIn) -> None:
    lena = await an_accountant(world)
    await hold(world, await world.ticket("payment"), lena)
    desk = await sign_in(lena)
    await desk.press("/desk/tickets/1/resolve", reason="x", evidence="NOTE", text="x")
    page = await desk.open("/desk/tickets/1")
    assert sorted(re.findall(r'action="/admin/desk/tickets/1/([^"]*)"', page.text)) == ["draft", "note", "reopen"]
    reopened = await desk.press("/desk/tickets/1/reopen", reason="Jednak nie")
    assert reopened.headers["location"] == "/admin/desk/tickets/1?said=reopened"
    assert (await the_ticket(world)).state is TicketState.QUEUED


async def test_ones_own_draft_can_be_written_anew(world: World, sign_in: SignIn) -> None:
    lena = await an_accountant(world)
    ticket_id = await world.ticket("payment")
    draft_id = await add_draft(world, ticket_id, lena)
    desk = await sign_in(lena)
    changed = await desk.press(f"/desk/tickets/1/drafts/{draft_id}/replace", body="Inaczej")
    assert changed.headers["location"] == "/admin/desk/tickets/1?said=drafted"
    said = text_of(await desk.open("/desk/tickets/1"))
    assert "Przelew doszedł. Replaced by its author." in said
    assert "Inaczej Not sent: it waits for somebody with a full seat." in said


async def test_presence_is_switched_and_shown(world: World, sign_in: SignIn, database: Database) -> None:
    lena = await an_accountant(world)
    desk = await sign_in(lena)
    switched = await desk.press("/desk/presence", presence="AWAY")
    assert switched.headers["location"] == "/admin/desk?said=presence"
    page = await desk.open("/desk?said=presence")
    assert "Your presence is changed." in text_of(page)
    assert re.search(r'value="AWAY" aria-pressed="true"', page.text)
    assert (await desk.press("/desk/presence", presence="ASLEEP")).status_code == 422
    async with database.reading(world.tenant_id) as session:
        agent = await session.get_one(Agent, (world.tenant_id, lena.agent_id))
    assert (agent.presence, agent.presence_since) == (Presence.AWAY, NOW)


async def test_a_payment_is_the_evidence_at_first_only_where_the_ticket_is_about_money(
    world: World, sign_in: SignIn
) -> None:
    lena = await an_accountant(world)
    order_id = await add_order(world)
    for topic in ("payment", "delivery"):
        await hold(world, await world.ticket(topic, order_id=order_id), lena)
    await hold(world, await world.ticket("payment"), lena)
    desk, transfer = await sign_in(lena), await transfer_of(world)
    chosen = [
        re.findall(r'name="evidence" value="([^"]*)" checked', (await desk.open(f"/desk/tickets/{number}")).text)
        for number in (1, 2, 3)
    ]
    assert chosen == [[f"PAYMENT:{transfer}"], ["NOTE"], ["NOTE"]]


async def test_an_order_delivered_without_a_parcel_says_that_none_is_recorded(
    world: World, sign_in: SignIn, database: Database
) -> None:
    lena = await an_accountant(world)
    order_id = await add_order(world, parcels=False)
    await hold(world, await world.ticket("payment", order_id=order_id), lena)
    async with database.writing(world.tenant_id) as session:
        change = OrderChange(status=OrderStatus.DELIVERED)
        await update_order(session, order_id=order_id, change=change, by=SYSTEM, now=NOW)
    said = text_of(await (await sign_in(lena)).open("/desk/tickets/1"))
    assert "Order BOM/1 Delivered." in said
    assert "Parcels No parcel is recorded." in said


async def test_money_that_came_with_the_order_is_said_so_in_the_readers_language(world: World, sign_in: SignIn) -> None:
    lena = await an_accountant(world)
    await hold(world, await world.ticket("payment", order_id=await add_order(world)), lena)
    said = text_of(await (await sign_in(lena, language=Language.PL)).open("/desk/tickets/1"))
    assert "2026-11-02 10:00: 20,00 PLN (wraz z zamówieniem)" in said
    assert "2026-11-02 10:00: 50,00 PLN (bank-7)" in said


async def test_a_returned_draft_waits_in_its_authors_list_with_the_reason_until_the_next_one(
    world: World, sign_in: SignIn
) -> None:
    lena, ewa, filip = await an_accountant(world), await an_accountant(world), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket("payment")
    draft_id = await add_draft(world, ticket_id, lena)
    full = await sign_in(filip, name="Filip")
    lists = {"lena": await sign_in(lena), "ewa": await sign_in(ewa), "filip": full}
    assert "Drafts to be changed" not in text_of(await lists["lena"].open("/desk"))
    await full.press(f"/desk/tickets/1/drafts/{draft_id}/return", reason="Bez emotikonów")
    page = await lists["lena"].open("/desk")
    assert "Drafts to be changed 1 1 Gdzie jest moja paczka? returned by Filip, 0 min Bez emotikonów" in text_of(page)
    assert f'href="/admin/desk/tickets/1?draft={draft_id}#draft-{draft_id}"' in page.text
    opened = await lists["lena"].open(f"/desk/tickets/1?draft={draft_id}")
    assert f'id="draft-{draft_id}" tabindex="-1" autofocus>' in opened.text
    for other in ("ewa", "filip"):
        assert "Drafts to be changed" not in text_of(await lists[other].open("/desk"))
    await lists["lena"].press("/desk/tickets/1/draft", body="Przelew doszedł w piątek.")
    assert "Drafts to be changed" not in text_of(await lists["lena"].open("/desk"))


async def test_a_draft_of_somebody_without_a_seat_is_the_teams_and_says_so(world: World, sign_in: SignIn) -> None:
    lena, ewa, filip = await an_accountant(world), await an_accountant(world), await world.person(SeatKind.FULL)
    first, second = await world.ticket("payment"), await world.ticket("payment")
    draft_id, returned_id = await add_draft(world, first, lena), await add_draft(world, second, lena)
    full, desk = await sign_in(filip, name="Filip"), await sign_in(ewa, name="Ewa")
    elsewhere = await sign_in(await world.person(SeatKind.LIGHT))
    await sign_in(lena, name="Lena")
    await full.press(f"/desk/tickets/2/drafts/{returned_id}/return", reason="Bez emotikonów")
    assert "Drafts to be changed" not in text_of(await desk.open("/desk"))
    assert "Rewrite this draft" not in text_of(await desk.open("/desk/tickets/1"))
    async with world.database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=lena.assignment_id, at=None, by=SYSTEM, now=NOW)
    line = "Drafts to be changed 1 2 Gdzie jest moja paczka? draft by Lena, returned by Filip, 0 min Bez emotikonów"
    assert line in text_of(await desk.open("/desk"))
    assert "Drafts to be changed" not in text_of(await elsewhere.open("/desk"))
    said = text_of(await full.open("/desk/tickets/1"))
    assert "Not sent: its author has no seat any more, so it is the team's." in said
    assert "Approve and send as it is" in said
    assert "Return to the team accounting" in said
    assert "Rewrite this draft" in text_of(await desk.open("/desk/tickets/1"))
    rewritten = await desk.press(f"/desk/tickets/1/drafts/{draft_id}/replace", body="Przelew doszedł w piątek.")
    assert rewritten.headers["location"] == "/admin/desk/tickets/1?said=drafted"
    said = text_of(await desk.open("/desk/tickets/1"))
    assert "Przelew doszedł. Rewritten by Ewa." in said
    assert "Draft · Ewa · 2026-11-02 10:00 Przelew doszedł w piątek." in said
    await desk.press("/desk/tickets/2/draft", body="Przelew doszedł w piątek.")
    assert "Drafts to be changed" not in text_of(await desk.open("/desk"))


@pytest.mark.parametrize("verb", ["reply", "resolve"])
async def test_a_returned_draft_is_over_with_its_ticket_or_with_the_answer(
    world: World, sign_in: SignIn, verb: str
) -> None:
    lena, filip = await an_accountant(world), await world.person(SeatKind.FULL)
    ticket_id = await world.ticket("payment")
    draft_id = await add_draft(world, ticket_id, lena)
    await hold(world, ticket_id, filip)
    full, desk = await sign_in(filip), await sign_in(lena)
    await full.press(f"/desk/tickets/1/drafts/{draft_id}/return", reason="Inaczej")
    assert "Drafts to be changed 1" in text_of(await desk.open("/desk"))
    answered = await full.press(f"/desk/tickets/1/{verb}", body="Jest.", reason="x", evidence="NOTE", text="x")
    assert answered.status_code == 303
    assert "Drafts to be changed" not in text_of(await desk.open("/desk"))
