"""A filled shop in the panel, and people of every standing who look at it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from starlette.applications import Starlette
from starlette.routing import Mount

from admin.app import create_panel
from domain.agents.models import Agent
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.ids import new_id
from domain.kit.outbox import OutboxRow
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from tests.api.graphql.filled import Filled, fill
from tests.api.http.conftest import HandClock, settings_for
from tests.conftest import NOW, Shop
from tests.people import PASSWORD, add_member, cheap_passwords
from tests.servers import Servers

URL = "http://127.0.0.1:8000"
OWN = {"Origin": URL}

PAGES = {
    "orders": "order",
    "customers": "customer",
    "tickets": "ticket",
    "agents": "agent",
    "teams": "team",
    "seats": "seat_licence",
    "invoices": "invoice",
    "invitations": "invitation",
    "clients": "api_client",
    "audit": "event",
    "dead-letters": "outbox",
}
"""The lists by path, and the table whose rows they are of."""


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def panel(servers: Servers, database: Database, clock: HandClock) -> Starlette:
    mounted = create_panel(settings_for(servers), database, clock, passwords=cheap_passwords())
    return Starlette(routes=[Mount("/admin", mounted)])


@pytest.fixture
async def http(panel: Starlette) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(panel)
    async with httpx2.AsyncClient(transport=transport, base_url=URL, headers={"Accept-Language": "en"}) as client:
        yield client


@pytest.fixture
async def filled(database: Database, shop: Shop) -> Filled:
    return await fill_with_a_dead_letter(database, shop)


async def fill_with_a_dead_letter(database: Database, shop: Shop) -> Filled:
    """A few rows of everything that has a list."""
    filled = await fill(database, shop)
    job = filled.add(
        OutboxRow,
        actor="deliver_reply",
        payload={"entry_id": str(new_id())},
        trace_id="",
        due_at=NOW,
        attempts=8,
        last_error="ConnectionRefusedError: nobody is there",
        dead_at=NOW,
    )
    async with database.writing(shop.tenant_id) as session:
        session.add(job)
    return filled


SignIn = Callable[..., Awaitable[None]]


@pytest.fixture
def sign_in(http: httpx2.AsyncClient, database: Database, shop: Shop) -> SignIn:
    """Sign somebody new in, of a role, on a seat of a kind or on none."""

    async def signed(
        role: Role = Role.ADMIN, *, seat: SeatKind | None = None, language: Language = Language.EN
    ) -> None:
        email = f"{new_id().hex}@bombka.example"
        member = await add_member(database, shop, email=email, role=role, language=language)
        if seat is not None:
            await _give_seat(database, shop, member.id, seat)
        form = {"shop": shop.slug, "email": email, "password": PASSWORD}
        http.cookies.clear()
        response = await http.post("/admin/sign-in", data=form, headers=OWN)
        assert response.status_code == 303

    return signed


async def _give_seat(database: Database, shop: Shop, member_id: object, kind: SeatKind) -> None:
    period = Range(NOW, NOW + timedelta(days=30), bounds="[)")
    async with database.writing(shop.tenant_id) as session:
        agent_id = await session.scalar(select(Agent.id).where(Agent.member_id == member_id))
        licence = SeatLicence(tenant_id=shop.tenant_id, id=new_id(), kind=kind, period=period, label="", created_at=NOW)
        session.add(licence)
        await session.flush()
        session.add(
            SeatAssignment(
                tenant_id=shop.tenant_id,
                licence_id=licence.id,
                licence_period=period,
                kind=kind,
                agent_id=agent_id,
                period=period,
                created_at=NOW,
            )
        )
