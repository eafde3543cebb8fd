"""Many shops with a season on its way: one is founded by the real operations, the others are copies of its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import Table, select

from domain.agents import operations as agents
from domain.agents import sessions
from domain.agents.channels import Channel
from domain.agents.levels import at_usual
from domain.agents.models import Agent, Member, MemberState, Presence
from domain.agents.roles import Role
from domain.kit.database import Database, TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.metadata import metadata
from domain.orders.customers import CustomerDetails, save_customer
from domain.seasons.drafting import Plan, draft_season
from domain.seasons.operations import schedule_season
from domain.seasons.people import Named
from domain.seats.models import SeatKind
from domain.tenants.models import Tenant
from domain.tenants.operations import found_tenant
from domain.tickets.founding import furnish
from domain.tickets.models import Topic, TopicSkill
from domain.tickets.opening import open_ticket
from infra.commands.administration import SCHEDULE

ZONE = ZoneInfo("Europe/Warsaw")
DAYS_AHEAD = 10


@dataclass(frozen=True)
class Crowd:
    """Shops that are alike: the members of each who are to sit, and when that begins and ends."""

    tenant_ids: Sequence[UUID]
    member_ids: Sequence[UUID]
    start: datetime
    end: datetime

    @property
    def seats(self) -> int:
        return len(self.tenant_ids) * len(self.member_ids)


async def gather(
    database: Database, *, tenants: int, seats: int, scheduled: bool, superuser_url: str, now: datetime
) -> Crowd:
    """Found the shops, each with a season of light seats for people who have joined and are signed in.

    As many tickets wait as there are people, who are there to take one each. `scheduled` gives the shops their
    recurring jobs.
    """
    original = await _found(database, seats=seats, scheduled=scheduled, now=now)
    copies = await copies_of(original.tenant_ids[0], count=tenants - 1, superuser_url=superuser_url)
    return Crowd([*original.tenant_ids, *copies], original.member_ids, original.start, original.end)


async def _found(database: Database, *, seats: int, scheduled: bool, now: datetime) -> Crowd:
    async with database.writing(new_id()) as session:
        tenant_id = session.tenant_id
        await found_tenant(
            session,
            slug=f"season-{tenant_id.hex[-12:]}",
            name="Bombka",
            timezone=str(ZONE),
            currency="PLN",
            language=Language.PL,
            mail_from="help@shop.example",
            schedule=SCHEDULE if scheduled else (),
            now=now,
        )
        await furnish(session, language=Language.PL, now=now)
        topic = await session.scalar(select(Topic).where(Topic.needs_contact.is_(False)).order_by(Topic.key).limit(1))
        if topic is None:
            raise LookupError("The usual topics have none that needs no customer.")
        owner = await _member(session, "owner@shop.example", Role.OWNER, now=now)
        helpers = [await _member(session, f"helper{place}@shop.example", Role.AGENT, now=now) for place in range(seats)]
        for helper in helpers:
            await _prepare(session, helper, topic, now=now)
        season = await _schedule(session, owner, helpers, topic, now=now)
        await _queue_up(session, topic, count=seats, now=now)
        if season.period.lower is None or season.period.upper is None:
            raise ValueError("A season has its days.")
        return Crowd([tenant_id], [helper.id for helper in helpers], season.period.lower, season.period.upper)


async def _member(session: TenantSession, email: str, role: Role, *, now: datetime) -> Member:
    member = Member(
        tenant_id=session.tenant_id,
        id=new_id(),
        email=email,
        name=email.partition("@")[0],
        role=role,
        language=Language.PL,
        state=MemberState.ACTIVE,
        password_hash="none fits",  # noqa: S106
        failed_sign_ins=0,
        created_at=now,
    )
    session.add(member)
    await session.flush()
    return member


async def _prepare(session: TenantSession, member: Member, topic: Topic, *, now: datetime) -> None:
    """An agent with room for one ticket of the topic, who is signed in and there."""
    agent: Agent = await agents.add_agent(session, member=member, by=SYSTEM, now=now)
    await agents.set_teams(session, agent_id=agent.id, team_ids=[topic.team_id], by=SYSTEM, now=now)
    asked = await session.scalars(select(TopicSkill.skill_id).where(TopicSkill.topic_id == topic.id))
    await agents.set_skills(session, agent_id=agent.id, skills=at_usual(asked), by=SYSTEM, now=now)
    await agents.set_capacity(session, agent_id=agent.id, items={Channel.EMAIL: 1}, by=SYSTEM, now=now)
    await agents.set_presence(session, agent_id=agent.id, presence=Presence.ONLINE, by=SYSTEM, now=now)
    claimed = sessions.Claim(member.id, member.password_hash, proven=True)
    await sessions.sign_in(session, claimed=claimed, now=now)


async def _schedule(
    session: TenantSession, owner: Member, helpers: Sequence[Member], topic: Topic, *, now: datetime
) -> Any:
    first_day = now.astimezone(ZONE).date() + timedelta(days=DAYS_AHEAD)
    plan = Plan(
        name="Christmas",
        first_day=first_day,
        last_day=first_day,
        full_count=0,
        light_count=len(helpers),
        role=Role.AGENT,
        language=Language.PL,
        team_ids=[topic.team_id],
        lead_days=0,
        people=[Named(helper.email, helper.name, SeatKind.LIGHT) for helper in helpers],
    )
    by = Actor(ActorKind.MEMBER, owner.id)
    season = await draft_season(session, plan=plan, own_id=owner.id, by=by, now=now)
    return await schedule_season(session, season_id=season.id, own_id=owner.id, by=by, now=now)


async def _queue_up(session: TenantSession, topic: Topic, *, count: int, now: datetime) -> None:
    details = CustomerDetails(external_id="c-1", name="Zofia Żak", email="zofia@customer.example")
    customer = await save_customer(session, details=details, by=SYSTEM, now=now)
    for _ in range(count):
        await open_ticket(
            session,
            channel=Channel.EMAIL,
            topic_key=topic.key,
            subject="Faktura",
            body="Proszę o fakturę.",
            customer_id=customer.id,
            order_id=None,
            by=SYSTEM,
            now=now,
        )


async def copies_of(tenant_id: UUID, *, count: int, superuser_url: str) -> list[UUID]:
    """Copies of a tenant, all its rows with their ids, which are keys within a tenant alone."""
    copies = [new_id() for _ in range(count)]
    connection: Any = await asyncpg.connect(superuser_url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL session_replication_role = replica")  # the rows were checked once
            for table in metadata.sorted_tables:
                await connection.execute(_copying(table), tenant_id, copies, timeout=600)
        await connection.execute("ANALYZE", timeout=600)
    finally:
        await connection.close()
    return copies


def _copying(table: Table) -> str:
    columns = {column.name: f'x."{column.name}"' for column in table.columns if column.computed is None}
    if table is Tenant.__table__:
        key, values = "id", {**columns, "id": "copy.id", "slug": "'season-' || right(copy.id::text, 12)"}
    else:
        key, values = "tenant_id", {**columns, "tenant_id": "copy.id"}
    names = ", ".join(f'"{name}"' for name in columns)
    return (
        f'INSERT INTO "{table.name}" ({names}) SELECT {", ".join(values.values())} '  # noqa: S608
        f'FROM "{table.name}" x CROSS JOIN unnest($2::uuid[]) AS copy (id) WHERE x."{key}" = $1'
    )
