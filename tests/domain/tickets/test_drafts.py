"""A draft is decided on once: sent in its author's name by somebody on a full seat, returned, or rewritten."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM, ActorKind
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.seats.rights import FullSeatRequired, hold_seat, permit_outbound
from domain.tickets import assignment, departures, drafts, outbound, working
from domain.tickets.errors import (
    DraftNotFound,
    DraftNotYours,
    DraftSettled,
    TicketClosed,
    TicketNotOpen,
    TicketNotYours,
)
from domain.tickets.models import (
    Delivery,
    DraftDecision,
    DraftOutcome,
    Entry,
    EntryKind,
    EvidenceKind,
    Ticket,
    TicketState,
)
from domain.tickets.working import Evidence
from tests.conftest import NOW, FoundShop
from tests.domain.invariants import broken
from tests.domain.world import Person, World, sit
from tests.state import events_of, everything, jobs_of

WORDS = "Dzień dobry, przelew doszedł."
LATER = NOW + timedelta(minutes=5)


async def drafted(world: World, author: Person, *, owner: Person | None = None) -> tuple[UUID, UUID]:
    """A ticket in the author's hands, or the owner's, and the author's draft on it."""
    ticket_id = await world.ticket()
    async with world.database.writing(world.tenant_id) as session:
        holder = owner or author
        await assignment.assign(session, ticket_id=ticket_id, agent_id=holder.agent_id, by=SYSTEM, now=NOW)
        draft = await working.add_draft(session, ticket_id=ticket_id, body=WORDS, by=author.actor, now=NOW)
    return ticket_id, draft.id


async def approve(
    world: World, person: Person, draft_id: UUID, *, body: str | None = None, any_owner: bool = False
) -> Entry:
    async with world.database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=person.agent_id, now=LATER)
        return await drafts.approve(
            session,
            draft_id=draft_id,
            body=body,
            permit=permit,
            any_owner=any_owner,
            by=person.actor,
            now=LATER,
        )


async def give_back(world: World, person: Person, draft_id: UUID, *, reason: str = "Bez emotikonów") -> Entry:
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=person.agent_id, now=LATER)
        return await drafts.give_back(session, draft_id=draft_id, reason=reason, seat=seat, by=person.actor, now=LATER)


async def replace(world: World, person: Person, draft_id: UUID, *, body: str = "Inaczej") -> Entry:
    async with world.database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=person.agent_id, now=LATER)
        return await drafts.replace(session, draft_id=draft_id, body=body, seat=seat, by=person.actor, now=LATER)


async def decisions(world: World) -> list[DraftDecision]:
    async with world.database.reading(world.tenant_id) as session:
        return list(await session.scalars(select(DraftDecision).order_by(DraftDecision.id)))


async def events_since(world: World, names: set[str]) -> list[tuple[str, dict[str, Any]]]:
    found = await events_of(world.database, world.tenant_id, aggregate="ticket")
    return [(name, data) for name, _, data in found if name in names]


async def test_an_approved_draft_goes_out_in_its_authors_name_sent_by_the_approver(
    world: World, database: Database
) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id, draft_id = await drafted(world, lena)
    sent = await approve(world, filip, draft_id)
    assert (sent.kind, sent.body) == (EntryKind.OUTBOUND, WORDS)
    assert (sent.author_kind, sent.author_id) == (ActorKind.MEMBER, lena.member_id)
    assert (sent.sender_agent_id, sent.sender_assignment_id) == (filip.agent_id, filip.assignment_id)
    (decision,) = await decisions(world)
    assert (decision.entry_id, decision.outcome, decision.result_id) == (draft_id, DraftOutcome.APPROVED, sent.id)
    assert (decision.agent_id, decision.seat_kind, decision.edited) == (filip.agent_id, SeatKind.FULL, False)
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
    assert (ticket.state, ticket.assignee_id) == (TicketState.WAITING, lena.agent_id)
    assert await events_since(world, {"DraftApproved"}) == [
        (
            "DraftApproved",
            {
                "draft_id": str(draft_id),
                "entry_id": str(sent.id),
                "approved_by": str(filip.agent_id),
                "edited_by": None,
            },
        )
    ]
    assert [job for job in await jobs_of(database, world.tenant_id) if job[0] == "deliver_reply"] == [
        ("deliver_reply", {"entry_id": str(sent.id)})
    ]
    assert await broken(database, world.tenant_id) == {}


