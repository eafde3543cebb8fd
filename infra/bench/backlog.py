"""A shop at its peak: agents who are there, with much room, and tickets that wait in its queues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import select

from domain.agents.channels import Channel
from domain.agents.models import Agent, AgentCapacity, AgentSkill, AgentTeam, Member, MemberState, Presence, Skill, Team
from domain.agents.operations import MOST_ITEMS
from domain.agents.roles import Role
from domain.kit import bulk
from domain.kit.database import Database, TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.outbox import Job
from domain.orders.customers import CustomerDetails, save_customer
from domain.seats.models import LicenceTerms, SeatAssignment, SeatKind, SeatLicence
from domain.seats.periods import period as period_of
from domain.tenants.operations import found_tenant
from domain.tickets.founding import TOPICS, furnish
from domain.tickets.opening import open_ticket


@dataclass(frozen=True)
class Backlog:
    """A shop whose tickets can be put back into their queues."""

    tenant_id: UUID
    tickets: int

    async def restore(self, superuser_url: str) -> None:
        """As it was before anything was routed."""
        superuser: Any = await asyncpg.connect(superuser_url)
        try:
            async with superuser.transaction():
                for sql in _RESTORING:
                    await superuser.execute(sql, self.tenant_id, timeout=600)
            for table in ("ticket", "agent", "ticket_transition", "event", "routing_stay", "routing_pass"):
                await superuser.execute(f"VACUUM ANALYZE {table}", timeout=600)
        finally:
            await superuser.close()


async def backlog(database: Database, *, agents: int, tickets: int, superuser_url: str, now: datetime) -> Backlog:
    """Found the shop: every agent can do everything, and there are tickets of each of the usual topics."""
    async with database.writing(new_id()) as session:
        tenant_id = session.tenant_id
        await found_shop(session, agents=agents, room=min(tickets, MOST_ITEMS), now=now)
        await _open_each(session, now=now)
    superuser: Any = await asyncpg.connect(superuser_url)
    try:
        await superuser.execute(_COPYING, tenant_id, max(0, tickets - len(TOPICS)), timeout=600)
        await superuser.execute("ANALYZE", timeout=600)
    finally:
        await superuser.close()
    return Backlog(tenant_id, max(tickets, len(TOPICS)))


async def found_shop(
    session: TenantSession,
    *,
    agents: int,
    room: int,
    schedule: Sequence[tuple[type[Job], timedelta]] = (),
    now: datetime,
) -> None:
    """A shop of agents who are there and can do everything, with room for so many mails each."""
    await found_tenant(
        session,
        slug=f"peak-{session.tenant_id.hex[-12:]}",
        name="Bombka",
        timezone="Europe/Warsaw",
        currency="PLN",
        language=Language.PL,
        mail_from="help@shop.example",
        schedule=schedule,
        now=now,
    )
    await furnish(session, language=Language.PL, now=now)
    await _seat(session, count=agents, room=room, now=now)


async def _seat(session: TenantSession, *, count: int, room: int, now: datetime) -> None:
    teams = list(await session.scalars(select(Team.id).where(Team.tenant_id == session.tenant_id)))
    skills = list(await session.scalars(select(Skill.id).where(Skill.tenant_id == session.tenant_id)))
    period = period_of(now - timedelta(days=1), now + timedelta(days=30))
    people = [(new_id(), new_id(), new_id(), place) for place in range(count)]
    here, once = {"version": 1, "created_at": now}, now - timedelta(hours=1)
    await bulk.add(
        session,
        Member,
        [{"id": member_id, "email": f"agent{place}@bench.example"} for member_id, _, _, place in people],
        same=here
        | {
            "name": "Agent",
            "role": Role.AGENT,
            "language": Language.PL,
            "state": MemberState.ACTIVE,
            "password_hash": "none fits",
            "failed_sign_ins": 0,
        },
    )
    await bulk.add(
        session,
        Agent,
        [
            {"id": id, "member_id": member_id, "idle_since": once + timedelta(seconds=place)}
            for member_id, id, _, place in people
        ],
        same=here | {"name": "Agent", "presence": Presence.ONLINE, "presence_since": once, "senior": False},
    )
    await bulk.add(
        session,
        SeatLicence,
        [{"id": id} for _, _, id, _ in people],
        same=here | {"kind": SeatKind.FULL, "period": period, "label": "", "terms": LicenceTerms.ARREARS},
    )
    await bulk.add(
        session,
        SeatAssignment,
        [{"id": new_id(), "agent_id": agent_id, "licence_id": id} for _, agent_id, id, _ in people],
        same=here | {"kind": SeatKind.FULL, "period": period, "licence_period": period, "started_at": now},
    )
    for model, name, values in ((AgentTeam, "team_id", teams), (AgentSkill, "skill_id", skills)):
        more = {"level": 3} if model is AgentSkill else {}
        rows = [{"agent_id": agent_id, name: value} for _, agent_id, _, _ in people for value in values]
        await bulk.add(session, model, rows, same=more)
    await bulk.add(
        session,
        AgentCapacity,
        [{"agent_id": agent_id} for _, agent_id, _, _ in people],
        same={"channel": Channel.EMAIL, "items": room},
    )


async def _open_each(session: TenantSession, *, now: datetime) -> None:
    details = CustomerDetails(external_id="c-1", name="Zofia Żak", email="zofia@customer.example")
    customer = await save_customer(session, details=details, by=SYSTEM, now=now)
    for key in TOPICS:
        await open_ticket(
            session,
            channel=Channel.EMAIL,
            topic_key=key,
            subject="Gdzie jest moja paczka?",
            body="Czekam od tygodnia.",
            customer_id=customer.id,
            order_id=None,
            by=SYSTEM,
            now=now,
        )


_COPYING = """
    WITH numbered AS (SELECT t.*, row_number() OVER (ORDER BY number) - 1 AS place FROM ticket t WHERE tenant_id = $1),
    customers AS (
        INSERT INTO customer (tenant_id, id, version, external_id, name, email, language, created_at)
        SELECT $1, gen_random_uuid(), 1, 'copy-' || n, 'Zofia', 'zofia' || n || '@customer.example', 'PL',
            c.created_at
        FROM generate_series(1, $2::int) n CROSS JOIN customer c WHERE c.tenant_id = $1
        RETURNING id, external_id
    ),
    copied AS (
        INSERT INTO ticket (tenant_id, id, version, number, channel, worked_as, topic_id, subject, customer_id,
            team_id, need_id, needs_contact, state, priority, due_at, arrived_at, asked_at, state_since,
            reopened_count, handed_over)
        SELECT $1, gen_random_uuid(), t.version, 100 + n, t.channel, t.worked_as, t.topic_id, t.subject, customers.id,
            t.team_id, t.need_id, t.needs_contact, 'QUEUED', n % 3, t.due_at + n * interval '1 second', t.arrived_at,
            t.arrived_at, t.state_since, 0, 0
        FROM customers
        CROSS JOIN LATERAL (SELECT right(customers.external_id, -5)::int AS n) counted
        JOIN numbered t ON t.place = n % (SELECT count(*) FROM numbered)
        RETURNING id, team_id
    )
    INSERT INTO ticket_transition (tenant_id, id, ticket_id, position, to_state, team_id, reason, actor_kind, at)
    SELECT $1, gen_random_uuid(), copied.id, opened.position, opened.to_state, copied.team_id, opened.reason,
        opened.actor_kind, opened.at
    FROM copied
    CROSS JOIN (SELECT * FROM ticket_transition WHERE tenant_id = $1 AND from_state IS NULL LIMIT 1) opened
"""

_RESTORING = (
    "DELETE FROM agent_day WHERE tenant_id = $1",
    "DELETE FROM outbox WHERE tenant_id = $1",
    "DELETE FROM event WHERE tenant_id = $1 AND name = 'TicketMoved'",
    "DELETE FROM ticket_transition WHERE tenant_id = $1 AND to_state = 'ASSIGNED'",
    "DELETE FROM routing_stay WHERE tenant_id = $1",
    "DELETE FROM routing_pass WHERE tenant_id = $1",
    """UPDATE ticket SET state = 'QUEUED', assignee_id = NULL, state_since = arrived_at, version = version - 1
        WHERE tenant_id = $1 AND state = 'ASSIGNED'""",
    "UPDATE agent SET idle_since = presence_since WHERE tenant_id = $1",
)
