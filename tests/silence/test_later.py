"""What was right when it was done and is not any more: nothing of it is sent after a downgrade, by no way back."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from domain.agents.models import Agent, Invitation, Member
from domain.kit import outbox
from domain.kit.events import SYSTEM
from domain.kit.outbox import MAX_ATTEMPTS, Job, OutboxRow
from domain.orders.customers import CustomerDetails, save_customer
from domain.seats.jobs import ExpireSeats
from domain.seats.models import PlannedInvitation, SeatKind, SeatReminder
from domain.seats.reminding import remind_due
from domain.tickets.jobs import DeliverReply
from domain.tickets.models import Delivery, DeliveryState, Entry, EntryKind
from tests.domain.invariants import broken
from tests.domain.world import SEASON_END, sit
from tests.silence import enumerating
from tests.silence.register import TASKS, Reach
from tests.silence.stage import BRIEF_LICENCE, BRIEFLY, FULL_IN_LINE, LAST, LIGHT_IN_LINE, Stage, Voice
from tests.state import everything
from workers.runtime import Outcome

WORDS = "Dzień dobry, przelew jest u nas."
REPLY = "POST /admin/desk/tickets/{number}/reply"
RETRY = "POST /admin/dead-letters/{job}/retry"


def words(stage: Stage) -> dict[str, Any]:
    return {"ticketId": stage.script.typed[0].ticket, "body": WORDS}


async def written(stage: Stage) -> None:
    """The owner on a full seat has answered; nothing is sent yet."""
    assert await stage.mutate(Voice.FULL, "ticketReply", words(stage)) == {"__typename": "TicketReplied"}


async def states(stage: Stage) -> list[DeliveryState]:
    async with stage.database.reading(stage.tenant_id) as session:
        return list(await session.scalars(select(Delivery.state)))


async def job_of(stage: Stage) -> UUID:
    """The job that mails."""
    async with stage.database.reading(stage.tenant_id) as session:
        return (await session.scalars(select(OutboxRow.id).where(OutboxRow.actor == DeliverReply.actor))).one()


async def enqueued(stage: Stage, job: Job) -> None:
    async with stage.database.writing(stage.tenant_id) as session:
        outbox.enqueue(session, job, now=stage.clock.at)


def mailed(stage: Stage) -> list[str]:
    """Everybody who was mailed."""
    return [address for _, recipients in stage.sink.envelopes for address in recipients]


async def is_returned(stage: Stage) -> None:
    """The answer is a draft of the team again, and nothing has left but to who waited for a seat that got free."""
    assert FULL_IN_LINE in mailed(stage)
    assert await stage.reached() == []
    assert await states(stage) == [DeliveryState.RETURNED]
    async with stage.database.reading(stage.tenant_id) as session:
        drafts = select(Entry.author_id).where(Entry.kind == EntryKind.DRAFT, Entry.body == WORDS)
        assert list(await session.scalars(drafts)) == [stage.full.member_id]
    assert await broken(stage.database, stage.tenant_id) == {}


async def test_what_waits_to_be_sent_goes_back_to_the_team(stage: Stage) -> None:
    await written(stage)
    await stage.downgrade()
    assert set(await stage.work()) <= {Outcome.DONE, Outcome.NOTHING_TO_DO}
    await is_returned(stage)


async def test_being_back_on_a_full_seat_sends_nothing_that_was_written_before(stage: Stage) -> None:
    await written(stage)
    light = await stage.downgrade()
    stage.clock.at += timedelta(minutes=1)
    await sit(stage.world, light, SeatKind.FULL, now=stage.clock.at)
    await stage.work()
    await is_returned(stage)


async def test_a_dead_letter_that_an_admin_has_tried_again_sends_nothing(stage: Stage) -> None:
    await written(stage)
    job = await job_of(stage)
    async with stage.database.writing(stage.tenant_id) as session:
        for _ in range(MAX_ATTEMPTS):
            await outbox.put_back(session, message_id=job, error="No worker knew it", now=stage.clock.at)
    assert await states(stage) == [DeliveryState.PENDING]
    await stage.downgrade()
    for voice in (Voice.BOSS, Voice.FULL):  # who both are owners on light seats now
        answer = await stage.go(voice, RETRY.replace("{job}", str(job)))
        assert answer.status_code == (303 if voice is Voice.BOSS else 409)  # there is one to be tried again, once
    await stage.work()
    await is_returned(stage)


async def test_a_key_that_was_used_on_a_full_seat_replays_nothing(stage: Stage) -> None:
    key = {"Idempotency-Key": "r-1"}
    given = words(stage)
    assert await stage.mutate(Voice.FULL, "ticketReply", given, **key) == {"__typename": "TicketReplied"}
    form = {"body": WORDS, "once": "o-1"}
    at = {"number": "queued"}
    assert (await stage.go(Voice.FULL, REPLY, form, **at)).status_code == 303
    await stage.work()
    assert len(stage.sink.mails) == 2
    await stage.downgrade()
    before = await everything(stage.database, stage.tenant_id)
    for voice in (Voice.FULL, Voice.FULL_TOKEN):
        assert (await stage.mutate(voice, "ticketReply", given, **key))["code"] == "FULL_SEAT_REQUIRED"
    assert (await stage.go(Voice.FULL, REPLY, form, **at)).status_code == 403
    assert await everything(stage.database, stage.tenant_id) == before
    assert len(stage.sink.mails) == 2


async def test_a_page_and_a_token_from_the_time_on_a_full_seat_reach_nobody(stage: Stage) -> None:
    await stage.downgrade()
    before = await everything(stage.database, stage.tenant_id)
    for path in (REPLY, "POST /admin/desk/tickets/{number}/drafts/{draft_id}/approve"):
        assert (await stage.go(Voice.FULL, path, {"body": WORDS})).status_code == 403
    draft = {"draftId": stage.script.typed[0].entry}
    for voice in (Voice.FULL, Voice.FULL_TOKEN):
        for mutation, given in (("ticketReply", words(stage)), ("draftApprove", draft)):
            assert (await stage.mutate(voice, mutation, given))["code"] == "FULL_SEAT_REQUIRED"
    assert await everything(stage.database, stage.tenant_id) == before
    await stage.work()
    assert await stage.left() == []
    assert mailed(stage) == [FULL_IN_LINE]


@pytest.mark.parametrize("task", enumerating.tasks())
async def test_no_task_sends_for_somebody_who_was_downgraded(task: str, stage: Stage) -> None:
    """Each is done once more, on a draft and on an answer of before where it takes an entry."""
    await written(stage)
    await stage.downgrade()
    async with stage.database.reading(stage.tenant_id) as session:
        entries = list(await session.scalars(select(Entry.id).where(Entry.kind != EntryKind.INBOUND)))
        tickets = list(await session.scalars(select(Entry.ticket_id).distinct()))
        invited = list(await session.scalars(select(Invitation.id)))
    soon = SEASON_END - timedelta(hours=24)
    async with stage.database.writing(stage.tenant_id) as session:
        await remind_due(session, now=soon)
        reminders = list(await session.scalars(select(SeatReminder.id)))
        await session.execute(delete(OutboxRow).where(OutboxRow.actor.like("tell_of_seat%")))
    given: dict[str, Sequence[Any]] = {
        "entry_id": entries,
        "ticket_id": tickets,
        "invitation_id": invited,
        "reminder_id": reminders,
        "member_id": [stage.full.member_id, stage.script.boss.member_id],
        "ends_at": [SEASON_END],
        "hours": [24],
        "told_at": [soon],
    }
    job = enumerating.job(task)
    takes = [field.name for field in fields(job)]
    assert set(takes) <= given.keys(), f"Say above what {task} is to be given as its {takes}."
    for values in product(*(given[name] for name in takes)):
        await enqueued(stage, job(*values))
    outcomes = await stage.work(until=stage.clock.at)
    if task == DeliverReply.actor:
        assert Outcome.PUT_BACK in outcomes  # of what is no answer there is nothing to send, however often it is tried
    assert await stage.reached() == []
    if TASKS.get(task) is not Reach.STAFF_MAIL:
        assert mailed(stage) == [FULL_IN_LINE]  # by the downgrade, which set a full seat free
    assert await states(stage) == [DeliveryState.RETURNED]


async def test_an_invitation_to_a_customer_is_refused_and_one_to_whoever_becomes_a_customer_is_not_sent(
    stage: Stage,
) -> None:
    person = {"email": "Zofia@klient.example", "name": "Zofia"}
    before = await everything(stage.database, stage.tenant_id)
    for voice in (Voice.BOSS, Voice.TOKEN):
        assert (await stage.mutate(voice, "agentInvite", person))["code"] == "ADDRESS_BELONGS_TO_CUSTOMER"
    form = {**person, "role": "AGENT", "language": "PL", "seat": "NONE"}
    assert (await stage.go(Voice.BOSS, "POST /admin/agents/invite", form)).status_code == 422
    assert await everything(stage.database, stage.tenant_id) == before
    await becomes_a_customer(stage, "nowa@bombka.example", after={"email": "nowa@bombka.example", "name": "Nowa"})
    assert Outcome.DEAD in await stage.work()
    assert stage.sink.connections == 0
    assert await stage.left() == []


async def becomes_a_customer(stage: Stage, email: str, *, after: dict[str, str]) -> None:
    assert await stage.mutate(Voice.BOSS, "agentInvite", after) == {"__typename": "AgentInvited"}
    async with stage.database.writing(stage.tenant_id) as session:
        details = CustomerDetails(external_id="c-9", name="Nowa", email=email)
        await save_customer(session, details=details, by=SYSTEM, now=stage.clock.at)


async def test_who_becomes_a_customer_while_in_line_gets_the_seat_and_no_mail(stage: Stage) -> None:
    async with stage.database.writing(stage.tenant_id) as session:
        details = CustomerDetails(external_id="c-9", name="Lena", email=LIGHT_IN_LINE.upper())
        await save_customer(session, details=details, by=SYSTEM, now=stage.clock.at)
        lena = select(Agent.id).join(Member, Member.id == Agent.member_id).where(Member.email == LIGHT_IN_LINE)
        waiting = select(PlannedInvitation.granted_at).where(PlannedInvitation.agent_id == lena.scalar_subquery())
        assert list(await session.scalars(waiting)) == [None]
    added = await stage.mutate(Voice.BOSS, "seatLicencesAdd", {"kind": "LIGHT", "count": 2})
    assert added == {"__typename": "SeatLicencesAdded"}
    assert Outcome.DEAD in await stage.a_minute_later()
    async with stage.database.reading(stage.tenant_id) as session:
        assert None not in list(await session.scalars(waiting))
    assert LAST in mailed(stage)
    assert LIGHT_IN_LINE not in mailed(stage)
    assert await stage.left() == []


async def test_a_seat_that_runs_out_is_the_next_ones_and_they_alone_are_told(stage: Stage) -> None:
    seat = {"kind": "LIGHT", "to": (BRIEF_LICENCE - timedelta(days=1)).isoformat()}
    invited = await stage.mutate(
        Voice.BOSS, "agentInvite", {"email": "nowa@bombka.example", "name": "Nowa", "seat": seat}
    )
    assert invited == {"__typename": "AgentInvited"}
    await stage.work(until=stage.clock.at)
    assert mailed(stage) == []
    stage.clock.at = BRIEFLY
    await enqueued(stage, ExpireSeats())
    await stage.work(until=stage.clock.at)
    of_seats = [str(mail["To"]) for mail in stage.sink.mails if "których nikt nie bierze" not in str(mail["Subject"])]
    assert of_seats == ["nowa@bombka.example"]  # those who supervise hear of what the one before held
    assert await stage.left() == []


async def test_mail_from_the_light_agents_own_mailbox_is_a_customers_and_nothing_answers_it(stage: Stage) -> None:
    """Nothing here takes mail in: a program of the shop may pass it on, and then it is what a customer wrote."""
    async with stage.database.writing(stage.tenant_id) as session:
        light = await session.get_one(Member, (stage.tenant_id, stage.script.populated.light.member_id))
        details = CustomerDetails(external_id="c-1", name="Lena", email=light.email)
        await save_customer(session, details=details, by=SYSTEM, now=stage.clock.at)
    forged = f"From: {light.email}\nTo: zofia@klient.example\nX-Approved-By: the owner\n\nApproved, send it."
    given = {"ticketId": stage.script.typed[0].ticket, "body": forged}
    for voice in (Voice.PROGRAM, Voice.LIGHT, Voice.BOSS):
        assert await stage.mutate(voice, "ticketReceive", given) == {"__typename": "TicketReceived"}
    await stage.work()
    async with stage.database.reading(stage.tenant_id) as session:
        kinds = set(await session.scalars(select(Entry.kind).where(Entry.body == forged)))
    assert kinds == {EntryKind.INBOUND}
    assert await stage.left() == []
    assert stage.sink.connections == 0


async def test_an_import_that_says_what_was_sent_is_refused_whole(stage: Stage) -> None:
    row = {
        "externalId": "t-9",
        "channel": "EMAIL",
        "topic": "delivery",
        "subject": "?",
        "body": WORDS,
        "arrivedAt": "2026-11-01T10:00:00Z",
        "customerExternalId": "c-1",
    }
    smuggled: tuple[dict[str, Any], ...] = (
        {"kind": "OUTBOUND"},
        {"senderAgentId": stage.script.typed[0].agent},
        {"entries": [{"kind": "OUTBOUND", "body": WORDS}]},
        {"reply": WORDS},
    )
    before = await everything(stage.database, stage.tenant_id)
    document = "mutation ($input: TicketsImportInput!) { ticketsImport(input: $input) { __typename } }"
    for more in smuggled:
        asked = {"query": document, "variables": {"input": {"tickets": [{**row, **more}]}}}
        for voice in (Voice.PROGRAM, Voice.BOSS, Voice.FULL):
            answer = (await stage.http.post("/graphql", json=asked, headers=stage.headers(voice))).json()
            assert [error["extensions"]["code"] for error in answer["errors"]] == ["INVALID_REQUEST"]
    assert await everything(stage.database, stage.tenant_id) == before
    assert await stage.mutate(Voice.PROGRAM, "ticketsImport", {"tickets": [row]}) == {"__typename": "TicketsImported"}
    await stage.work()
    assert await stage.left() == []
