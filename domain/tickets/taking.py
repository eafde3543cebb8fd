"""Taking the next ticket: what the router would give, to an agent who asks for it."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from domain.agents.queries import lock_agent
from domain.kit.database import TenantSession
from domain.kit.events import Actor
from domain.seats.rights import LiveSeat, SeatRequired
from domain.tickets import lifecycle, moving, queries, queues, workload
from domain.tickets.calls import answering
from domain.tickets.candidates import snapshot
from domain.tickets.giving_back.looking import given_back_by
from domain.tickets.models import Ticket
from domain.tickets.moving import Decided
from domain.tickets.overflow import helping
from domain.tickets.overflow.lines import USUAL
from domain.tickets.queues import Kinds, Part
from domain.tickets.routing import Candidate, Hands, RoutingReason, unfit, waited_for
from domain.tickets.workload import Day, given_by

AT_FIRST = 20
"""Tickets that are looked at; ten times as many, and again, as long as others are moving all of those."""

LOOKS = 10
"""So often at most, while others keep changing what is seen."""


async def take_next(
    session: TenantSession, *, seat: LiveSeat, team_id: UUID | None = None, by: Actor, now: datetime
) -> Ticket | None:
    """Put the next ticket of the agent's teams, or of one of them, into the agent's hands; None when there is none.

    It is the first in the router's order that has rested enough and that the agent could be given: with the skills
    it asks for as long as it does, with room for its channel and, if it needs the customer, with a full seat; what was
    handed over too often waits for a senior of its team who could have it. Being away is no hindrance. Two who ask at
    once get two.
    Raises TeamNotFound, SeatRequired.
    """
    if team_id is not None:
        await queries.team(session, team_id=team_id)
    agent = await lock_agent(session, agent_id=seat.agent_id)  # so that what the agent holds can be counted
    day = await workload.day_of_shop(session, now=now)
    crew = await snapshot(session, day=day, now=now)
    taker = next((each for each in crew if each.agent_id == seat.agent_id), None)
    if agent is None or taker is None:
        raise SeatRequired
    ticket = await _next(session, taker, crew, team_id=team_id, day=day, now=now)
    if ticket is None:
        return None
    agent.idle_since = now
    move = lifecycle.assign(moving.place_of(ticket), agent_id=agent.id, reason="taken")
    moving.apply(session, ticket, move, decided=Decided(RoutingReason.TAKEN, {}), by=by, now=now)
    await answering.note_ticket(session, ticket, now=now)
    await workload.note(session, given_by(ticket, move), day=day, now=now)
    await session.flush()
    return ticket


async def _next(
    session: TenantSession, taker: Candidate, crew: list[Candidate], *, team_id: UUID | None, day: Day, now: datetime
) -> Ticket | None:
    """The first that the taker could be given and that nobody else is moving at this moment, locked."""
    kinds = await queues.kinds(session)
    able = [part for part in _able(taker, crew, kinds, day=day, now=now) if team_id in (None, part.kind[0])]
    if not able:
        return None
    given_back = await given_back_by(session, agent_id=taker.agent_id, now=now)
    most = AT_FIRST + len(given_back)
    tried: dict[UUID, int] | None = None
    for _ in range(LOOKS):
        heads = await queues.heads(session, dict.fromkeys(able, most), all=most, served=day.queueings, acquainted=False)
        seen = {each.ticket_id: each.version for each in heads if each.ticket_id not in given_back}
        ticket = await queries.lock_first_queued(session, seen=seen)
        if ticket is not None or not seen or seen == tried:  # the same again: somebody holds them
            return ticket
        tried = seen
        if len(heads) == most:
            most, tried = most * 10, None
    return None


def _able(taker: Candidate, crew: list[Candidate], kinds: Kinds, *, day: Day, now: datetime) -> Iterator[Part]:
    """The parts of the taker's teams' queues of which the taker could be given something."""
    hands = Hands(taker, day.efforts)
    seniors = [] if taker.senior else [each for each in crew if each.senior]
    for kind, need in kinds.needs.items():
        if need.team_id not in taker.abilities.teams or hands.hindrance(need.channel) is not None:
            continue
        for part in queues.parts_of(kind, day.queueings.get(need.team_id, USUAL), now=now):
            asked = helping.asked(need, (), relaxed=part.relaxed)
            if unfit(asked, taker) is None:
                yield part.without_passed_on() if any(waited_for(asked, senior) for senior in seniors) else part
