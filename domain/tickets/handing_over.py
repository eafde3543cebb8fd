"""What becomes of the access and the open work of those whose seat is over, in the transaction in which it ends."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from domain.agents import credentials
from domain.agents import operations as agents
from domain.agents.models import Agent, Member, MemberState, Presence
from domain.agents.roles import SEATLESS
from domain.kit import outbox
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.rights import LiveSeat, hold_seats
from domain.tickets import lifecycle, moving, outbound, queries, workload
from domain.tickets.jobs import RouteSweep
from domain.tickets.lifecycle import OPEN
from domain.tickets.outbound import Unsent
from domain.tickets.succession import Heir, Leaving, pass_on
from domain.tickets.workload import Given, given_by


async def hand_over(
    session: TenantSession, *, ended: Collection[SeatAssignment], now: datetime, at: datetime | None = None
) -> None:
    """Take from those whose seats ended what they may hold no more, and give it to their successors or to the queues.

    Who has no seat left is signed out and hands over everything; who went from a full seat to a light one hands over
    the conversations with customers, and stays. The caller has taken its turn in changing seats and holds `ended`.
    Whose seat counts is decided for the instant `at`, now by default. What ended with a reply that was under way is
    handed over as of its end.
    """
    if not ended:
        return
    final = {each.agent_id: each for each in sorted(ended, key=_end_of)}
    named = {each.successor_id for each in final.values() if each.successor_id is not None}
    seats = await hold_seats(session, agent_ids=final.keys() | named, now=at or now)
    await _sign_out(session, agent_ids=final.keys() - seats.keys(), now=now)
    heirs = await _heirs(session, {agent_id: seats[agent_id] for agent_id in named & seats.keys()})
    reached_customers = {each.agent_id for each in ended if each.kind is SeatKind.FULL}
    leaving = {
        agent_id: Leaving(stays=agent_id in seats, heir=heirs.get(each.successor_id))
        for agent_id, each in final.items()
        if agent_id not in seats or (seats[agent_id].kind is SeatKind.LIGHT and agent_id in reached_customers)
    }
    if leaving:
        await _pass_on(session, leaving, now=max(now, *(_end_of(each) for each in ended)))


def _end_of(assignment: SeatAssignment) -> datetime:
    if assignment.period.upper is None:
        raise ValueError("An ended assignment has an end.")
    return assignment.period.upper


async def _sign_out(session: TenantSession, *, agent_ids: Collection[UUID], now: datetime) -> None:
    """Agents without a seat are offline; who needs a seat for everything is signed out everywhere."""
    gone = await _lock_with_members(session, agent_ids=agent_ids) if agent_ids else []
    for agent, _ in gone:
        if agent.presence is not Presence.OFFLINE:
            agents.turn(session, agent, Presence.OFFLINE, by=SYSTEM, now=now)
    signed_out = [member.id for _, member in gone if not SEATLESS[member.role]]
    await credentials.end_credentials(session, member_ids=signed_out, now=now)


async def _lock_with_members(session: TenantSession, *, agent_ids: Collection[UUID]) -> list[tuple[Agent, Member]]:
    """The agents and their members, locked: first the members, then the agents."""
    theirs = select(Agent.member_id).where(Agent.tenant_id == session.tenant_id, Agent.id.in_(agent_ids))
    members = await session.scalars(
        select(Member)
        .where(Member.tenant_id == session.tenant_id, Member.id.in_(theirs))
        .order_by(Member.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    by_id = {member.id: member for member in members}
    agents = await queries.lock_agents(session, ids=agent_ids)
    return [(agent, by_id[agent.member_id]) for agent in agents]


async def _heirs(session: TenantSession, seats: Mapping[UUID, LiveSeat]) -> dict[UUID | None, Heir]:
    """Those of the seated who can come in. Whoever keeps one out ends the seat first, which waits for us."""
    if not seats:
        return {}
    active = await session.scalars(
        select(Agent.id)
        .join(Member, (Member.tenant_id == Agent.tenant_id) & (Member.id == Agent.member_id))
        .where(Agent.tenant_id == session.tenant_id, Agent.id.in_(seats), Member.state == MemberState.ACTIVE)
    )
    return {agent_id: Heir(agent_id, seats[agent_id].kind) for agent_id in active}


async def _pass_on(session: TenantSession, leaving: Mapping[UUID, Leaving], *, now: datetime) -> None:
    """Move what is in their hands, and make drafts of what they wrote to customers and no mail server has taken yet.

    So nothing of theirs goes out later, should they have a full seat again by then.
    """
    unsent: dict[UUID, list[Unsent]] = defaultdict(list)
    for each in await outbound.lock_unsent(session, agent_ids=leaving.keys()):
        unsent[each.entry.ticket_id].append(each)
    tickets = await queries.lock_held_by(session, agent_ids=leaving.keys(), others=unsent.keys())
    inherited: list[Given] = []
    for ticket in tickets:
        for each in unsent[ticket.id]:
            await outbound.give_back(session, ticket, each, now=now)
        place = moving.place_of(ticket)
        holder = None if place.assignee_id is None else leaving.get(place.assignee_id)
        if holder is not None:
            move = pass_on(place, needs_contact=ticket.needs_contact, leaving=holder)
            moving.apply(session, ticket, move, by=SYSTEM, now=now)
            inherited += given_by(ticket, move)
        elif place.state in OPEN:  # a reply of theirs on a ticket of somebody else's
            moving.apply(session, ticket, lifecycle.queue(place, reason="reply returned"), by=SYSTEM, now=now)
    await workload.note(session, inherited, now=now)
    if tickets:
        await outbox.enqueue_once(session, RouteSweep(), now=now)
    await session.flush()
