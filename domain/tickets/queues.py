"""What waits in the queues, read kind by kind: as much as hands can take, and a little more, however long they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from domain.agents.channels import Channel
from domain.kit.database import TenantSession
from domain.tickets.overflow.helping import KindWaits
from domain.tickets.overflow.lines import USUAL, Queueing
from domain.tickets.routing import Need

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
    ) AS skills, EXISTS (
        SELECT FROM ticket
        WHERE tenant_id = :tenant AND state = 'QUEUED' AND team_id = kind.team_id AND need_id = kind.need_id
            AND handed_over >= 2
    ) AS passed_on
    FROM kind JOIN need ON need.tenant_id = :tenant AND need.id = kind.need_id
    ORDER BY kind.team_id, kind.need_id
    """
)
"""Steps over the index from one kind to the next, so it reads one ticket of each, and one of those handed over."""

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
    SELECT waiting.*
    FROM unnest(
        CAST(:teams AS uuid[]), CAST(:needs AS uuid[]), CAST(:most AS int[]), CAST(:raised AS int[]),
        CAST(:after AS timestamptz[]), CAST(:until AS timestamptz[]), CAST(:passed_on AS boolean[])
    ) kind (team_id, need_id, most, raised, after, until, passed_on)
    CROSS JOIN LATERAL (
        (SELECT id, version, team_id, need_id, customer_id, handed_over, priority + kind.raised AS priority, due_at,
            arrived_at, asked_at
        FROM ticket
        WHERE kind.passed_on IS NOT TRUE AND tenant_id = :tenant AND state = 'QUEUED'
            AND team_id = kind.team_id AND need_id = kind.need_id AND (kind.passed_on IS NULL OR handed_over < 2)
            AND (kind.after IS NULL OR asked_at > kind.after) AND (kind.until IS NULL OR asked_at <= kind.until)
        ORDER BY ticket.priority DESC, due_at, arrived_at, id
        LIMIT kind.most)
        UNION ALL
        (SELECT id, version, team_id, need_id, customer_id, handed_over, priority + kind.raised, due_at,
            arrived_at, asked_at
        FROM ticket
        WHERE kind.passed_on AND tenant_id = :tenant AND state = 'QUEUED'
            AND team_id = kind.team_id AND need_id = kind.need_id AND handed_over >= 2
            AND (kind.after IS NULL OR asked_at > kind.after) AND (kind.until IS NULL OR asked_at <= kind.until)
        ORDER BY ticket.priority DESC, due_at, arrived_at, id
        LIMIT kind.most)
    ) waiting
    ORDER BY priority DESC, due_at, arrived_at, id
    LIMIT :all
    """
)
"""Of what was handed over too often, the few rows of an index of their own are read."""

_KNOWN = text(
    """
    SELECT customer.id, last.assignee_id
    FROM unnest(CAST(:customers AS uuid[])) customer (id)
    CROSS JOIN LATERAL (
        SELECT told.assignee_id
        FROM (
            SELECT id FROM ticket WHERE tenant_id = :tenant AND customer_id = customer.id
            ORDER BY arrived_at DESC LIMIT :latest
        ) other
        CROSS JOIN LATERAL (
            SELECT assignee_id, at, position FROM ticket_transition
            WHERE tenant_id = :tenant AND ticket_id = other.id AND assignee_id IS NOT NULL
            ORDER BY position DESC LIMIT 1
        ) told
        ORDER BY told.at DESC, told.position DESC LIMIT 1
    ) last
    """
)
"""A customer's last agent is looked for once, among the customer's latest tickets, in the history of each from its end:
a marketplace may be one customer of thousands of tickets. Whatever its statistics say, PostgreSQL has no other way."""

LATEST = 100
"""Of a customer's tickets, among which the last agent is looked for."""


_WAITS = text(
    """
    SELECT part.place, oldest.asked_at AS since, counted.number, (
        SELECT min(asked_at) FROM ticket
        WHERE tenant_id = :tenant AND state = 'QUEUED' AND team_id = part.team_id AND need_id = part.need_id
            AND asked_at > part.until
    ) AS following
    FROM unnest(
        CAST(:teams AS uuid[]), CAST(:needs AS uuid[]), CAST(:after AS timestamptz[]), CAST(:until AS timestamptz[])
    ) WITH ORDINALITY part (team_id, need_id, after, until, place)
    LEFT JOIN LATERAL (
        SELECT asked_at FROM ticket
        WHERE tenant_id = :tenant AND state = 'QUEUED' AND team_id = part.team_id AND need_id = part.need_id
            AND (part.after IS NULL OR asked_at > part.after) AND (part.until IS NULL OR asked_at <= part.until)
        ORDER BY asked_at LIMIT 1
    ) oldest ON true
    CROSS JOIN LATERAL (
        SELECT count(*) AS number FROM (
            SELECT FROM ticket
            WHERE tenant_id = :tenant AND state = 'QUEUED' AND team_id = part.team_id AND need_id = part.need_id
                AND (part.after IS NULL OR asked_at > part.after) AND (part.until IS NULL OR asked_at <= part.until)
            LIMIT :countable
        ) one
    ) counted
    ORDER BY part.place
    """
)
"""Of each part of a kind: since when and how many, and when the first came of those that are not in it yet."""