async def test_an_edited_draft_keeps_its_author_and_says_who_edited_it(world: World, database: Database) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    _, draft_id = await drafted(world, lena)
    sent = await approve(world, filip, draft_id, body="  Dzień dobry, przelew jest u nas.\n")
    assert (sent.body, sent.author_id) == ("Dzień dobry, przelew jest u nas.", lena.member_id)
    (decision,) = await decisions(world)
    assert decision.edited is True
    ((_, data),) = await events_since(world, {"DraftApproved"})
    assert data["edited_by"] == str(filip.agent_id)
    assert await broken(database, world.tenant_id) == {}


async def test_ones_own_draft_is_no_way_around_whose_the_ticket_is(world: World, database: Database) -> None:
    filip, marta = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    _, draft_id = await drafted(world, filip, owner=marta)
    before = await everything(database, world.tenant_id)
    with pytest.raises(TicketNotYours):
        await approve(world, filip, draft_id)
    assert await everything(database, world.tenant_id) == before
    assert (await approve(world, filip, draft_id, any_owner=True)).kind is EntryKind.OUTBOUND


async def test_the_mail_keeps_the_subject_under_which_it_was_approved(world: World) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id, draft_id = await drafted(world, lena)
    entry = await approve(world, filip, draft_id)
    async with world.database.writing(world.tenant_id) as session:
        (await session.get_one(Ticket, (world.tenant_id, ticket_id))).subject = "Words that nobody approved"
    async with world.database.writing(world.tenant_id) as session:
        sending = await outbound.prepare_delivery(session, entry_id=entry.id, now=LATER)
    assert sending is not None
    assert sending.message.subject == "Gdzie jest moja paczka? [#1]"


async def test_the_same_words_again_are_no_edit(world: World) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    _, draft_id = await drafted(world, lena)
    await approve(world, filip, draft_id, body=f"{WORDS}\n")
    assert [decision.edited for decision in await decisions(world)] == [False]


async def test_a_light_agent_approves_and_returns_nothing(world: World, database: Database) -> None:
    lena, marta = await world.person(SeatKind.LIGHT), await world.person(SeatKind.LIGHT)
    _, draft_id = await drafted(world, lena)
    before = await everything(database, world.tenant_id)
    for person in (lena, marta):
        with pytest.raises(FullSeatRequired):
            await approve(world, person, draft_id)
        with pytest.raises(FullSeatRequired):
            await give_back(world, person, draft_id)
    assert await everything(database, world.tenant_id) == before


async def test_a_returned_draft_leaves_a_note_that_says_why_and_no_mail(world: World, database: Database) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id, draft_id = await drafted(world, lena)
    note = await give_back(world, filip, draft_id)
    assert (note.kind, note.body, note.author_id) == (EntryKind.INTERNAL, "Bez emotikonów", filip.member_id)
    (decision,) = await decisions(world)
    assert (decision.outcome, decision.result_id) == (DraftOutcome.RETURNED, note.id)
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        assert list(await session.scalars(select(Delivery))) == []
    assert (ticket.state, ticket.assignee_id) == (TicketState.ASSIGNED, lena.agent_id)
    assert await events_since(world, {"DraftReturned"}) == [
        (
            "DraftReturned",
            {"draft_id": str(draft_id), "entry_id": str(note.id), "returned_by": str(filip.agent_id)},
        )
    ]


async def test_only_its_author_replaces_a_draft_and_the_new_one_can_be_approved(
    world: World, database: Database
) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    _, draft_id = await drafted(world, lena)
    before = await everything(database, world.tenant_id)
    with pytest.raises(DraftNotYours):
        await replace(world, filip, draft_id)
    assert await everything(database, world.tenant_id) == before
    new = await replace(world, lena, draft_id)
    (decision,) = await decisions(world)
    assert (decision.outcome, decision.result_id, decision.seat_kind) == (
        DraftOutcome.REPLACED,
        new.id,
        SeatKind.LIGHT,
    )
    with pytest.raises(DraftSettled):
        await approve(world, filip, draft_id)
    assert (await approve(world, filip, new.id)).body == "Inaczej"
    assert await broken(database, world.tenant_id) == {}


