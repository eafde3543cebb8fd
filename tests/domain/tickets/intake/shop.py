"""A shop whose rules a test writes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.orders.models import Order, OrderStatus
from domain.tickets import needs, opening
from domain.tickets.intake import operations
from domain.tickets.intake.models import TicketTag
from domain.tickets.intake.rules import Effects, Start
from domain.tickets.models import Need, Ticket
from tests.conftest import NOW
from tests.domain.world import World


async def rule(world: World, condition: str, *, name: str = "Zwroty", now: datetime = NOW, **effects: Any) -> UUID:
    """A new rule of the shop, after the others."""
    async with world.database.writing(world.tenant_id) as session:
        made = await operations.create_rule(
            session, name=name, condition=condition, effects=Effects(**effects), by=SYSTEM, now=now
        )
    return made.id


async def skill(world: World, key: str) -> UUID:
    """One more skill of the shop."""
    async with world.database.writing(world.tenant_id) as session:
        made = await agents.create_skill(session, key=key, name=key, by=SYSTEM, now=NOW)
    return made.id


async def opened(
    world: World,
    *,
    topic: str = "delivery",
    subject: str = "Gdzie jest moja paczka?",
    body: str = "Dzień dobry, czekam od tygodnia.",
    channel: Channel = Channel.EMAIL,
    order_id: UUID | None = None,
    priority: int = 0,
    now: datetime = NOW,
) -> UUID:
    """A new ticket of the shop's customer."""
    async with world.database.writing(world.tenant_id) as session:
        ticket = await opening.open_ticket(
            session,
            channel=channel,
            topic_key=topic,
            subject=subject,
            body=body,
            customer_id=world.customer_id,
            order_id=order_id,
            priority=priority,
            by=SYSTEM,
            now=now,
        )
    return ticket.id


async def asks(world: World, ticket_id: UUID) -> Start:
    """What a ticket asks for, as its rows say."""
    async with world.database.reading(world.tenant_id) as session:
        ticket = await session.get_one(Ticket, (world.tenant_id, ticket_id))
        need = await session.get_one(Need, (world.tenant_id, ticket.need_id))
        skills = await needs.skills_of(session, need_ids=[need.id])
        tags = await session.scalars(select(TicketTag.tag).where(TicketTag.ticket_id == ticket_id))
        return Start(
            team_id=ticket.team_id,
            priority=ticket.priority,
            skills=skills[need.id],
            language=need.language,
            needs_contact=ticket.needs_contact,
            tags=tuple(sorted(tags)),
        )


async def order(world: World, **given: Any) -> UUID:
    """An order of the shop's customer, placed now, worth 1.00 PLN and not paid, if nothing else is given."""
    id = new_id()
    usual: dict[str, Any] = {
        "external_id": id.hex,
        "number": "1",
        "customer_id": world.customer_id,
        "status": OrderStatus.PLACED,
        "currency": "PLN",
        "total_amount": 100,
        "placed_at": NOW,
        "created_at": NOW,
        "updated_at": NOW,
    }
    async with world.database.writing(world.tenant_id) as session:
        session.add(Order(tenant_id=world.tenant_id, id=id, **{**usual, **given}))
    return id
