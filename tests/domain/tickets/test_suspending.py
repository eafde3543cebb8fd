"""Keeping a member out: nothing of theirs is worth anything, and their work is back with its teams."""

import asyncio

import pytest
from sqlalchemy import select

from domain.agents import invitations, membership, sessions
from domain.agents.errors import (
    InvitationInvalid,
    InvitationNotFound,
    MemberExists,
    MemberNotFound,
    MemberOutranksYou,
    NotYourself,
    OwnerNeeded,
    RoleAboveOwn,
)
from domain.agents.invitations import Invited
from domain.agents.joining import open_invitation
from domain.agents.models import Agent, Invitation, Member, MemberState, Presence
from domain.agents.personal_tokens import create_personal_token
from domain.agents.roles import Role
from domain.agents.sessions import Claim, SignedIn
from domain.kit.database import Database
from domain.kit.errors import DomainError, Language
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats import operations as seats
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.rights import standing_of_member
from domain.tickets import assignment
from domain.tickets.departures import suspend_member
from domain.tickets.models import Ticket, TicketState
from tests.conftest import NOW, FoundShop
from tests.domain.invariants import broken
from tests.domain.world import SEASON_END, World
from tests.state import events_of, everything, jobs_of

KEY = "k" * 32


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


async def invite(world: World, by: Agent, *, role: Role = Role.AGENT) -> Invited:
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
            now=NOW,
        )


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
        assert await sessions.check_session(session, credential=signed_in.credential, now=NOW) is None
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


async def test_an_invited_person_kept_out_cannot_join_and_back_in_needs_a_new_link(
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
    async with database.writing(world.tenant_id) as session:
        back = await membership.reactivate(
            session, member_id=invited.member.id, own_id=admin.member_id, by=actor(admin), now=NOW
        )
        assert back.state is MemberState.INVITED
        sent = await membership.resend_invitation(
            session, invitation_id=invited.invitation.id, own_id=admin.member_id, key=KEY, by=actor(admin), now=NOW
        )
        fresh = invitations.link_credential(tenant_id=world.tenant_id, invitation_id=sent.id, key=KEY)
        assert (await open_invitation(session, credential=fresh, now=NOW)).member_id == invited.member.id
    async with database.writing(world.tenant_id) as session:
        await membership.revoke_invitation(
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
        async with database.writing(world.tenant_id) as session:
            back = await membership.reactivate(
                session, member_id=lena.member_id, own_id=admin.member_id, by=actor(admin), now=NOW
            )
        assert back.state is MemberState.ACTIVE
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
                await membership.revoke_invitation(
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
