"""Shops on the running stack, founded as `sezon tenant create` founds them, and people who can sign in."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.levels import at_usual
from domain.agents.models import Agent, MemberState, Presence, Skill, Team
from domain.agents.roles import Role
from domain.billing.pricing import set_usual_prices
from domain.kit.database import Database, TenantSession
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor, ActorKind, EventRow
from domain.kit.ids import new_id
from domain.kit.outbox import OutboxRow
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderDetails
from domain.orders.models import Order, PaymentMethod
from domain.orders.operations import create_order
from domain.orders.payments import PaymentDetails
from domain.seasons.drafting import Plan, draft_season
from domain.seasons.operations import schedule_season
from domain.seats import operations as seats
from domain.seats.models import SeatKind
from domain.tenants.operations import found_tenant
from domain.tickets.founding import furnish
from domain.tickets.models import Ticket
from domain.tickets.opening import open_ticket
from infra.commands.administration import SCHEDULE
from tests.conftest import Shop
from tests.journey.people import until
from tests.people import PASSWORD, add_member
from tests.state import everything

_THE_WORKERS = frozenset({"outbox", "inbox", "schedule"})
"""Their rows come and go as the jobs of the schedule are done."""


def now() -> datetime:
    """The stack's clock is the machine's."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Person:
    """Somebody of a shop who can sign in."""

    shop: Shop
    member_id: UUID
    agent_id: UUID
    name: str
    email: str
    password: str = PASSWORD


@dataclass(frozen=True)
class RunningShop:
    """A shop with the usual teams, skills and topics, whose jobs the workers do."""

    database: Database
    shop: Shop
    teams: dict[str, UUID]
    skills: dict[str, UUID]

    @classmethod
    async def found(cls, database: Database, *, name: str = "Bombka") -> "RunningShop":
        tenant_id = new_id()
        shop = Shop(tenant_id, f"shop-{tenant_id.hex[-12:]}")
        async with database.writing(tenant_id) as session:
            await found_tenant(
                session,
                slug=shop.slug,
                name=name,
                timezone="Europe/Warsaw",
                currency="PLN",
                language=Language.PL,
                mail_from="pomoc@bombka.example",
                schedule=SCHEDULE,
                now=now(),
            )
            await set_usual_prices(session, currency="PLN", now=now())
            await furnish(session, language=Language.EN, now=now())
            teams = dict((await session.execute(select(Team.key, Team.id))).all())
            skills = dict((await session.execute(select(Skill.key, Skill.id))).all())
        return cls(database, shop, teams, skills)

    def writing(self) -> AbstractAsyncContextManager[TenantSession]:
        """One transaction of the shop's."""
        return self.database.writing(self.shop.tenant_id)

    async def state(self) -> dict[str, list[Any]]:
        """Every row, once the workers have nothing left to do, but for those that they keep for themselves."""
        await until("the workers idle", self._idle)
        rows = await everything(self.database, self.shop.tenant_id)
        return {table: found for table, found in rows.items() if table not in _THE_WORKERS}

    async def _idle(self) -> bool:
        async with self.database.reading(self.shop.tenant_id) as session:
            due = select(OutboxRow.id).where(OutboxRow.due_at <= now(), OutboxRow.dead_at.is_(None))
            unstamped = select(EventRow.id).where(EventRow.sequence.is_(None))
            return await session.scalar(due.limit(1)) is None and await session.scalar(unstamped.limit(1)) is None

    async def person(
        self,
        name: str,
        *,
        role: Role = Role.AGENT,
        seat: SeatKind | None = None,
        teams: Sequence[str] = (),
        skills: Sequence[str] = (),
        online: bool = False,
        language: Language = Language.EN,
        state: MemberState = MemberState.ACTIVE,
    ) -> Person:
        """A member with a known password, and with a seat from now on for six weeks where a kind is given."""
        email = f"{new_id().hex}@bombka.example"
        member = await add_member(
            self.database, self.shop, email=email, name=name, role=role, language=language, state=state
        )
        async with self.writing() as session:
            agent_id = (await session.scalars(select(Agent.id).where(Agent.member_id == member.id))).one()
            await agents.set_teams(
                session, agent_id=agent_id, team_ids=[self.teams[key] for key in teams], by=SYSTEM, now=now()
            )
            await agents.set_skills(
                session, agent_id=agent_id, skills=at_usual(self.skills[key] for key in skills), by=SYSTEM, now=now()
            )
        if seat is not None:
            await self.add_seat(seat, agent_id=agent_id)
        if online:
            async with self.writing() as session:
                await agents.set_presence(session, agent_id=agent_id, presence=Presence.ONLINE, by=SYSTEM, now=now())
        return Person(self.shop, member.id, agent_id, name, email)

    async def add_seat(self, kind: SeatKind, *, agent_id: UUID | None = None, label: str = "", count: int = 1) -> UUID:
        """One more licence for six weeks, or more in one press, and the agent on the first of them at once."""
        at = now()
        async with self.writing() as session:
            licence, *_ = await seats.add_licences(
                session, kind=kind, count=count, start=None, end=at + timedelta(weeks=6), label=label, by=SYSTEM, now=at
            )
            if agent_id is not None:
                await seats.assign_seat(session, agent_id=agent_id, licence_id=licence.id, by=SYSTEM, now=at)
        return licence.id

    async def season(self, name: str, *, by: Person, first: date, last: date, stands: bool = True, **plan: Any) -> UUID:
        """A season of one light seat where nothing else is said, drafted or scheduled by an admin."""
        actor = Actor(ActorKind.MEMBER, by.member_id)
        told = {"full_count": 0, "light_count": 1, "role": Role.AGENT, "language": Language.EN, **plan}
        async with self.writing() as session:
            wanted = Plan(name=name, first_day=first, last_day=last, **told)
            season = await draft_season(session, plan=wanted, own_id=by.member_id, by=actor, now=now())
        if stands:
            async with self.writing() as session:
                await schedule_season(session, season_id=season.id, own_id=by.member_id, by=actor, now=now())
        return season.id

    async def order(
        self,
        number: str,
        *,
        customer: str = "Zofia Żak",
        email: str | None = None,
        product: str = "Bombka",
        sku: str = "BOMBKA",
        reference: str | None = None,
        pieces: int = 3,
        days_ago: int = 2,
        paid: bool = False,
    ) -> Order:
        """An order of a new customer, by a transfer that has arrived or has not."""
        key, placed_at, amount = new_id().hex, now() - timedelta(days=days_ago), pieces * 4_300
        details = OrderDetails(
            external_id=key,
            number=number,
            customer=CustomerDetails(external_id=key, name=customer, email=email or f"{key}@klient.example"),
            currency="PLN",
            total_amount=amount,
            placed_at=placed_at,
            promised_on=placed_at.date() + timedelta(days=4),
            lines=[LineDetails(sku, product, pieces, 4_300)],
            payments=[PaymentDetails(PaymentMethod.TRANSFER, amount, reference, placed_at if paid else None)],
        )
        async with self.writing() as session:
            return await create_order(session, details=details, by=SYSTEM, now=now())

    async def ticket(
        self,
        subject: str,
        *,
        order: Order,
        topic: str = "payment",
        body: str = "Dzień dobry, płaciłam w piątek.",
        priority: int = 0,
    ) -> Ticket:
        """A customer's question about an order, which the workers route."""
        async with self.writing() as session:
            return await open_ticket(
                session,
                channel=Channel.EMAIL,
                topic_key=topic,
                subject=subject,
                body=body,
                customer_id=order.customer_id,
                order_id=order.id,
                priority=priority,
                by=SYSTEM,
                now=now(),
            )
