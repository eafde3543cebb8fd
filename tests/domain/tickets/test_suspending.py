"""Keeping a member out: nothing of theirs is worth anything, and their work is back with its teams."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from domain.agents import invitations, membership, sessions
from domain.agents.errors import (
    InvitationInvalid,
    InvitationNotFound,
    InvitationsUsedUp,
    InvitationTooSoon,
    MemberExists,
    MemberNotFound,
    MemberOutranksYou,
    NotYourself,
    OwnerNeeded,
    RoleAboveOwn,
)
from domain.agents.invitations import Invited
from domain.agents.joining import accept_invitation, open_invitation
from domain.agents.models import Agent, Invitation, Member, MemberState, Presence, SignInSession
from domain.agents.personal_tokens import create_personal_token
from domain.agents.roles import Role
from domain.agents.sessions import Claim, SignedIn
from domain.kit.database import Database
from domain.kit.errors import DomainError, Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats import operations as seats
from domain.seats.errors import AgentSuspended
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.rights import standing_of_member
from domain.tickets import assignment, departures, sweeping
from domain.tickets.departures import suspend_member
from domain.tickets.errors import AssigneeCannotComeIn, AssigneeHasNoSeat
from domain.tickets.models import Ticket, TicketState
from tests.callers import who
from tests.conftest import NOW, FoundShop
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.domain.world import SEASON_END, World
from tests.state import events_of, everything, jobs_of

KEY = "k" * 32
EARLIER = NOW - timedelta(hours=1)


def actor(agent: Agent) -> Actor:
    return Actor(ActorKind.MEMBER, agent.member_id)


async def suspend(world: World, member_id: object, *, by: Agent) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await suspend_member(
            session,
            member_id=member_id,  # type: ignore[arg-type]
            own_id=by.member_id,
            by=actor(by),
            now=NOW,
        )


async def set_role(world: World, member_id: object, role: Role, *, by: Agent) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await membership.set_role(
            session,
            member_id=member_id,  # type: ignore[arg-type]
            role=role,
            own_id=by.member_id,
            by=actor(by),
            now=NOW,
        )


async def invite(world: World, by: Agent, *, role: Role = Role.AGENT, now: datetime = EARLIER) -> Invited:
    async with world.database.writing(world.tenant_id) as session:
        return await invitations.invite_member(
            session,
            email="ewa@bombka.example",
            name="Ewa",
            role=role,
            team_ids=[],
            skill_ids=[],
            capacities={},
            language=Language.PL,
            belongs_to_customer=False,
            by=actor(by),
            inviter_member_id=by.member_id,
            key=KEY,
            now=now,
        )


async def revoke(world: World, invited: Invited, *, by: Agent, now: datetime = NOW) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await departures.revoke_invitation(
            session, invitation_id=invited.invitation.id, own_id=by.member_id, by=actor(by), now=now
        )


async def reactivate(world: World, member_id: UUID, *, by: Agent, now: datetime = NOW) -> Member:
    async with world.database.writing(world.tenant_id) as session:
        return await membership.reactivate(
            session, member_id=member_id, own_id=by.member_id, key=KEY, by=actor(by), now=now
        )


async def seat(world: World, agent_id: UUID, *, start: datetime | None = None, now: datetime = NOW) -> UUID:
    """Sit an agent on a new light licence."""
    async with world.database.writing(world.tenant_id) as session:
        (licence,) = await seats.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=None, end=SEASON_END, label="", by=SYSTEM, now=now
        )
        made = await seats.assign_seat(
            session, agent_id=agent_id, licence_id=licence.id, start=start, by=SYSTEM, now=now
        )
        return made.id


async def test_who_is_kept_out_loses_seat_sessions_and_tokens_and_hands_the_work_over(
    world: World, database: Database
) -> None:
    admin, lena = await world.seatless(role=Role.ADMIN), await world.person(SeatKind.LIGHT)
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=lena.agent_id, by=lena.actor, now=NOW)
        await seats.add_licences(
            session, kind=SeatKind.FULL, count=1, start=SEASON_END, end=None, label="", by=lena.actor, now=NOW
        )
        await seats.assign_seat(
            session,
            agent_id=lena.agent_id,
            licence_id=None,
            kind=SeatKind.FULL,
            start=SEASON_END,
            by=lena.actor,
            now=NOW,
        )
        signed_in = await sessions.sign_in(session, claimed=Claim(lena.member_id, "unused", proven=True), now=NOW)
        await create_personal_token(session, member_id=lena.member_id, name="x", now=NOW)
    assert isinstance(signed_in, SignedIn)
    await suspend(world, lena.member_id, by=admin)
    async with database.reading(world.tenant_id) as session:
        assert await standing_of_member(session, member_id=lena.member_id, now=NOW) is None
        assert await who(session, credential=signed_in.credential, now=NOW) is None
        assert await session.scalar(select(SignInSession.ended_at)) == NOW
        rows = select(SeatAssignment.ended_at, SeatAssignment.cancelled_at).order_by(SeatAssignment.id)
        assert [tuple(row) for row in await session.execute(rows)] == [(NOW, None), (None, NOW)]
        ticket = await session.get(Ticket, (world.tenant_id, ticket_id))
        assert ticket is not None
        assert (ticket.state, ticket.assignee_id) == (TicketState.QUEUED, None)
        presence = await session.scalar(select(Agent.presence).where(Agent.id == lena.agent_id))
        assert presence is Presence.OFFLINE
    told = [name for name, _, _ in await events_of(database, world.tenant_id, aggregate="member")]
    assert told[-2:] == ["CredentialsEnded", "MemberSuspended"]
    assert "route_sweep" in [name for name, _ in await jobs_of(database, world.tenant_id)]
    assert await broken(database, world.tenant_id) == {}
    before = await everything(database, world.tenant_id)
    await suspend(world, lena.member_id, by=admin)
    assert await everything(database, world.tenant_id) == before


async def test_an_invited_person_kept_out_cannot_join_and_back_in_is_mailed_a_new_link(
    world: World, database: Database
) -> None:
    admin = await world.seatless(role=Role.ADMIN)
    invited = await invite(world, admin)
    await suspend(world, invited.member.id, by=admin)
    credential = invitations.link_credential(tenant_id=world.tenant_id, invitation_id=invited.invitation.id, key=KEY)
    async with database.writing(world.tenant_id) as session:
        with pytest.raises(InvitationInvalid):
            await open_invitation(session, credential=credential, now=NOW)
        with pytest.raises(MemberExists):
            await membership.resend_invitation(
                session, invitation_id=invited.invitation.id, own_id=admin.member_id, key=KEY, by=actor(admin), now=NOW
            )
    for _ in range(2):
        back = await reactivate(world, invited.member.id, by=admin)
        assert back.state is MemberState.INVITED
    sends = [payload for name, payload in await jobs_of(database, world.tenant_id) if name == "send_invitation"]
    async with database.reading(world.tenant_id) as session:
        (sent,) = await session.scalars(select(Invitation).where(Invitation.revoked_at.is_(None)))
        assert sends == [{"invitation_id": str(invited.invitation.id)}, {"invitation_id": str(sent.id)}]
        fresh = invitations.link_credential(tenant_id=world.tenant_id, invitation_id=sent.id, key=KEY)
        assert (await open_invitation(session, credential=fresh, now=NOW)).member_id == invited.member.id
    async with database.writing(world.tenant_id) as session:
        await departures.revoke_invitation(
            session, invitation_id=sent.id, own_id=admin.member_id, by=actor(admin), now=NOW
        )
        with pytest.raises(InvitationInvalid):
            await open_invitation(session, credential=fresh, now=NOW)
    async with database.reading(world.tenant_id) as session:
        assert list(await session.scalars(select(Invitation.revoked_at))) == [NOW, NOW]


async def test_who_comes_back_is_active_without_a_seat(world: World, database: Database) -> None:
    admin, lena = await world.seatless(role=Role.ADMIN), await world.person(SeatKind.LIGHT)
    await suspend(world, lena.member_id, by=admin)
    for _ in range(2):
        back = await reactivate(world, lena.member_id, by=admin)
        assert back.state is MemberState.ACTIVE
    assert "send_invitation" not in [name for name, _ in await jobs_of(database, world.tenant_id)]
    async with database.reading(world.tenant_id) as session:
        standing = await standing_of_member(session, member_id=lena.member_id, now=NOW)
    assert standing is not None
    assert (standing.seat, standing.permissions) == (None, frozenset())
    told = [name for name, _, _ in await events_of(database, world.tenant_id, aggregate="member")]
    assert told.count("MemberReactivated") == 1


async def test_a_role_counts_from_the_next_thing_and_is_told_once(world: World, database: Database) -> None:
    owner, lena = await world.seatless(role=Role.OWNER), await world.seatless(role=Role.AGENT)
    for _ in range(2):
        await set_role(world, lena.member_id, Role.ADMIN, by=owner)
    async with database.reading(world.tenant_id) as session:
        standing = await standing_of_member(session, member_id=lena.member_id, now=NOW)
    assert standing is not None
    assert standing.role is Role.ADMIN
    assert await events_of(database, world.tenant_id, aggregate="member") == [
        ("MemberRoleSet", 1, {"role": "ADMIN", "before": "AGENT"})
    ]


async def test_nobody_touches_themselves_those_above_them_or_the_last_owner(
    world: World, database: Database, found_shop: FoundShop
) -> None:
    there = await World.found(database, await found_shop())
    stranger = await there.seatless()
    owner, admin = await world.seatless(role=Role.OWNER), await world.seatless(role=Role.ADMIN)
    agent = await world.seatless()
    invited = await invite(world, owner, role=Role.OWNER)
    before = [await everything(database, shop.tenant_id) for shop in (world, there)]
    refused: list[tuple[Agent, object, Role | None, type[DomainError]]] = [
        (admin, admin.member_id, None, NotYourself),
        (admin, admin.member_id, Role.AGENT, NotYourself),
        (admin, owner.member_id, None, MemberOutranksYou),
        (admin, owner.member_id, Role.AGENT, MemberOutranksYou),
        (admin, agent.member_id, Role.OWNER, RoleAboveOwn),
        (owner, owner.member_id, None, NotYourself),
        (owner, stranger.member_id, None, MemberNotFound),
        (owner, stranger.member_id, Role.AGENT, MemberNotFound),
        (owner, new_id(), None, MemberNotFound),
    ]
    for by, member_id, role, error in refused:
        attempt = suspend(world, member_id, by=by) if role is None else set_role(world, member_id, role, by=by)
        with pytest.raises(error):
            await attempt
    for invitation_id, error in ((invited.invitation.id, MemberOutranksYou), (new_id(), InvitationNotFound)):
        with pytest.raises(error):
            async with database.writing(world.tenant_id) as session:
                await departures.revoke_invitation(
                    session, invitation_id=invitation_id, own_id=admin.member_id, by=actor(admin), now=NOW
                )
        with pytest.raises(error):
            async with database.writing(world.tenant_id) as session:
                await membership.resend_invitation(
                    session, invitation_id=invitation_id, own_id=admin.member_id, key=KEY, by=actor(admin), now=NOW
                )
    assert [await everything(database, shop.tenant_id) for shop in (world, there)] == before


async def test_two_owners_who_put_each_other_out_at_once_leave_one(world: World, database: Database) -> None:
    for _ in range(5):
        ola, jan = await world.seatless(role=Role.OWNER), await world.seatless(role=Role.OWNER)
        outcomes = await asyncio.gather(
            suspend(world, jan.member_id, by=ola),
            set_role(world, ola.member_id, Role.AGENT, by=jan),
            return_exceptions=True,
        )
        failures = [outcome for outcome in outcomes if outcome is not None]
        # Whoever came second is an owner no more, or not there.
        assert [type(failure) for failure in failures] in ([MemberNotFound], [MemberOutranksYou], [OwnerNeeded])
        async with database.writing(world.tenant_id) as session:
            owners = (await session.scalars(select(Member).where(Member.role == Role.OWNER))).all()
            active = [owner for owner in owners if owner.state is MemberState.ACTIVE]
            assert len(active) == 1
            active[0].role = Role.AGENT  # and once more


async def test_nobody_who_is_kept_out_is_given_a_seat(world: World, database: Database) -> None:
    admin, lena = await world.seatless(role=Role.ADMIN), await world.person(SeatKind.LIGHT)
    await suspend(world, lena.member_id, by=admin)
    before = await everything(database, world.tenant_id)
    for start in (None, NOW + timedelta(days=3)):
        with pytest.raises(AgentSuspended) as refused:
            await seat(world, lena.agent_id, start=start)
        assert refused.value.data() == {"agent_id": lena.agent_id}
    assert await everything(database, world.tenant_id) == before
    await reactivate(world, lena.member_id, by=admin)
    await seat(world, lena.agent_id, now=NOW + timedelta(seconds=1))


@pytest.mark.parametrize("first", ["seat", "suspension"])
async def test_of_a_seat_and_a_suspension_at_once_whichever_is_first_nobody_kept_out_sits(
    world: World, database: Database, first: str
) -> None:
    admin, lena = await world.seatless(role=Role.ADMIN), await world.seatless()
    async with database.writing(world.tenant_id) as session:
        if first == "seat":
            (licence,) = await seats.add_licences(
                session, kind=SeatKind.LIGHT, count=1, start=None, end=None, label="", by=SYSTEM, now=NOW
            )
            await seats.assign_seat(session, agent_id=lena.id, licence_id=licence.id, by=SYSTEM, now=NOW)
            second: Awaitable[object] = suspend(world, lena.member_id, by=admin)
        else:
            await suspend_member(session, member_id=lena.member_id, own_id=admin.member_id, by=actor(admin), now=NOW)
            second = seat(world, lena.id)
        waiting = asyncio.ensure_future(second)
        await blocked(database)
    (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
    assert outcome is None if first == "seat" else isinstance(outcome, AgentSuspended)
    async with database.reading(world.tenant_id) as session:
        assert list(await session.scalars(select(SeatAssignment.ended_at))) == ([NOW] if first == "seat" else [])
        assert await session.scalar(select(Member.state).where(Member.id == lena.member_id)) is MemberState.SUSPENDED
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize("first", ["hand-over", "suspension"])
async def test_of_a_hand_over_and_a_suspension_at_once_whichever_is_first_the_ticket_is_in_a_queue(
    world: World, database: Database, first: str
) -> None:
    admin, lena = await world.seatless(role=Role.ADMIN), await world.person(SeatKind.LIGHT)
    ticket_id = await world.ticket()

    async def hand_over() -> None:
        async with database.writing(world.tenant_id) as session:
            await assignment.assign(session, ticket_id=ticket_id, agent_id=lena.agent_id, by=SYSTEM, now=NOW)

    async with database.writing(world.tenant_id) as session:
        if first == "hand-over":
            await assignment.assign(session, ticket_id=ticket_id, agent_id=lena.agent_id, by=SYSTEM, now=NOW)
            second: Awaitable[None] = suspend(world, lena.member_id, by=admin)
        else:
            await suspend_member(session, member_id=lena.member_id, own_id=admin.member_id, by=actor(admin), now=NOW)
            second = hand_over()
        waiting = asyncio.ensure_future(second)
        await blocked(database)
    (outcome,) = await asyncio.gather(waiting, return_exceptions=True)
    assert outcome is None if first == "hand-over" else isinstance(outcome, AssigneeHasNoSeat)
    async with database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
    assert (ticket.state, ticket.assignee_id) == (TicketState.QUEUED, None)
    assert await broken(database, world.tenant_id) == {}


async def test_a_seat_that_ran_out_unrecorded_leaves_no_ticket_with_who_is_kept_out(
    world: World, database: Database
) -> None:
    admin, lena = await world.seatless(role=Role.ADMIN), await world.person(SeatKind.LIGHT)
    ticket_id = await world.ticket()
    async with database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=lena.agent_id, by=SYSTEM, now=NOW)
    later = SEASON_END + timedelta(seconds=1)
    async with database.writing(world.tenant_id) as session:
        await suspend_member(session, member_id=lena.member_id, own_id=admin.member_id, by=actor(admin), now=later)
    assert await broken(database, world.tenant_id) == {}
    async with database.writing(world.tenant_id) as session:
        assert await departures.expire_due_seats(session, now=later) == 0
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        assert (ticket.state, ticket.assignee_id) == (TicketState.QUEUED, None)
        assert await session.scalar(select(SeatAssignment.ended_at)) == later


async def test_no_ticket_is_put_into_the_hands_of_somebody_who_has_not_joined(world: World, database: Database) -> None:
    invited = await invite(world, await world.seatless(role=Role.ADMIN))
    await seat(world, invited.agent.id)
    ticket_id = await world.ticket()
    before = await everything(database, world.tenant_id)
    with pytest.raises(AssigneeCannotComeIn):
        async with database.writing(world.tenant_id) as session:
            await assignment.assign(session, ticket_id=ticket_id, agent_id=invited.agent.id, by=SYSTEM, now=NOW)
    async with database.writing(world.tenant_id) as session:
        await sweeping.route_sweep(session, now=NOW)
        assert await session.scalar(select(Ticket.assignee_id)) is None
        await session.rollback()
    assert await everything(database, world.tenant_id) == before


async def test_calling_an_invitation_back_frees_the_seats_kept_for_the_person(world: World, database: Database) -> None:
    admin = await world.seatless(role=Role.ADMIN)
    invited = await invite(world, admin)
    now_sits = await seat(world, invited.agent.id, now=EARLIER)
    async with database.writing(world.tenant_id) as session:
        await seats.add_licences(
            session, kind=SeatKind.FULL, count=1, start=SEASON_END, end=None, label="", by=SYSTEM, now=NOW
        )
        await seats.assign_seat(
            session,
            agent_id=invited.agent.id,
            licence_id=None,
            kind=SeatKind.FULL,
            start=SEASON_END,
            by=SYSTEM,
            now=NOW,
        )
    await revoke(world, invited, by=admin)
    async with database.reading(world.tenant_id) as session:
        rows = await session.execute(
            select(SeatAssignment.id, SeatAssignment.ended_at, SeatAssignment.cancelled_at).order_by(SeatAssignment.id)
        )
        (ended, cancelled) = [tuple(row) for row in rows]
    assert ended == (now_sits, NOW, None)
    assert cancelled[1:] == (None, NOW)
    before = await everything(database, world.tenant_id)
    await revoke(world, invited, by=admin)
    assert await everything(database, world.tenant_id) == before
    again = await invite(world, admin, now=NOW)
    await seat(world, again.agent.id)
    await revoke(world, invited, by=admin)  # the older one, which the newer has replaced
    async with database.reading(world.tenant_id) as session:
        unended = SeatAssignment.ended_at.is_(None) & SeatAssignment.cancelled_at.is_(None)
        assert await session.scalar(select(func.count()).select_from(SeatAssignment).where(unended)) == 1
    assert await broken(database, world.tenant_id) == {}


async def test_who_joins_while_the_invitation_is_called_back_keeps_the_seat_or_cannot_join(
    world: World, database: Database
) -> None:
    admin = await world.seatless(role=Role.ADMIN)
    invited = await invite(world, admin)
    await seat(world, invited.agent.id)
    credential = invitations.link_credential(tenant_id=world.tenant_id, invitation_id=invited.invitation.id, key=KEY)
    async with database.writing(world.tenant_id) as session:
        await accept_invitation(session, credential=credential, password_hash="unused", now=NOW)
        revoking = asyncio.create_task(revoke(world, invited, by=admin))
        await blocked(database)
    await revoking
    async with database.reading(world.tenant_id) as session:
        assert list(await session.scalars(select(SeatAssignment.ended_at))) == [None]
        standing = await standing_of_member(session, member_id=invited.member.id, now=NOW)
    assert standing is not None
    assert standing.seat is not None


async def test_a_mailbox_is_not_filled_by_sending_again_inviting_again_or_letting_in(
    world: World, database: Database
) -> None:
    admin = await world.seatless(role=Role.ADMIN)
    invited = await invite(world, admin, now=NOW)

    async def resend(now: datetime) -> None:
        async with database.writing(world.tenant_id) as session:
            await membership.resend_invitation(
                session, invitation_id=invited.invitation.id, own_id=admin.member_id, key=KEY, by=actor(admin), now=now
            )

    async def refused(now: datetime, error: type[DomainError]) -> None:
        before = await everything(database, world.tenant_id)
        for attempt in (resend(now), invite(world, admin, now=now)):
            with pytest.raises(error):
                await attempt
        assert await everything(database, world.tenant_id) == before

    minute, day = timedelta(minutes=1), timedelta(days=1)
    await refused(NOW + minute - timedelta(microseconds=1), InvitationTooSoon)
    for minutes in (1, 2, 3, 4):
        await resend(NOW + minutes * minute)
    await refused(NOW + day - timedelta(microseconds=1), InvitationsUsedUp)
    async with database.writing(world.tenant_id) as session:
        member = await session.get_one(Member, (world.tenant_id, invited.member.id))
        member.state = MemberState.SUSPENDED
    before = await everything(database, world.tenant_id)
    with pytest.raises(InvitationsUsedUp) as told:
        await reactivate(world, invited.member.id, by=admin, now=NOW + 5 * minute)
    assert told.value.data() == {"limit": 5}
    assert await everything(database, world.tenant_id) == before
    assert (await reactivate(world, invited.member.id, by=admin, now=NOW + day)).state is MemberState.INVITED
