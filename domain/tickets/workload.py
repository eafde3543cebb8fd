"""How much work each agent was given on a day of the shop."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Date, Select, bindparam, func, select, text

from domain.agents import efforts
from domain.agents.channels import Channel, Effort
from domain.kit.database import TenantSession
from domain.tenants.models import Tenant
from domain.tickets.decisions import RoutingPass
from domain.tickets.lifecycle import Move
from domain.tickets.models import Ticket
from domain.tickets.overflow import settings
from domain.tickets.overflow.lines import Queueing


@dataclass(frozen=True)
class Given:
    """A ticket that was put into an agent's hands, out of a team's queue or beside it; `at` if it was before now."""

    agent_id: UUID
    team_id: UUID
    channel: Channel
    at: datetime | None = None


def given_by(ticket: Ticket, move: Move) -> list[Given]:
    """What a move gives somebody: nothing, or the ticket."""
    agent_id = move.target.assignee_id
    if agent_id is None or agent_id == move.origin.assignee_id:
        return []
    return [Given(agent_id, move.target.team_id, ticket.worked_as)]


@dataclass(frozen=True)
class Day:
    """A day of the shop: its date, when it began, the languages that everybody there speaks, what items take, and how
    queues are served."""

    date: date
    begun: datetime
    languages: frozenset[str]
    efforts: Mapping[Channel, Effort]
    queueings: Mapping[UUID, Queueing] = field(default_factory=dict)
    routed: datetime | None = None
    """When the router decided last."""


async def day_of_shop(session: TenantSession, *, now: datetime) -> Day:
    """The day in the shop's zone."""
    shop = (await session.execute(_SHOP, {"tenant": session.tenant_id})).one()
    zone = ZoneInfo(shop.timezone)
    today = now.astimezone(zone).date()
    return Day(
        today,
        datetime.combine(today, time(), tzinfo=zone),
        frozenset({shop.language.value.lower()}),
        efforts.told(shop.efforts),
        settings.told(shop.queueings),
        shop.routed,
    )


def _shop() -> Select[Any]:
    own = bindparam("tenant", type_=Tenant.id.type)
    last = select(func.max(RoutingPass.at)).where(RoutingPass.tenant_id == own).scalar_subquery()
    said, served = efforts.beside(own).label("efforts"), settings.beside(own).label("queueings")
    return select(Tenant.timezone, Tenant.language, said, served, last.label("routed")).where(Tenant.id == own)


_SHOP = _shop()
"""Made once, for it is asked whenever somebody is given something."""


async def note(session: TenantSession, given: Sequence[Given], *, day: Day | None = None, now: datetime) -> None:
    """Count what was given, at the usual minutes of its channel, on the shop's day, which is looked up unless told.

    Rows are counted on in the order of their agents.
    """
    if not given:
        return
    await session.execute(_COUNTING, _counted(session, given, day or await day_of_shop(session, now=now)))


def _counted(session: TenantSession, given: Sequence[Given], day: Day) -> dict[str, Any]:
    """What was given by agent and team, in the order of their ids."""
    tickets: Counter[tuple[UUID, UUID]] = Counter()
    minutes: Counter[tuple[UUID, UUID]] = Counter()
    for each in given:
        whose = each.agent_id, each.team_id
        tickets[whose] += 1
        minutes[whose] += day.efforts[each.channel].work_minutes
    counted = sorted(tickets)
    return {
        "tenant": session.tenant_id,
        "today": day.date,
        "agents": [agent_id for agent_id, _ in counted],
        "teams": [team_id for _, team_id in counted],
        "counts": [tickets[whose] for whose in counted],
        "lengths": [minutes[whose] for whose in counted],
    }


async def take_off(session: TenantSession, given: Sequence[Given], *, now: datetime) -> None:
    """Count no more what went out of hands in which nobody had begun; never below nothing.

    It is taken off the day on which it was given.
    """
    if not given:
        return
    today = await day_of_shop(session, now=now)
    by_day: dict[date, list[Given]] = defaultdict(list)
    for each in given:
        by_day[(each.at or now).astimezone(today.begun.tzinfo).date()].append(each)
    for day, theirs in sorted(by_day.items()):
        await session.execute(_TAKING_OFF, _counted(session, theirs, replace(today, date=day)))


_TAKING_OFF = text(
    """
    UPDATE agent_day
    SET tickets = greatest(agent_day.tickets - given.tickets, 0),
        minutes = greatest(agent_day.minutes - given.minutes, 0)
    FROM unnest(CAST(:agents AS uuid[]), CAST(:teams AS uuid[]), CAST(:counts AS int[]), CAST(:lengths AS int[]))
        given (agent_id, team_id, tickets, minutes)
    WHERE agent_day.tenant_id = :tenant AND agent_day.agent_id = given.agent_id AND agent_day.team_id = given.team_id
        AND agent_day.day = :today
    """
).bindparams(bindparam("today", type_=Date))

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
