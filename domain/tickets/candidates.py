"""The agents a router may choose from, as they are at an instant."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import text

from domain.agents.channels import DEFAULT_CAPACITY, Channel
from domain.agents.models import Presence
from domain.kit.database import TenantSession
from domain.seats.models import SeatKind
from domain.tickets.routing import Abilities, Candidate
from domain.tickets.workload import Day

SOON = timedelta(minutes=30)
"""How long before a shift begins its agent is expected."""

PLANNED = timedelta(days=7)
"""Whoever has no shift so near in time works without a plan, and is on shift when online."""

LATE = timedelta(minutes=15)
"""How long after it began whoever has not come is expected no more."""

_SNAPSHOT = text(
    """
    SELECT teams.ids AS teams, skills.levels AS skills, languages.spoken AS languages, limits.items AS capacity,
        agent.id, agent.presence, seat.kind, hands.items AS held, agent.idle_since,
        coalesce(given.minutes, 0) AS given,
        CAST(coalesce(earlier.minutes, 0) + CASE WHEN agent.presence = 'ONLINE'
            THEN greatest(0, extract(epoch FROM :now - greatest(agent.presence_since, :begun)) / 60)
            ELSE 0 END AS float8) AS present,
        coalesce(shifts.now, true) AS on_shift, coalesce(shifts.soon, false) AS expected, agent.senior,
        coalesce(hands.lent, false) AS lent, agent.version
    FROM agent
    LEFT JOIN seat_assignment seat ON seat.tenant_id = agent.tenant_id AND seat.agent_id = agent.id
        AND seat.period @> CAST(:now AS timestamptz) AND seat.ended_at IS NULL AND seat.cancelled_at IS NULL
    LEFT JOIN (
        SELECT agent_id, string_agg(CAST(team_id AS text), ' ' ORDER BY team_id) AS ids
        FROM agent_team WHERE tenant_id = :tenant GROUP BY agent_id
    ) teams ON teams.agent_id = agent.id
    LEFT JOIN (
        SELECT agent_id, string_agg(concat(skill_id, '=', level), ' ' ORDER BY skill_id) AS levels
        FROM agent_skill WHERE tenant_id = :tenant GROUP BY agent_id
    ) skills ON skills.agent_id = agent.id
    LEFT JOIN (
        SELECT agent_id, string_agg(language, ' ' ORDER BY language) AS spoken
        FROM agent_language WHERE tenant_id = :tenant GROUP BY agent_id
    ) languages ON languages.agent_id = agent.id
    LEFT JOIN (
        SELECT agent_id, bool_or(period @> CAST(:now AS timestamptz)) AS now,
            bool_or(lower(period) > :late AND lower(period) <= :soon) AS soon
        FROM agent_shift WHERE tenant_id = :tenant AND period && tstzrange(:week_ago, :in_a_week) GROUP BY agent_id
    ) shifts ON shifts.agent_id = agent.id
    LEFT JOIN (
        SELECT agent_id, string_agg(concat(channel, '=', items), ' ' ORDER BY channel) AS items
        FROM agent_capacity WHERE tenant_id = :tenant GROUP BY agent_id
    ) limits ON limits.agent_id = agent.id
    LEFT JOIN (
        SELECT agent_id, jsonb_object_agg(worked_as, open) AS items, bool_or(lent) AS lent
        FROM (
            SELECT ticket.assignee_id AS agent_id, ticket.worked_as, count(*) AS open,
                bool_or(own.team_id IS NULL) AS lent
            FROM ticket
            LEFT JOIN agent_team own ON own.tenant_id = ticket.tenant_id AND own.agent_id = ticket.assignee_id
                AND own.team_id = ticket.team_id
            WHERE ticket.tenant_id = :tenant AND ticket.assignee_id IS NOT NULL
            GROUP BY ticket.assignee_id, ticket.worked_as
        ) held GROUP BY agent_id
    ) hands ON hands.agent_id = agent.id
    LEFT JOIN (
        SELECT agent_id, sum(minutes) AS minutes
        FROM agent_day WHERE tenant_id = :tenant AND day = :today GROUP BY agent_id
    ) given ON given.agent_id = agent.id
    LEFT JOIN (
        SELECT agent_id, sum(extract(epoch FROM upper(period) - greatest(lower(period), :begun))) / 60 AS minutes
        FROM agent_online WHERE tenant_id = :tenant AND upper(period) > :begun GROUP BY agent_id
    ) earlier ON earlier.agent_id = agent.id
    WHERE agent.tenant_id = :tenant AND (agent.presence = 'ONLINE' OR seat.id IS NOT NULL)
    ORDER BY agent.id
    """
)
"""A seat gives its rights as `domain.seats.queries.live` has it."""


_PRESENCES = {each.value: each for each in Presence}
_SEATS: Mapping[str | None, SeatKind | None] = {None: None} | {each.value: each for each in SeatKind}
_CHANNELS = {each.value: each for each in Channel}
_NOTHING: Mapping[Channel, int] = MappingProxyType({})


async def snapshot(session: TenantSession, *, day: Day, now: datetime) -> list[Candidate]:
    """Every agent who is online or sits on a live seat, with what a choice looks at, in one statement.

    What they hold is counted from the tickets themselves, so manual and reopened ones count. `day` is the shop's.
    """
    values = {
        "tenant": session.tenant_id,
        "now": now,
        "today": day.date,
        "begun": day.begun,
        "late": now - LATE,
        "soon": now + SOON,
        "week_ago": now - PLANNED,
        "in_a_week": now + PLANNED,
    }
    shared: dict[tuple[str | None, ...], Abilities] = {}
    found = []
    for (
        teams,
        skills,
        languages,
        capacity,
        id,
        presence,
        seat,
        held,
        idle,
        given,
        present,
        *more,
    ) in await session.execute(_SNAPSHOT, values):
        can = teams, skills, languages, capacity
        abilities = shared.get(can)
        if abilities is None:
            abilities = shared[can] = _abilities(*can, day=day)
        found.append(
            Candidate(
                id,
                abilities,
                _PRESENCES[presence],
                _SEATS[seat],
                _by_channel(held) if held else _NOTHING,
                idle,
                given,
                round(present, 3),
                *more,
            )
        )
    return found


def _abilities(
    teams: str | None, skills: str | None, languages: str | None, capacity: str | None, *, day: Day
) -> Abilities:
    return Abilities(
        teams=frozenset(map(UUID, (teams or "").split())),
        skills={UUID(skill_id): level for skill_id, level in _levels(skills)},
        languages=frozenset((languages or "").split()) or day.languages,
        capacity={**DEFAULT_CAPACITY, **_by_channel(dict(_levels(capacity)))},
    )


def _levels(written: str | None) -> Iterator[tuple[str, int]]:
    """Names with their numbers."""
    for one in (written or "").split():
        name, _, number = one.partition("=")
        yield name, int(number)


def _by_channel(counts: Mapping[str, int]) -> dict[Channel, int]:
    return {_CHANNELS[name]: count for name, count in counts.items()}