async def test_a_draft_whose_author_has_no_seat_any_more_is_the_teams(world: World, database: Database) -> None:
    lena, ewa = await world.person(SeatKind.LIGHT), await world.person(SeatKind.LIGHT)
    filip = await world.person(SeatKind.FULL)
    (ticket_id, kept), (_, left) = await drafted(world, lena), await drafted(world, lena)
    with pytest.raises(DraftNotYours):
        await replace(world, ewa, left)
    async with database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=lena.assignment_id, at=None, by=SYSTEM, now=LATER)
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
    assert (ticket.state, ticket.team_id) == (TicketState.QUEUED, world.teams["first-line"])
    sent = await approve(world, filip, kept)
    assert (sent.author_id, sent.sender_agent_id) == (lena.member_id, filip.agent_id)
    new = await replace(world, ewa, left)
    assert (new.kind, new.author_id, new.body) == (EntryKind.DRAFT, ewa.member_id, "Inaczej")
    first, second = await decisions(world)
    assert (first.entry_id, first.outcome, first.agent_id) == (kept, DraftOutcome.APPROVED, filip.agent_id)
    assert (second.entry_id, second.outcome, second.result_id) == (left, DraftOutcome.REPLACED, new.id)
    assert (second.agent_id, second.seat_kind) == (ewa.agent_id, SeatKind.LIGHT)
    resent = await approve(world, filip, new.id)
    assert (resent.author_id, resent.sender_agent_id) == (ewa.member_id, filip.agent_id)
    assert await broken(database, world.tenant_id) == {}


async def test_a_draft_of_somebody_who_only_changed_seats_is_still_theirs(world: World, database: Database) -> None:
    anna, ewa = await world.person(SeatKind.FULL), await world.person(SeatKind.LIGHT)
    _, draft_id = await drafted(world, anna)
    await sit(world, anna, SeatKind.LIGHT, now=LATER)
    before = await everything(database, world.tenant_id)
    with pytest.raises(DraftNotYours):
        await replace(world, ewa, draft_id)
    assert await everything(database, world.tenant_id) == before
    assert (await replace(world, anna, draft_id)).author_id == anna.member_id


async def test_a_draft_that_was_decided_on_stays_so(world: World, database: Database) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    _, sent = await drafted(world, lena)
    _, returned = await drafted(world, lena)
    await approve(world, filip, sent)
    await give_back(world, filip, returned)
    before = await everything(database, world.tenant_id)
    for draft_id, outcome in ((sent, "APPROVED"), (returned, "RETURNED")):
        for again in (
            approve(world, filip, draft_id),
            give_back(world, filip, draft_id),
            replace(world, lena, draft_id),
        ):
            with pytest.raises(DraftSettled) as refused:
                await again
            assert refused.value.outcome == outcome
    assert await everything(database, world.tenant_id) == before


async def test_two_who_approve_at_once_send_one_mail(world: World, database: Database) -> None:
    lena = await world.person(SeatKind.LIGHT)
    full = [await world.person(SeatKind.FULL) for _ in range(2)]
    _, draft_id = await drafted(world, lena)
    asked = [approve(world, full[number % 2], draft_id) for number in range(10)]
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DraftSettled"] * 9 + ["Entry"]
    async with database.reading(world.tenant_id) as session:
        assert len(list(await session.scalars(select(Delivery)))) == 1
    assert [actor for actor, _ in await jobs_of(database, world.tenant_id)].count("deliver_reply") == 1
    assert await broken(database, world.tenant_id) == {}


