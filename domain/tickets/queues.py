"""What waits in the queues, read kind by kind: as much as hands can take, and a little more, however long they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain.agents.channels import Channel
from domain.kit.database import TenantSession
from domain.tickets.overflow.helping import KindWaits
from domain.tickets.overflow.lines import USUAL, Queueing
from domain.tickets.routing import Need

NOTHING_SAID: Mapping[UUID, Queueing] = {}

Kind = tuple[UUID, UUID]
"""A team's id and a need's: what is alike for the router, but for a ticket that only a senior gets."""

_KINDS = text(
    """
    WITH RECURSIVE kind (team_id, need_id) AS (
        (SELECT team_id, need_id FROM ticket WHERE tenant_id = :tenant AND state = 'QUEUED'
         ORDER BY team_id, need_id LIMIT 1)
        UNION ALL
        SELECT following.team_id, following.need_id
        FROM kind CROSS JOIN LATERAL (
            SELECT team_id, need_id FROM ticket
            WHERE tenant_id = :tenant AND state = 'QUEUED'
                AND (team_id, need_id) > (kind.team_id, kind.need_id)
            ORDER BY team_id, need_id LIMIT 1
        ) following
    )
    SELECT kind.team_id, kind.need_id, need.channel, need.needs_contact, need.language, (
        SELECT jsonb_object_agg(skill_id, level) FROM need_skill
        WHERE tenant_id = :tenant AND need_skill.need_id = kind.need_id
    ) AS skills
    FROM kind JOIN need ON need.tenant_id = :tenant AND need.id = kind.need_id
    ORDER BY kind.team_id, kind.need_id
    """
)
"""Steps over the index from one kind to the next, so it reads one ticket of each."""

_ASKED = text(
    """
    SELECT need.id, need.channel, need.needs_contact, need.language, (
        SELECT jsonb_object_agg(skill_id, level) FROM need_skill
        WHERE tenant_id = :tenant AND need_skill.need_id = need.id
    ) AS skills
    FROM need WHERE need.tenant_id = :tenant AND need.id = ANY(:needs)
    """
)

_HEADS = text(
    """
    SELECT head.*, known.agent_id AS previous_id
    FROM (
        SELECT waiting.*
        FROM unnest(
            CAST(:teams AS uuid[]), CAST(:needs AS uuid[]), CAST(:most AS int[]), CAST(:raised AS int[]),
            CAST(:until AS timestamptz[])
        ) kind (team_id, need_id, most, raised, until)
        CROSS JOIN LATERAL (
            SELECT id, version, team_id, need_id, customer_id, handed_over, priority + kind.raised AS priority, due_at,
                arrived_at, asked_at
            FROM ticket
            WHERE tenant_id = :tenant AND state = 'QUEUED'
                AND team_id = kind.team_id AND need_id = kind.need_id
                AND (kind.until IS NULL OR asked_at <= kind.until)
            ORDER BY ticket.priority DESC, due_at, arrived_at, id
            LIMIT kind.most
        ) waiting
        ORDER BY priority DESC, due_at, arrived_at, id
        LIMIT :all
    ) head
    LEFT JOIN LATERAL (
        SELECT (array_agg(told.assignee_id ORDER BY told.at DESC, told.position DESC))[1] AS agent_id
        FROM ticket other
        JOIN ticket_transition told ON told.tenant_id = other.tenant_id AND told.ticket_id = other.id
        WHERE other.tenant_id = :tenant AND other.customer_id = head.customer_id AND told.assignee_id IS NOT NULL
    ) known ON true
    ORDER BY head.priority DESC, head.due_at, head.arrived_at, head.id
    """
)
"""A customer's last agent is found among the customer's tickets: by ORDER BY and LIMIT it would be looked for in the
history of all, from its end."""


_WAITS = text(
    """
    SELECT kind.team_id, kind.need_id, oldest.asked_at AS since, counted.number, resting.until AS rests_until,
        strict.until AS strict_until
    FROM unnest(
        CAST(:teams AS uuid[]), CAST(:needs AS uuid[]), CAST(:delays AS interval[]), CAST(:relaxes AS interval[])
    ) kind (team_id, need_id, delay, relax)
    CROSS JOIN LATERAL (
        SELECT asked_at FROM ticket
        WHERE tenant_id = :tenant AND state = 'QUEUED' AND team_id = kind.team_id AND need_id = kind.need_id
        ORDER BY asked_at LIMIT 1
    ) oldest
    CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM (
            SELECT FROM ticket
            WHERE tenant_id = :tenant AND state = 'QUEUED' AND team_id = kind.team_id AND need_id = kind.need_id
            LIMIT :countable
        ) one
    ) counted
    CROSS JOIN LATERAL (
        SELECT min(asked_at) + kind.delay AS until FROM ticket
        WHERE tenant_id = :tenant AND state = 'QUEUED' AND team_id = kind.team_id AND need_id = kind.need_id
            AND asked_at > CAST(:now AS timestamptz) - kind.delay
    ) resting
    CROSS JOIN LATERAL (
        SELECT min(asked_at) + kind.relax AS until FROM ticket
        WHERE tenant_id = :tenant AND state = 'QUEUED' AND team_id = kind.team_id AND need_id = kind.need_id
            AND asked_at > CAST(:now AS timestamptz) - kind.relax
    ) strict
    """
)

COUNTABLE = 10_000
"""Tickets of a kind that are counted: with more of them the wait is as much too long."""


@dataclass(frozen=True)
class Head:
    """A ticket at the head of its kind; `previous_id` is the agent who had a ticket of its customer's last."""

    ticket_id: UUID
    version: int
    kind: Kind
    handed_over: int
    asked_at: datetime
    due_at: datetime
    previous_id: UUID | None


