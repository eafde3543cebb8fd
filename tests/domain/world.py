"""A shop with teams, topics, customers, seats and people, for tests of what happens in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.levels import at_usual
from domain.agents.models import Agent, Member, MemberState, Presence
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.orders.customers import CustomerDetails, save_customer
from domain.seats import operations as seats
from domain.seats import passes
from domain.seats.models import SeatKind
from domain.seats.queries import lock_assignments_of
from domain.tickets import departures, opening
from tests.conftest import NOW, Shop

SEASON_END = NOW + timedelta(days=74)


@dataclass(frozen=True)
class Person:
    """A member who is an agent on a seat."""

    member_id: UUID
    agent_id: UUID
    licence_id: UUID
    assignment_id: UUID

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.MEMBER, self.member_id)


@dataclass
class World:
    """A tenant and what a test has put into it."""

    database: Database
    tenant_id: UUID
    teams: dict[str, UUID] = field(default_factory=dict)
    skills: dict[str, UUID] = field(default_factory=dict)
    customer_id: UUID = field(default_factory=new_id)

    @classmethod
    async def found(cls, database: Database, shop: Shop) -> "World":
        """First line (needs contact) and accounting (needs none) with a topic each, and one customer."""
        world = cls(database, shop.tenant_id)
        async with database.writing(shop.tenant_id) as session:
            for key in ("first-line", "accounting"):
                world.teams[key] = (await agents.create_team(session, key=key, name=key, by=SYSTEM, now=NOW)).id
            payments = await agents.create_skill(session, key="payments", name="Payments", by=SYSTEM, now=NOW)
            world.skills["payments"] = payments.id
            for key, team, asked, contact in (
                ("delivery", "first-line", {}, True),
                ("payment", "accounting", {payments.id: 1}, False),
            ):
                await opening.create_topic(
                    session,
                    key=key,
                    name=key,
                    team_id=world.teams[team],
                    skills=asked,
                    needs_contact=contact,
                    by=SYSTEM,
                    now=NOW,
                )
            details = CustomerDetails(external_id="c-1", name="Zofia Żak", email="zofia@klient.example")
            world.customer_id = (await save_customer(session, details=details, by=SYSTEM, now=NOW)).id
        return world

    async def person(
        self,
        kind: SeatKind,
        *,
        teams: Sequence[str] = ("first-line",),
        skills: Sequence[str] = (),
        presence: Presence = Presence.ONLINE,
        until: datetime | None = SEASON_END,
        role: Role = Role.AGENT,
        emails: int = 10,
        now: datetime = NOW,
    ) -> Person:
        """A member with a seat of the kind from now on, in teams, with skills and a capacity for e-mail."""
        agent = await self.seatless(teams=teams, skills=skills, presence=presence, role=role, emails=emails, now=now)
        async with self.database.writing(self.tenant_id) as session:
            (licence,) = await seats.add_licences(
                session, kind=kind, count=1, start=None, end=until, label="", by=SYSTEM, now=now
            )
            assignment = await seats.assign_seat(session, agent_id=agent.id, licence_id=licence.id, by=SYSTEM, now=now)
        return Person(agent.member_id, agent.id, licence.id, assignment.id)

    async def on_a_pass(self, kind: SeatKind, *, now: datetime = NOW) -> Person:
        """A member without a licence, who has come in on a day pass of the kind."""
        agent = await self.seatless(now=now)
        async with self.database.writing(self.tenant_id) as session:
            await passes.add_passes(session, kind=kind, count=1, by=SYSTEM, now=now)
            await passes.set_holder(session, agent_id=agent.id, kind=kind, by=SYSTEM, now=now)
            holder = await passes.lock_seatless_holder(session, member_id=agent.member_id, now=now)
            assert holder is not None
            await passes.spend(session, holder=holder, by=Actor(ActorKind.MEMBER, agent.member_id), now=now)
            (seat,) = await lock_assignments_of(session, agent_id=agent.id)
        return Person(agent.member_id, agent.id, seat.licence_id, seat.id)

    async def seatless(
        self,
        *,
        teams: Sequence[str] = ("first-line",),
        skills: Sequence[str] = (),
        presence: Presence = Presence.OFFLINE,
        role: Role = Role.AGENT,
        emails: int = 10,
        now: datetime = NOW,
    ) -> Agent:
        """A member who is an agent without a seat."""
        async with self.database.writing(self.tenant_id) as session:
            member = Member(
                tenant_id=self.tenant_id,
                id=new_id(),
                email=f"{new_id().hex}@bombka.example",
                name="Jan Nowak",
                role=role,
                language=Language.PL,
                state=MemberState.ACTIVE,
                password_hash="unused",
                created_at=now,
            )
            session.add(member)
            await session.flush()
            agent = await agents.add_agent(session, member=member, by=SYSTEM, now=now)
            team_ids = [self.teams[key] for key in teams]
            await agents.set_teams(session, agent_id=agent.id, team_ids=team_ids, by=SYSTEM, now=now)
            able = at_usual(self.skills[key] for key in skills)
            await agents.set_skills(session, agent_id=agent.id, skills=able, by=SYSTEM, now=now)
            await agents.set_capacity(session, agent_id=agent.id, items={Channel.EMAIL: emails}, by=SYSTEM, now=now)
            await agents.set_presence(session, agent_id=agent.id, presence=presence, by=SYSTEM, now=now)
        return agent

    async def ticket(
        self,
        topic: str = "delivery",
        *,
        priority: int = 0,
        order_id: UUID | None = None,
        now: datetime = NOW,
    ) -> UUID:
        """A new ticket of the one customer, waiting in its topic's queue."""
        async with self.database.writing(self.tenant_id) as session:
            ticket = await opening.open_ticket(
                session,
                channel=Channel.EMAIL,
                topic_key=topic,
                subject="Gdzie jest moja paczka?",
                body="Dzień dobry, czekam od tygodnia.",
                customer_id=self.customer_id,
                order_id=order_id,
                priority=priority,
                by=SYSTEM,
                now=now,
            )
        return ticket.id


async def sit(world: World, person: Person, kind: SeatKind, *, now: datetime) -> Person:
    """Move a person to a new seat of the kind, in one transaction; returns them with that seat."""
    async with world.database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=person.assignment_id, at=None, by=SYSTEM, now=now)
        (licence,) = await seats.add_licences(
            session, kind=kind, count=1, start=None, end=None, label="", by=SYSTEM, now=now
        )
        assignment = await seats.assign_seat(
            session, agent_id=person.agent_id, licence_id=licence.id, by=SYSTEM, now=now
        )
    return Person(person.member_id, person.agent_id, licence.id, assignment.id)