async def test_approving_and_returning_at_once_do_one_of_the_two(world: World, database: Database) -> None:
    lena, filip, ewa = (
        await world.person(SeatKind.LIGHT),
        await world.person(SeatKind.FULL),
        await world.person(SeatKind.FULL),
    )
    _, draft_id = await drafted(world, lena)
    outcomes = await asyncio.gather(
        approve(world, filip, draft_id), give_back(world, ewa, draft_id), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DraftSettled", "Entry"]
    (decision,) = await decisions(world)
    async with database.reading(world.tenant_id) as session:
        mails = len(list(await session.scalars(select(Delivery))))
    assert mails == (1 if decision.outcome is DraftOutcome.APPROVED else 0)


async def test_what_is_no_draft_or_anothers_shop_is_not_found(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    filip = await world.person(SeatKind.FULL)
    elsewhere = await World.found(database, await found_shop())
    _, foreign = await drafted(elsewhere, await elsewhere.person(SeatKind.LIGHT))
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        note = await working.add_note(session, ticket_id=ticket_id, body="Notatka", by=filip.actor, now=NOW)
    before = await everything(database, world.tenant_id), await everything(database, elsewhere.tenant_id)
    for draft_id in (new_id(), note.id, foreign):
        for tried in (approve, give_back, replace):
            with pytest.raises(DraftNotFound):
                await tried(world, filip, draft_id)
    assert (await everything(database, world.tenant_id), await everything(database, elsewhere.tenant_id)) == before


async def test_blank_words_and_tickets_that_are_over_are_refused(world: World, database: Database) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id, draft_id = await drafted(world, lena)
    with pytest.raises(InvalidInput):
        await approve(world, filip, draft_id, body=" \n ")
    with pytest.raises(InvalidInput):
        await give_back(world, filip, draft_id, reason="\x00")
    async with database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=lena.agent_id, now=LATER)
        await working.resolve_internally(
            session,
            ticket_id=ticket_id,
            seat=seat,
            any_owner=False,
            reason="Zapłacone",
            evidence=Evidence(EvidenceKind.NOTE, text="Wpłata jest"),
            by=lena.actor,
            now=LATER,
        )
    with pytest.raises(TicketNotOpen):
        await approve(world, filip, draft_id)
    async with database.writing(world.tenant_id) as session:
        await working.close(session, ticket_id=ticket_id, by=lena.actor, now=LATER)
    before = await everything(database, world.tenant_id)
    for tried in (approve(world, filip, draft_id), give_back(world, filip, draft_id), replace(world, lena, draft_id)):
        with pytest.raises(TicketClosed):
            await tried
    assert await everything(database, world.tenant_id) == before


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"result_id": "another ticket's"}, "fk_draft_decision_tenant_id_result_id_ticket_id_result_kind"),
        ({"result_id": "the draft", "result_kind": EntryKind.DRAFT, "outcome": DraftOutcome.REPLACED}, "another"),
        ({"result_kind": EntryKind.INTERNAL}, "ck_draft_decision_result"),
        ({"seat_kind": SeatKind.LIGHT, "who": "light"}, "ck_draft_decision_on_a_full_seat"),
        ({"seat_kind": SeatKind.FULL, "who": "light"}, "fk_draft_decision_tenant_id_assignment_id_agent_id_seat_kind"),
        ({"entry_id": "another ticket's", "entry_kind": EntryKind.OUTBOUND}, "ck_draft_decision_of_a_draft"),
        ({"outcome": DraftOutcome.REPLACED, "result_kind": EntryKind.OUTBOUND}, "ck_draft_decision_result"),
    ],
)
async def test_the_database_refuses_a_decision_that_cannot_be(
    world: World, database: Database, changes: dict[str, Any], rule: str
) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    ticket_id, draft_id = await drafted(world, lena)
    other_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=filip.agent_id, now=LATER)
        sent, elsewhere = [
            await outbound.reply(
                session, ticket_id=on, body="Hej", permit=permit, any_owner=True, by=filip.actor, now=LATER
            )
            for on in (ticket_id, other_id)
        ]
    named = {"another ticket's": elsewhere.id, "the draft": draft_id}
    decider = lena if changes.get("who") == "light" else filip
    values = {
        "tenant_id": world.tenant_id,
        "entry_id": draft_id,
        "ticket_id": ticket_id,
        "entry_kind": EntryKind.DRAFT,
        "outcome": DraftOutcome.APPROVED,
        "result_id": sent.id,
        "result_kind": EntryKind.OUTBOUND,
        "assignment_id": decider.assignment_id,
        "agent_id": decider.agent_id,
        "seat_kind": SeatKind.FULL,
        "at": LATER,
        **{key: named.get(value, value) for key, value in changes.items() if key != "who"},
    }
    with pytest.raises(IntegrityError, match=rule):
        async with database.writing(world.tenant_id) as session:
            await session.execute(insert(DraftDecision).values(**values))


async def test_a_decision_can_be_made_and_never_changed(world: World, database: Database) -> None:
    lena, filip = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL)
    _, draft_id = await drafted(world, lena)
    await approve(world, filip, draft_id)
    for statement in ("UPDATE draft_decision SET edited = true", "DELETE FROM draft_decision"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with database.writing(world.tenant_id) as session:
                await (await session.connection()).exec_driver_sql(statement)