async def kinds(session: TenantSession) -> dict[Kind, Need]:
    """The kinds of tickets that wait, and what each asks for; in one statement."""
    waiting = await session.execute(_KINDS, {"tenant": session.tenant_id})
    return {(row.team_id, row.need_id): _need(row.team_id, row) for row in waiting}


async def asked(session: TenantSession, waiting: Sequence[Kind]) -> dict[Kind, Need]:
    """What each of these kinds asks for; in one statement, or none for none."""
    if not waiting:
        return {}
    needs = {need_id for _, need_id in waiting}
    found = await session.execute(_ASKED, {"tenant": session.tenant_id, "needs": sorted(needs)})
    known = {row.id: row for row in found}
    return {(team_id, need_id): _need(team_id, known[need_id]) for team_id, need_id in waiting}


def _need(team_id: UUID, asked: Any) -> Need:
    skills = tuple(sorted((UUID(skill_id), level) for skill_id, level in (asked.skills or {}).items()))
    return Need(Channel(asked.channel), team_id, asked.needs_contact, skills, asked.language)


async def heads(
    session: TenantSession,
    most: Mapping[Kind, int],
    *,
    all: int,
    served: Mapping[UUID, Queueing] = NOTHING_SAID,
    now: datetime,
) -> Sequence[Head]:
    """The first tickets of each kind that have rested enough, so many of each and of all, in their order, with what
    the priority of their queue adds. They are not locked."""
    how = [served.get(team_id, USUAL) for team_id, _ in most]
    found = await session.execute(
        _HEADS,
        {
            "tenant": session.tenant_id,
            "teams": [team_id for team_id, _ in most],
            "needs": [need_id for _, need_id in most],
            "most": list(most.values()),
            "raised": [queueing.priority for queueing in how],
            "until": [now - queueing.delay if queueing.delay else None for queueing in how],
            "all": all,
        },
    )
    return [
        Head(
            row.id, row.version, (row.team_id, row.need_id), row.handed_over, row.asked_at, row.due_at, row.previous_id
        )
        for row in found
    ]


async def waits(
    session: TenantSession, kinds: Collection[Kind], *, served: Mapping[UUID, Queueing], now: datetime
) -> tuple[dict[Kind, KindWaits], datetime | None]:
    """How many tickets of each kind wait, COUNTABLE at most, and since when; and when the next of them has rested
    enough or asks for its skills no more."""
    how = [served.get(team_id, USUAL) for team_id, _ in kinds]
    found = await session.execute(
        _WAITS,
        {
            "tenant": session.tenant_id,
            "teams": [team_id for team_id, _ in kinds],
            "needs": [need_id for _, need_id in kinds],
            "delays": [queueing.delay for queueing in how],
            "relaxes": [queueing.relax for queueing in how],
            "countable": COUNTABLE,
            "now": now,
        },
    )
    waiting, instants = {}, []
    for row in found:
        waiting[row.team_id, row.need_id] = KindWaits(row.number, row.since)
        instants += [instant for instant in (row.rests_until, row.strict_until) if instant is not None]
    return waiting, min(instants, default=None)
