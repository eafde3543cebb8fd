"""Seats of one kind become seats of the other under those who sit on them, who stay at work all the while."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from domain.agents import personal_tokens, sessions
from domain.agents.models import Agent, Presence
from domain.agents.roles import Role
from domain.agents.sessions import Claim, SignedIn
from domain.kit.database import Database
from domain.kit.errors import DomainError, Language
from domain.kit.events import SYSTEM, Actor, ActorKind, EventRow
from domain.kit.ids import new_id
from domain.seasons.drafting import Plan, draft_season
from domain.seasons.operations import end_season, extend_season, schedule_season
from domain.seasons.people import Named
from domain.seasons.queries import licence_ids
from domain.seats import holding as plans
from domain.seats import operations as seats
from domain.seats.errors import NoFreeSeat, SeatAssignmentNotFound, SeatAssignmentOver, SeatLicenceOfOneDay, SeatTaken
from domain.seats.models import LicenceTerms, PlannedInvitation, SeatAssignment, SeatKind, SeatLicence
from domain.seats.plans import plan_seat
from domain.seats.rights import FullSeatRequired, hold_seat, permit_outbound
from domain.tickets import assignment, departures, outbound, working
from domain.tickets.changing import change_seat_kind
from domain.tickets.models import Delivery, DeliveryState, Entry, EntryKind, EvidenceKind, TicketState
from domain.tickets.working import Evidence
from tests.callers import who
from tests.conftest import NOW, FoundShop
from tests.domain.invariants import broken
from tests.domain.tickets.test_handing_over import QUEUE, answered, holding, places, succeed, with_
from tests.domain.world import SEASON_END, Person, World
from tests.state import events_of, everything, jobs_of

LATER = NOW + timedelta(hours=1)


def span(start: datetime, end: datetime | None) -> Range[datetime]:
    return Range(start, end, bounds="[)")


async def change(
    world: World, assignment_id: UUID, kind: SeatKind, *, exchange: bool = True, now: datetime = LATER
) -> SeatAssignment:
    async with world.database.writing(world.tenant_id) as session:
        return await change_seat_kind(
            session, assignment_id=assignment_id, kind=kind, exchange=exchange, by=SYSTEM, now=now
        )


async def licence(
    world: World, kind: SeatKind, *, start: datetime | None = None, end: datetime | None = SEASON_END
) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        (added,) = await seats.add_licences(
            session, kind=kind, count=1, start=start, end=end, label="", by=SYSTEM, now=NOW
        )
    return added.id


async def sit(
    world: World, agent_id: UUID, licence_id: UUID, *, start: datetime | None = None, end: datetime | None = None
) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        made = await seats.assign_seat(
            session, agent_id=agent_id, licence_id=licence_id, start=start, end=end, by=SYSTEM, now=NOW
        )
    return made.id


async def rows(world: World) -> tuple[dict[UUID, SeatLicence], dict[UUID, SeatAssignment]]:
    async with world.database.reading(world.tenant_id) as session:
        licences = await session.scalars(select(SeatLicence).order_by(SeatLicence.id))
        assignments = await session.scalars(select(SeatAssignment).order_by(SeatAssignment.id))
        return {row.id: row for row in licences}, {row.id: row for row in assignments}


async def test_full_to_light_hands_over_the_conversations_and_leaves_the_rest_and_the_person_at_work(
    world: World, database: Database
) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
    await succeed(world, anna, ola.agent_id)
    delivery, payment, waits = [await holding(world, anna, topic) for topic in ("delivery", "payment", "payment")]
    await answered(world, anna, waits)
    async with database.writing(world.tenant_id) as session:
        claimed = Claim(anna.member_id, "unused", proven=True)
        signed_in = await sessions.sign_in(session, claimed=claimed, now=NOW)
        _, token = await personal_tokens.create_personal_token(
            session, member_id=anna.member_id, name="skrypt", days=365, now=NOW
        )
    assert isinstance(signed_in, SignedIn)
    following = await change(world, anna.assignment_id, SeatKind.LIGHT)
    assert await places(world, delivery, payment, waits) == [
        with_(ola.agent_id),
        with_(anna.agent_id),
        with_(ola.agent_id),
    ]
    assert (following.agent_id, following.kind, following.period) == (
        anna.agent_id,
        SeatKind.LIGHT,
        span(LATER, SEASON_END),
    )
    assert following.successor_id == ola.agent_id
    async with database.reading(world.tenant_id) as session:
        agent = await session.get_one(Agent, (world.tenant_id, anna.agent_id))
        assert (agent.presence, agent.presence_since) == (Presence.ONLINE, NOW)
        assert await who(session, credential=signed_in.credential, now=LATER) == anna.member_id
        assert await who(session, credential=token, now=LATER) == anna.member_id
        assert (await session.scalars(select(EventRow).where(EventRow.name == "CredentialsEnded"))).all() == []
        with pytest.raises(FullSeatRequired):
            await permit_outbound(session, agent_id=anna.agent_id, now=LATER)
    assert await broken(database, world.tenant_id) == {}


async def test_without_a_successor_the_conversations_are_back_at_their_places_and_are_routed(
    world: World, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL)
    delivery, payment = await holding(world, anna, "delivery"), await holding(world, anna, "payment")
    await change(world, anna.assignment_id, SeatKind.LIGHT)
    assert await places(world, delivery, payment) == [QUEUE, with_(anna.agent_id)]
    moved = [data for name, _, data in await events_of(database, world.tenant_id, aggregate="ticket")][-1]
    assert moved["reason"] == "full seat ended"
    assert ("route_sweep", {}) in await jobs_of(database, world.tenant_id)
    assert await broken(database, world.tenant_id) == {}


async def test_light_to_full_leaves_everything_where_it_is(world: World, database: Database) -> None:
    anna, ola = await world.person(SeatKind.LIGHT), await world.person(SeatKind.FULL, until=None)
    await succeed(world, anna, ola.agent_id)
    tickets = [await holding(world, anna, topic) for topic in ("delivery", "payment")]
    following = await change(world, anna.assignment_id, SeatKind.FULL)
    assert await places(world, *tickets) == [with_(anna.agent_id)] * 2
    async with database.reading(world.tenant_id) as session:
        permit = await permit_outbound(session, agent_id=anna.agent_id, now=LATER)
    assert permit.assignment_id == following.id
    assert await broken(database, world.tenant_id) == {}


async def test_no_instant_is_without_a_seat_and_none_has_two(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    following = await change(world, anna.assignment_id, SeatKind.LIGHT)
    _, assignments = await rows(world)
    before = assignments[anna.assignment_id]
    assert (before.period, before.ended_at) == (span(NOW, LATER), LATER)
    assert following.period == span(LATER, SEASON_END)
    kinds = []
    for moment in (LATER - timedelta(microseconds=1), LATER, SEASON_END - timedelta(microseconds=1)):
        async with database.reading(world.tenant_id) as session:
            found = await session.execute(select(SeatAssignment.kind).where(SeatAssignment.period.contains(moment)))
            kinds.append([row.kind for row in found])
    assert kinds == [[SeatKind.FULL], [SeatKind.LIGHT], [SeatKind.LIGHT]]


async def test_an_exchange_ends_the_licence_and_adds_one_of_the_other_kind_in_its_place(
    world: World, database: Database
) -> None:
    agent = await world.seatless()
    async with database.writing(world.tenant_id) as session:
        (old,) = await seats.add_licences(
            session, kind=SeatKind.FULL, count=1, start=None, end=SEASON_END, label="Święta", by=SYSTEM, now=NOW
        )
    ends = SEASON_END - timedelta(days=10)
    seat = await sit(world, agent.id, old.id, end=ends)
    following = await change(world, seat, SeatKind.LIGHT)
    licences, assignments = await rows(world)
    new = licences[following.licence_id]
    assert (licences[old.id].period, licences[old.id].cancelled_at) == (span(NOW, LATER), None)
    assert assignments[seat].licence_period == span(NOW, LATER)
    assert (new.kind, new.period, new.label, new.terms, new.season_id, new.created_at) == (
        SeatKind.LIGHT,
        span(LATER, SEASON_END),
        "Święta",
        LicenceTerms.ARREARS,
        None,
        LATER,
    )
    assert following.period == span(LATER, ends)
    told = await events_of(database, world.tenant_id, aggregate="seat_licence")
    assert [name for name, _, _ in told] == ["SeatLicenceAdded", "SeatLicenceShortened", "SeatLicenceAdded"]
    told = await events_of(database, world.tenant_id, aggregate="seat_assignment")
    assert [name for name, _, _ in told] == [
        "SeatAssigned",
        "SeatStarted",
        "SeatEnded",
        "SeatAssigned",
        "SeatKindChanged",
        "SeatStarted",
    ]
    assert told[-2][2] == {"agent_id": str(agent.id), "kind_before": "FULL", "kind": "LIGHT"}
    assert await broken(database, world.tenant_id) == {}


async def test_a_free_licence_is_taken_and_the_old_one_is_left_for_others(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    longer, fitting = await licence(world, SeatKind.LIGHT, end=None), await licence(world, SeatKind.LIGHT)
    following = await change(world, anna.assignment_id, SeatKind.LIGHT, exchange=False)
    assert (following.licence_id, following.period) == (fitting, span(LATER, SEASON_END))
    licences, _ = await rows(world)
    assert {id: row.period.upper for id, row in licences.items()} == {
        anna.licence_id: SEASON_END,
        longer: None,
        fitting: SEASON_END,
    }
    other = await world.seatless()
    async with database.writing(world.tenant_id) as session:
        taken = await seats.assign_seat(
            session, agent_id=other.id, licence_id=None, kind=SeatKind.FULL, by=SYSTEM, now=LATER
        )
    assert taken.licence_id == anna.licence_id
    assert await broken(database, world.tenant_id) == {}


async def test_a_free_licence_covers_the_whole_rest_or_is_none(world: World, database: Database) -> None:
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
    await licence(world, SeatKind.LIGHT, end=SEASON_END - timedelta(microseconds=1))
    await licence(world, SeatKind.LIGHT, start=LATER + timedelta(microseconds=1), end=None)
    before = await everything(database, world.tenant_id)
    for person in (anna, ola):
        with pytest.raises(NoFreeSeat) as refused:
            await change(world, person.assignment_id, SeatKind.LIGHT, exchange=False)
        assert refused.value == NoFreeSeat(SeatKind.LIGHT, limit=1)
    assert await everything(database, world.tenant_id) == before
    await licence(world, SeatKind.LIGHT)
    with pytest.raises(NoFreeSeat):
        await change(world, ola.assignment_id, SeatKind.LIGHT, exchange=False)
    await change(world, anna.assignment_id, SeatKind.LIGHT, exchange=False)
    assert await broken(database, world.tenant_id) == {}


async def test_a_seat_for_good_is_exchanged_for_good(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL, until=None)
    following = await change(world, anna.assignment_id, SeatKind.LIGHT)
    assert following.period == following.licence_period == span(LATER, None)
    assert await broken(database, world.tenant_id) == {}


async def test_a_seat_to_come_is_of_the_other_kind_from_its_beginning(world: World, database: Database) -> None:
    begin, agent = NOW + timedelta(days=7), await world.seatless()
    coming, running = await licence(world, SeatKind.FULL, start=begin), await licence(world, SeatKind.FULL)
    for licence_id, cancelled in ((coming, LATER), (running, None)):
        seat = await sit(world, agent.id, licence_id, start=begin)
        following = await change(world, seat, SeatKind.LIGHT)
        licences, assignments = await rows(world)
        assert (assignments[seat].cancelled_at, assignments[seat].period) == (LATER, span(begin, SEASON_END))
        assert following.period == span(begin, SEASON_END)
        assert licences[following.licence_id].period == span(begin, SEASON_END)
        assert licences[licence_id].cancelled_at == cancelled
        async with database.writing(world.tenant_id) as session:
            await departures.release_seat(session, assignment_id=following.id, at=None, by=SYSTEM, now=LATER)
    assert licences[running].period == span(NOW, begin)
    assert await broken(database, world.tenant_id) == {}


async def test_a_change_at_the_instant_a_seat_began_keeps_the_person_at_work(world: World, database: Database) -> None:
    agent, early = await world.seatless(presence=Presence.ONLINE), await licence(world, SeatKind.FULL)
    async with database.writing(world.tenant_id) as session:
        seat = await seats.assign_seat(session, agent_id=agent.id, licence_id=early, by=SYSTEM, now=LATER)
    following = await change(world, seat.id, SeatKind.LIGHT)
    just_after = LATER + timedelta(microseconds=1)
    licences, assignments = await rows(world)
    assert assignments[seat.id].period == span(LATER, just_after)
    assert licences[early].period == span(NOW, just_after)
    assert following.period == span(just_after, SEASON_END)
    async with database.reading(world.tenant_id) as session:
        assert (await session.get_one(Agent, (world.tenant_id, agent.id))).presence is Presence.ONLINE
        assert (await hold_seat(session, agent_id=agent.id, now=just_after)).kind is SeatKind.LIGHT
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize("then", ["release", "licence"])
async def test_what_followed_at_the_same_instant_can_be_ended_at_that_instant_too(
    world: World, database: Database, then: str
) -> None:
    agent, early = await world.seatless(presence=Presence.ONLINE), await licence(world, SeatKind.FULL)
    async with database.writing(world.tenant_id) as session:
        seat = await seats.assign_seat(session, agent_id=agent.id, licence_id=early, by=SYSTEM, now=LATER)
    ticket_id = await world.ticket("payment", now=LATER)
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=agent.id, by=SYSTEM, now=LATER)
    following = await change(world, seat.id, SeatKind.LIGHT)
    assert await places(world, ticket_id) == [with_(agent.id)]
    async with database.writing(world.tenant_id) as session:
        if then == "release":
            await departures.release_seat(session, assignment_id=following.id, at=None, by=SYSTEM, now=LATER)
        else:
            await departures.expire_licences(session, licence_ids=[following.licence_id], at=None, by=SYSTEM, now=LATER)
    assert await places(world, ticket_id) == [QUEUE]
    licences, assignments = await rows(world)
    tick = timedelta(microseconds=1)
    assert assignments[following.id].period == span(LATER + tick, LATER + 2 * tick)
    ends = LATER + 2 * tick if then == "licence" else SEASON_END
    assert licences[following.licence_id].period == span(LATER + tick, ends)
    assert await broken(database, world.tenant_id) == {}


async def test_the_same_kind_again_changes_nothing_and_there_and_back_again_ends_where_it_began(
    world: World, database: Database
) -> None:
    anna = await world.person(SeatKind.FULL)
    light = await change(world, anna.assignment_id, SeatKind.LIGHT)
    before = await everything(database, world.tenant_id)
    assert (await change(world, light.id, SeatKind.LIGHT)).id == light.id
    assert await everything(database, world.tenant_id) == before
    full = await change(world, light.id, SeatKind.FULL, now=LATER + timedelta(hours=1))
    assert (full.kind, full.period) == (SeatKind.FULL, span(LATER + timedelta(hours=1), SEASON_END))
    licences, _ = await rows(world)
    assert [row.period.upper for row in licences.values()] == [LATER, LATER + timedelta(hours=1), SEASON_END]
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize("refused", ["unknown", "elsewhere", "over", "ended", "cancelled", "day", "later"])
async def test_a_refused_change_changes_nothing(
    world: World, database: Database, found_shop: FoundShop, refused: str
) -> None:
    there = await World.found(database, await found_shop())
    stranger, over = await there.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=LATER)
    ended, anna = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL)
    agent, other = await world.seatless(), await world.seatless()
    coming = await sit(world, agent.id, await licence(world, SeatKind.FULL, start=SEASON_END, end=None))
    middle = SEASON_END - timedelta(days=10)
    async with database.writing(world.tenant_id) as session:
        for assignment_id, at in ((ended.assignment_id, None), (coming, None), (anna.assignment_id, middle)):
            await departures.release_seat(session, assignment_id=assignment_id, at=at, by=SYSTEM, now=NOW)
    await sit(world, other.id, anna.licence_id, start=middle)
    one_day = await world.on_a_pass(SeatKind.FULL)
    unknown = new_id()
    asked: dict[str, tuple[UUID, DomainError]] = {
        "unknown": (unknown, SeatAssignmentNotFound(unknown)),
        "elsewhere": (stranger.assignment_id, SeatAssignmentNotFound(stranger.assignment_id)),
        "over": (over.assignment_id, SeatAssignmentOver(over.assignment_id)),
        "ended": (ended.assignment_id, SeatAssignmentOver(ended.assignment_id)),
        "cancelled": (coming, SeatAssignmentOver(coming)),
        "day": (one_day.assignment_id, SeatLicenceOfOneDay(one_day.licence_id)),
        "later": (anna.assignment_id, SeatTaken(anna.licence_id, other.id)),
    }
    assignment_id, error = asked[refused]
    before = await everything(database, world.tenant_id), await everything(database, there.tenant_id)
    with pytest.raises(type(error)) as raised:
        await change(world, assignment_id, SeatKind.LIGHT)
    assert raised.value == error
    assert (await everything(database, world.tenant_id), await everything(database, there.tenant_id)) == before


@pytest.mark.parametrize("again", [False, True])
async def test_a_reply_not_sent_before_the_change_comes_back_as_a_draft_and_is_never_sent(
    world: World, database: Database, again: bool
) -> None:
    """Not even by somebody who has a full seat again when a worker comes to it."""
    anna, ola = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
    await succeed(world, anna, ola.agent_id)
    ticket_id = await holding(world, anna, "delivery")
    await answered(world, anna, ticket_id)
    light = await change(world, anna.assignment_id, SeatKind.LIGHT)
    if again:
        await change(world, light.id, SeatKind.FULL, now=LATER + timedelta(minutes=1))
    async with database.reading(world.tenant_id) as session:
        sent = (await session.scalars(select(Entry).where(Entry.kind == EntryKind.OUTBOUND))).one()
    async with database.writing(world.tenant_id) as session:
        later = LATER + timedelta(minutes=2)
        assert await outbound.prepare_delivery(session, entry_id=sent.id, now=later) is None
    async with database.reading(world.tenant_id) as session:
        assert (await session.scalars(select(Delivery.state))).one() is DeliveryState.RETURNED
        draft = (await session.scalars(select(Entry).where(Entry.kind == EntryKind.DRAFT))).one()
    assert (draft.body, draft.author_id, draft.ticket_id, draft.at) == (
        "Już sprawdzam",
        anna.member_id,
        ticket_id,
        LATER,
    )
    assert await places(world, ticket_id) == [with_(ola.agent_id)]
    assert await broken(database, world.tenant_id) == {}


async def test_a_reply_on_anothers_ticket_comes_back_with_the_ticket_to_its_queue(
    world: World, database: Database
) -> None:
    anna, owner = await world.person(SeatKind.FULL), await world.person(SeatKind.FULL, until=None)
    ticket_id, resolved = [await holding(world, owner, topic) for topic in ("delivery", "delivery")]
    for answered_id in (ticket_id, resolved):
        await answered(world, anna, answered_id, any_owner=True)
    async with database.writing(world.tenant_id) as session:
        seat = await hold_seat(session, agent_id=owner.agent_id, now=NOW)
        await working.resolve_internally(
            session,
            ticket_id=resolved,
            seat=seat,
            any_owner=False,
            reason="Jest",
            evidence=Evidence(EvidenceKind.NOTE, text="Doszła"),
            by=owner.actor,
            now=NOW,
        )
    await change(world, anna.assignment_id, SeatKind.LIGHT)
    assert await places(world, ticket_id, resolved) == [QUEUE, (TicketState.RESOLVED, None)]
    async with database.reading(world.tenant_id) as session:
        assert set(await session.scalars(select(Delivery.state))) == {DeliveryState.RETURNED}
    assert await broken(database, world.tenant_id) == {}


async def test_what_was_sent_stays_sent(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    ticket_id = await holding(world, anna, "delivery")
    await answered(world, anna, ticket_id)
    async with database.writing(world.tenant_id) as session:
        sent = (await session.scalars(select(Entry).where(Entry.kind == EntryKind.OUTBOUND))).one()
        await outbound.settle(session, entry_id=sent.id, now=NOW)
    await change(world, anna.assignment_id, SeatKind.LIGHT)
    async with database.reading(world.tenant_id) as session:
        assert (await session.scalars(select(Delivery.state))).one() is DeliveryState.SENT
        assert (await session.scalars(select(Entry).where(Entry.kind == EntryKind.DRAFT))).all() == []
    assert await broken(database, world.tenant_id) == {}


async def test_somebody_who_was_to_be_invited_for_a_full_seat_still_is_for_the_light_one(
    world: World, database: Database
) -> None:
    admin, agent = await world.seatless(), await world.seatless()
    begin = NOW + timedelta(days=7)
    await licence(world, SeatKind.FULL, start=begin)
    async with database.writing(world.tenant_id) as session:
        planned = await plan_seat(
            session,
            agent_id=agent.id,
            kind=SeatKind.FULL,
            wanted=span(begin, SEASON_END),
            invite_at=begin - timedelta(days=1),
            invited_by_id=admin.member_id,
            by=SYSTEM,
            now=NOW,
        )
        assert len(await plans.grant_held(session, now=NOW)) == 1
    assert planned.assignment_id is not None
    following = await change(world, planned.assignment_id, SeatKind.LIGHT)
    async with database.writing(world.tenant_id) as session:
        assert await plans.invite_due(session, key="k" * 32, now=begin) == 1
    async with database.reading(world.tenant_id) as session:
        plan = (await session.scalars(select(PlannedInvitation))).one()
    assert (plan.kind, plan.assignment_id, plan.settled_at, plan.cancelled_at) == (
        SeatKind.LIGHT,
        following.id,
        begin,
        None,
    )
    assert await broken(database, world.tenant_id) == {}


async def test_whose_seat_is_for_a_season_can_change_to_a_free_licence_of_the_season(
    world: World, database: Database
) -> None:
    """Though the one that they sit on is of none."""
    admin = await world.seatless(role=Role.OWNER)
    by = Actor(ActorKind.MEMBER, admin.member_id)
    last = SEASON_END.date() - timedelta(days=1)
    plan = Plan("Święta", NOW.date(), last, 1, 1, Role.AGENT, Language.PL)
    named = [Named(f"{name}@bombka.example", name, SeatKind.LIGHT) for name in ("Ola", "Ewa")]
    outside = await licence(world, SeatKind.LIGHT)
    async with database.writing(world.tenant_id) as session:
        plan = replace(plan, people=named)
        season = await draft_season(session, plan=plan, own_id=admin.member_id, by=by, now=NOW)
        await schedule_season(session, season_id=season.id, own_id=admin.member_id, by=by, now=NOW)
    licences, assignments = await rows(world)
    (seat,) = [each for each in assignments.values() if each.licence_id == outside]
    following = await change(world, seat.id, SeatKind.FULL, exchange=False)
    assert licences[following.licence_id].season_id == season.id
    async with database.writing(world.tenant_id) as session:
        await end_season(session, season_id=season.id, by=by, now=LATER + timedelta(hours=1))
    _, assignments = await rows(world)
    assert assignments[following.id].ended_at == LATER + timedelta(hours=1)
    assert await broken(database, world.tenant_id) == {}


async def test_who_was_sat_on_a_seasons_licence_by_hand_ends_with_the_season_on_a_licence_of_none_as_well(
    world: World, database: Database
) -> None:
    admin, anna = await world.seatless(role=Role.OWNER), await world.seatless()
    by = Actor(ActorKind.MEMBER, admin.member_id)
    last = SEASON_END.date() - timedelta(days=1)
    plan = Plan("Święta", NOW.date(), last, 0, 1, Role.AGENT, Language.PL)
    async with database.writing(world.tenant_id) as session:
        season = await draft_season(session, plan=plan, own_id=admin.member_id, by=by, now=NOW)
        await schedule_season(session, season_id=season.id, own_id=admin.member_id, by=by, now=NOW)
        (of_season,) = await licence_ids(session, season_id=season.id)
    outside = await licence(world, SeatKind.FULL, end=None)
    following = await change(world, await sit(world, anna.id, of_season), SeatKind.FULL, exchange=False)
    end = season.period.upper
    assert end is not None
    assert (following.licence_id, following.period) == (outside, span(LATER, end))
    async with database.writing(world.tenant_id) as session:
        await extend_season(session, season_id=season.id, last_day=SEASON_END.date(), by=by, now=LATER)
    _, assignments = await rows(world)
    assert [each.period for each in assignments.values()][-1] == span(end, end + timedelta(days=1))
    ended = LATER + timedelta(hours=1)
    async with database.writing(world.tenant_id) as session:
        await end_season(session, season_id=season.id, by=by, now=ended)
    _, assignments = await rows(world)
    assert (assignments[following.id].period, assignments[following.id].ended_at) == (span(LATER, ended), ended)
    assert [each.id for each in assignments.values() if each.ended_at is None and each.cancelled_at is None] == []
    assert await broken(database, world.tenant_id) == {}


async def test_ten_changes_at_once_on_three_free_licences_succeed_three_times(world: World, database: Database) -> None:
    people = [await world.person(SeatKind.FULL) for _ in range(10)]
    for _ in range(3):
        await licence(world, SeatKind.LIGHT)

    async def attempt(person: Person) -> str:
        try:
            await change(world, person.assignment_id, SeatKind.LIGHT, exchange=False)
        except NoFreeSeat:
            return "refused"
        return "done"

    outcomes = await asyncio.gather(*(attempt(person) for person in people))
    assert (outcomes.count("done"), outcomes.count("refused")) == (3, 7)
    assert await broken(database, world.tenant_id) == {}


async def test_one_seat_changed_twice_at_once_is_changed_once(world: World, database: Database) -> None:
    anna = await world.person(SeatKind.FULL)
    outcomes = await asyncio.gather(
        *(change(world, anna.assignment_id, SeatKind.LIGHT) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["SeatAssignment", "SeatAssignmentOver"]
    _, assignments = await rows(world)
    assert len(assignments) == 2
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
        datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        datetime(2026, 10, 25, 1, 0, tzinfo=UTC),
        datetime(2028, 2, 29, 23, 0, tzinfo=UTC),
    ],
)
async def test_a_change_while_the_clocks_change_happens_at_its_instant(
    world: World, database: Database, moment: datetime
) -> None:
    begun, end = moment - timedelta(days=1), moment + timedelta(days=1)
    anna = await world.person(SeatKind.FULL, now=begun, until=end)
    following = await change(world, anna.assignment_id, SeatKind.LIGHT, now=moment)
    _, assignments = await rows(world)
    assert assignments[anna.assignment_id].period == span(begun, moment)
    assert following.period == span(moment, end)
    assert await broken(database, world.tenant_id) == {}
