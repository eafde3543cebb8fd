"""What a caller can be told: whose the call is, how long the line is, or that nobody is at work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, tuple_

from domain.agents.channels import Channel
from domain.agents.models import Agent, AgentShift, Presence
from domain.agents.shifts import BEGINS
from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.seats.models import SeatAssignment, SeatKind
from domain.seats.queries import live
from domain.tickets import needs, workload
from domain.tickets.calls import course
from domain.tickets.calls.connecting import connected
from domain.tickets.calls.course import CallState
from domain.tickets.calls.models import Call
from domain.tickets.candidates import snapshot
from domain.tickets.models import Need as KeptNeed
from domain.tickets.models import Ticket, TicketState
from domain.tickets.overflow import episodes
from domain.tickets.routing import Candidate, Need, unable
from domain.tickets.waits import expected_wait


@dataclass(frozen=True)
class Line:
    """A place in the line for an agent: from 1, with how long it is to be expected; None when nobody is at work.

    `next_shift` is then when somebody is at work again by plan, if anybody is known to be.
    """

    position: int
    wait: timedelta | None
    next_shift: datetime | None = None


class CallAnswer(StrEnum):
    """What an exchange does with a call. MENU is of one that leads nowhere yet, and so is none here."""

    AGENT = "AGENT"
    QUEUE = "QUEUE"
    NOBODY_AT_WORK = "NOBODY_AT_WORK"
    CALL_BACK = "CALL_BACK"
    MENU = "MENU"
    OVER = "OVER"


_ANSWERS = {
    CallState.WAITING: CallAnswer.QUEUE,
    CallState.TALKING: CallAnswer.AGENT,
    CallState.CALL_BACK: CallAnswer.CALL_BACK,
    CallState.ENDED: CallAnswer.OVER,
}


@dataclass(frozen=True)
class Standing:
    """Where a call is: `agent` who has it, or `line` where it waits."""

    call: Call
    state: CallState
    agent: Agent | None = None
    line: Line | None = None

    @property
    def answer(self) -> CallAnswer:
        nobody = self.state is CallState.WAITING and self.line is not None and self.line.wait is None
        return CallAnswer.NOBODY_AT_WORK if nobody else _ANSWERS[self.state]


async def standing(session: TenantSession, *, call: Call, now: datetime) -> Standing:
    """Where the call is at this instant."""
    ticket = await session.get_one(Ticket, (session.tenant_id, call.ticket_id), populate_existing=True)
    where = course.state(ticket.state, ended=call.ended_at is not None, call_back=call.call_back_at is not None)
    if where is CallState.ENDED:
        return Standing(call, where)
    if where is CallState.TALKING:
        agent = await session.get(Agent, (session.tenant_id, ticket.assignee_id))
        if agent is not None and await _may_be_connected(session, call, ticket, agent, now=now):
            return Standing(call, where, agent=agent)
        where = CallState.WAITING if call.call_back_at is None else CallState.CALL_BACK
    return Standing(call, where, line=await _line(session, ticket, now=now))


async def _may_be_connected(session: TenantSession, call: Call, ticket: Ticket, agent: Agent, *, now: datetime) -> bool:
    """Whether whoever holds it sits on a full seat, and is there, took it or talks; an answer by mail is no talk."""
    seat = select(SeatAssignment.kind).where(
        SeatAssignment.tenant_id == session.tenant_id, SeatAssignment.agent_id == agent.id, live(now)
    )
    took = call.answered_by_id == agent.id and ticket.state is TicketState.ASSIGNED
    there = took or agent.presence is not Presence.OFFLINE or await connected(session, ticket)
    return there and await session.scalar(seat) is SeatKind.FULL


async def _line(session: TenantSession, ticket: Ticket, *, now: datetime) -> Line:
    """Ahead are the calls and call-backs of its team's queue that the router looks at first."""
    need = await _need(session, ticket)
    day = await workload.day_of_shop(session, now=now)
    crew = await snapshot(session, day=day, now=now)
    position = await _ahead(session, ticket) + 1
    wait = expected_wait(position * day.efforts[Channel.PHONE].work_minutes, len(_able(need, crew)))
    if wait is not None:
        return Line(position, wait)
    could = _able(need, [each._replace(presence=Presence.ONLINE, on_shift=True) for each in crew])
    return Line(position, None, await _next_shift(session, could, now=now))


async def _need(session: TenantSession, ticket: Ticket) -> Need:
    kept = await session.get_one(KeptNeed, (session.tenant_id, ticket.need_id))
    skills = (await needs.skills_of(session, need_ids=[kept.id]))[kept.id]
    lines = (await episodes.helping(session)).get(ticket.team_id, ())
    return Need(
        kept.channel, ticket.team_id, kept.needs_contact, tuple(sorted(skills.items())), kept.language, lines=lines
    )


def _able(need: Need, crew: Sequence[Candidate]) -> list[Candidate]:
    """Who takes such calls now, whatever is in their hands."""
    return [each for each in crew if each.abilities.capacity.get(Channel.PHONE, 0) and unable(need, each) is None]


async def _ahead(session: TenantSession, ticket: Ticket) -> int:
    calls = select(KeptNeed.id).where(KeptNeed.tenant_id == session.tenant_id, KeptNeed.channel == Channel.PHONE)
    place = tuple_(-Ticket.priority, Ticket.due_at, Ticket.arrived_at, Ticket.id)
    ahead = select(func.count()).where(
        Ticket.tenant_id == session.tenant_id,
        Ticket.state == TicketState.QUEUED,
        Ticket.team_id == ticket.team_id,
        Ticket.need_id.in_(calls),
        place < tuple_(-ticket.priority, ticket.due_at, ticket.arrived_at, ticket.id),
    )
    return int(await session.scalar(ahead) or 0)


async def _next_shift(session: TenantSession, could: Sequence[Candidate], *, now: datetime) -> datetime | None:
    """When the first shift begins of anybody who could take the call then, with the seat that is theirs now."""
    if not could:
        return None
    found: datetime | None = await session.scalar(
        select(func.min(BEGINS)).where(
            AgentShift.tenant_id == session.tenant_id,
            bulk.among(AgentShift.agent_id, [each.agent_id for each in could]),
            now < BEGINS,
        )
    )
    return found