COUNTABLE = 10_000
"""Tickets of a kind that are counted: with more of them the wait is as much too long."""


class Head(NamedTuple):
    """A ticket at the head of its kind; `previous_id` is the agent who had a ticket of its customer's last."""

    ticket_id: UUID
    version: int
    kind: Kind
    handed_over: int
    asked_at: datetime
    due_at: datetime
    previous_id: UUID | None


class Kinds(NamedTuple):
    """What each kind that waits asks for, and those of which something was handed over too often."""

    needs: dict[Kind, Need]
    passed_on: frozenset[Kind]


async def kinds(session: TenantSession) -> Kinds:
    """The kinds of tickets that wait, and what each asks for; in one statement."""
    waiting = (await session.execute(_KINDS, {"tenant": session.tenant_id})).all()
    return Kinds(
        {(row.team_id, row.need_id): _need(row.team_id, row) for row in waiting},
        frozenset((row.team_id, row.need_id) for row in waiting if row.passed_on),
    )


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


@dataclass(frozen=True)
class Part:
    """The tickets of a kind that came `after` an instant and `until` another, where these are said.

    Those of a queue that asks for skills no more after a while are in two parts, of which `relaxed` is the older. Where
    `passed_on` is said, it is those that were handed over too often, or the others.
    """

    kind: Kind
    after: datetime | None = None
    until: datetime | None = None
    relaxed: bool = False
    passed_on: bool | None = None

    def without_passed_on(self) -> "Part":
        return replace(self, passed_on=False)

    def of_passed_on(self) -> "Part":
        return replace(self, passed_on=True)


def parts_of(kind: Kind, queueing: Queueing, *, now: datetime) -> list[Part]:
    """The parts of a kind that have rested enough: one, or the relaxed and the others."""
    rested = now - queueing.delay if queueing.delay else None
    if queueing.relax is None:
        return [Part(kind, until=rested)]
    old = now - queueing.relax
    relaxed = Part(kind, until=old if rested is None else min(old, rested), relaxed=True)
    return [relaxed, Part(kind, after=old, until=rested)] if rested is None or rested > old else [relaxed]


async def heads(
    session: TenantSession,
    most: Mapping[Part, int],
    *,
    all: int,
    served: Mapping[UUID, Queueing],
    acquainted: bool = True,
) -> Sequence[Head]:
    """The first tickets of each part, so many of each and of all, in their order, with what the priority of their queue
    adds. They are not locked. Whom their customers know is looked for only when `acquainted`."""
    bounds = _bounds(session, most) | {
        "most": list(most.values()),
        "passed_on": [part.passed_on for part in most],
        "raised": [served.get(part.kind[0], USUAL).priority for part in most],
        "all": all,
    }
    found = (await session.execute(_HEADS, bounds)).all()
    known = await _known(session, {row.customer_id for row in found}) if acquainted else {}
    return [
        Head(
            row.id,
            row.version,
            (row.team_id, row.need_id),
            row.handed_over,
            row.asked_at,
            row.due_at,
            known.get(row.customer_id),
        )
        for row in found
    ]


async def _known(session: TenantSession, customer_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Who had a ticket of each customer's last."""
    if not customer_ids:
        return {}
    values = {"tenant": session.tenant_id, "customers": list(customer_ids), "latest": LATEST}
    return {row.id: row.assignee_id for row in await session.execute(_KNOWN, values)}


async def waits(session: TenantSession, parts: Sequence[Part]) -> list[tuple[KindWaits | None, datetime | None]]:
    """How many tickets of each part wait, COUNTABLE at most, and since when, None for none; and since when the first
    asks that is to come into it."""
    found = await session.execute(_WAITS, _bounds(session, parts) | {"countable": COUNTABLE})
    return [(None if row.since is None else KindWaits(row.number, row.since), row.following) for row in found]


def _bounds(session: TenantSession, parts: Collection[Part]) -> dict[str, Any]:
    return {
        "tenant": session.tenant_id,
        "teams": [part.kind[0] for part in parts],
        "needs": [part.kind[1] for part in parts],
        "after": [part.after for part in parts],
        "until": [part.until for part in parts],
    }
