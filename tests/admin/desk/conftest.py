"""The desk in this process, looked at and used by people on seats."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from html import unescape
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select
from starlette.applications import Starlette
from starlette.routing import Mount

from admin.app import create_panel
from domain.agents.models import Agent, Member
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.orders import operations as orders
from domain.orders.customers import CustomerDetails
from domain.orders.details import LineDetails, OrderChange, OrderDetails
from domain.orders.models import Payment, PaymentMethod
from domain.orders.parcels import ShipmentDetails
from domain.orders.payments import PaymentDetails, Receipt
from domain.tickets import assignment, working
from tests.api.http.conftest import HandClock, settings_for
from tests.conftest import NOW, Shop
from tests.domain.world import Person, World
from tests.people import PASSWORD, cheap_passwords
from tests.servers import Servers

URL = "http://127.0.0.1:8000"
OWN = {"Origin": URL}
HTMX = {"HX-Request": "true", "HX-Current-URL": f"{URL}/admin/desk"}


@dataclass
class Browser:
    """A signed-in person's browser; `htmx` asks as HTMX does."""

    http: httpx2.AsyncClient

    async def open(self, path: str, *, htmx: bool = False) -> httpx2.Response:
        return await self.http.get(f"/admin{path}", headers=HTMX if htmx else {})

    async def press(
        self,
        path: str,
        form: Mapping[str, str] | None = None,
        *,
        htmx: bool = False,
        headers: dict[str, str] | None = None,
        **more: str,
    ) -> httpx2.Response:
        """Post a form of the panel's own, and say where that led to without going there."""
        own = OWN if headers is None else headers
        data = {"x": "", **(form or {}), **more}
        return await self.http.post(f"/admin{path}", data=data, headers={**own, **(HTMX if htmx else {})})


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    return await World.found(database, shop)


SignIn = Callable[..., Awaitable[Browser]]


@pytest.fixture
async def sign_in(servers: Servers, database: Database, clock: HandClock, shop: Shop) -> AsyncIterator[SignIn]:
    """Give a person of the test's shop, or of another, a name and a signed-in browser."""
    panel = create_panel(settings_for(servers), database, clock, passwords=cheap_passwords())
    app = Starlette(routes=[Mount("/admin", panel)])
    async with AsyncExitStack() as stack:

        async def signed_in(
            person: Person, *, name: str = "Jan Nowak", language: Language = Language.EN, at: Shop = shop
        ) -> Browser:
            await rename(database, at.tenant_id, person.member_id, name=name, language=language)
            http = await stack.enter_async_context(
                httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL, headers={"Accept-Language": "en"})
            )
            email = f"{person.member_id.hex}@bombka.example"
            form = {"shop": at.slug, "email": email, "password": PASSWORD}
            response = await http.post("/admin/sign-in", data=form, headers=OWN)
            assert response.headers["location"] == "/admin/"
            return Browser(http)

        yield signed_in


async def rename(database: Database, tenant_id: UUID, member_id: UUID, *, name: str, language: Language) -> None:
    async with database.writing(tenant_id) as session:
        member = await session.get_one(Member, (tenant_id, member_id))
        member.name, member.language = name, language
        member.email = f"{member_id.hex}@bombka.example"
        member.password_hash = await cheap_passwords().hash(PASSWORD)
        agent = (await session.scalars(select(Agent).where(Agent.member_id == member_id))).one()
        agent.name = name


async def add_order(world: World, *, parcels: bool = True, **changes: Any) -> UUID:
    """An order of the world's customer: 129.00 by transfer of which 50.00 came, 20.00 by voucher, one parcel."""
    async with world.database.writing(world.tenant_id) as session:
        order = await orders.create_order(
            session,
            details=OrderDetails(
                external_id="order-1",
                number="BOM/1",
                customer=CustomerDetails(external_id="c-1", name="Zofia Żak", email="zofia@klient.example"),
                currency="PLN",
                total_amount=149_00,
                placed_at=NOW,
                lines=[LineDetails("BOMBKA", "Bombka czerwona", 3, 43_00), LineDetails("GW", "Gwiazda", 1, 20_00)],
                payments=[
                    PaymentDetails(PaymentMethod.TRANSFER, 129_00),
                    PaymentDetails(PaymentMethod.VOUCHER, 20_00, received_at=NOW),
                ],
                **changes,
            ),
            by=SYSTEM,
            now=NOW,
        )
        transfer = (await session.scalars(select(Payment.id).where(Payment.position == 1))).one()
        sent = [ShipmentDetails("InPost", "620012", NOW)] if parcels else []
        change = OrderChange(receipts=[Receipt(transfer, 50_00, NOW, "bank-7")], shipments=sent)
        await orders.update_order(session, order_id=order.id, change=change, by=SYSTEM, now=NOW)
    return order.id


async def transfer_of(world: World) -> UUID:
    async with world.database.reading(world.tenant_id) as session:
        return (await session.scalars(select(Payment.id).where(Payment.position == 1))).one()


async def hold(world: World, ticket_id: UUID, person: Person) -> None:
    """Put the ticket into the person's hands."""
    async with world.database.writing(world.tenant_id) as session:
        await assignment.assign(session, ticket_id=ticket_id, agent_id=person.agent_id, by=SYSTEM, now=NOW)


async def add_draft(world: World, ticket_id: UUID, person: Person, body: str = "Przelew doszedł.") -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        return (await working.add_draft(session, ticket_id=ticket_id, body=body, by=person.actor, now=NOW)).id


def text_of(response: httpx2.Response) -> str:
    """What a page says, on one line."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.text))).replace("\u00a0", " ")
