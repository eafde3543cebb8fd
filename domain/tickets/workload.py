"""How much work each agent was given on a day of the shop, and how long each was there for it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, bindparam, func, select, text

from domain.agents.channels import Channel
from domain.agents.models import Agent, AgentOnline, Presence
from domain.kit.database import TenantSession
from domain.tenants.models import Tenant
from domain.tickets.lifecycle import Move
from domain.tickets.models import AgentDay, Ticket
from domain.tickets.routing import DEFAULT_TERMS


@dataclass(frozen=True)
class Given:
    """A ticket that was put into an agent's hands, out of a team's queue or beside it."""

    agent_id: UUID
    team_id: UUID
    channel: Channel


def given_by(ticket: Ticket, move: Move) -> list[Given]:
    """What a move gives somebody: nothing, or the ticket."""
    agent_id = move.target.assignee_id
    if agent_id is None or agent_id == move.origin.assignee_id:
        return []
    return [Given(agent_id, move.target.team_id, ticket.channel)]


@dataclass(frozen=True)
class Day:
    """A day of the shop, as it stands at an instant."""

    date: date
    begun: datetime


async def day_of_shop(session: TenantSession, *, now: datetime) -> Day:
    """The day in the shop's zone."""
    zone = ZoneInfo((await session.scalars(select(Tenant.timezone).where(Tenant.id == session.tenant_id))).one())
    today = now.astimezone(zone).date()
    return Day(today, datetime.combine(today, time(), tzinfo=zone))


async def note(session: TenantSession, given: Sequence[Given], *, now: datetime) -> None:
    """Count what was given, at the usual minutes of its channel. Agents' rows are counted on in their order."""
    if not given:
        return
    today = (await day_of_shop(session, now=now)).date
    tickets: Counter[tuple[UUID, UUID]] = Counter()
    minutes: Counter[tuple[UUID, UUID]] = Counter()
    for each in given:
        whose = each.agent_id, each.team_id
        tickets[whose] += 1
        minutes[whose] += DEFAULT_TERMS[each.channel].minutes
    counted = sorted(tickets)
    await session.execute(
        _COUNTING,
        {
            "tenant": session.tenant_id,
            "today": today,
            "agents": [agent_id for agent_id, _ in counted],
            "teams": [team_id for _, team_id in counted],
            "counts": [tickets[whose] for whose in counted],
            "lengths": [minutes[whose] for whose in counted],
        },
    )


async def minutes_today(session: TenantSession, *, day: Day) -> dict[UUID, int]:
    """The usual minutes of what each agent was given on the day, of all queues."""
    found = await session.execute(
        select(AgentDay.agent_id, func.sum(AgentDay.minutes).label("minutes"))
        .where(AgentDay.tenant_id == session.tenant_id, AgentDay.day == day.date)
        .group_by(AgentDay.agent_id)
    )
    return {row.agent_id: int(row.minutes) for row in found}


async def minutes_present(session: TenantSession, *, day: Day, now: datetime) -> dict[UUID, float]:
    """For how many minutes of the day each agent has been online; those who were not are not in it."""
    stretches = await session.execute(
        select(
            AgentOnline.agent_id,
            func.lower(AgentOnline.period).label("since"),
            func.upper(AgentOnline.period).label("until"),
        ).where(AgentOnline.tenant_id == session.tenant_id, func.upper(AgentOnline.period) > day.begun)
    )
    here = await session.execute(
        select(Agent.id.label("agent_id"), Agent.presence_since.label("since")).where(
            Agent.tenant_id == session.tenant_id, Agent.presence == Presence.ONLINE
        )
    )
    present: dict[UUID, float] = {}
    for agent_id, since, until in [*stretches, *((row.agent_id, row.since, now) for row in here)]:
        minutes = max(timedelta(), min(until, now) - max(since, day.begun)) / timedelta(minutes=1)
        present[agent_id] = present.get(agent_id, 0.0) + minutes
    return present


_COUNTING = text(
    """
    INSERT INTO agent_day (tenant_id, agent_id, team_id, day, tickets, minutes)
    SELECT :tenant, agent_id, team_id, :today, tickets, minutes
    FROM unnest(CAST(:agents AS uuid[]), CAST(:teams AS uuid[]), CAST(:counts AS int[]), CAST(:lengths AS int[]))
        given (agent_id, team_id, tickets, minutes)
    ON CONFLICT (tenant_id, agent_id, team_id, day)
    DO UPDATE SET tickets = agent_day.tickets + excluded.tickets, minutes = agent_day.minutes + excluded.minutes
    """
).bindparams(bindparam("today", type_=Date))
