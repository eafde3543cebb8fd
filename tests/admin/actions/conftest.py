"""The panel in this process, and somebody signed in to it."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from html import unescape
from typing import Any

import httpx2
import pytest
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.routing import Mount

from admin.app import create_panel
from domain.agents import sessions
from domain.agents.models import Member
from domain.agents.roles import Role
from domain.agents.sessions import Claim
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from tests.api.http.conftest import URL, HandClock, settings_for
from tests.conftest import Shop
from tests.domain.world import World
from tests.people import cheap_passwords
from tests.servers import Servers

OWN = {"Origin": URL}
Typed = Mapping[str, str | Sequence[str]]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    return await World.found(database, shop)


@pytest.fixture
async def admin(world: World) -> Actor:
    """An admin who sits on no seat: administration takes none."""
    return Actor(ActorKind.MEMBER, (await world.seatless(role=Role.ADMIN)).member_id)


class Browser:
    """A member's browser."""

    def __init__(self, http: httpx2.AsyncClient, world: World, clock: HandClock) -> None:
        self.http, self.world, self.clock = http, world, clock

    async def sign_in(self, actor: Actor, *, language: str = "en") -> "Browser":
        """As if the member, who reads that language, had just given the password."""
        self.http.cookies.clear()
        async with self.world.database.writing(self.world.tenant_id) as session:
            claimed = Claim(actor.id, "unused", proven=True)
            await session.execute(
                update(Member).where(Member.id == actor.id).values(language=Language(language.upper()))
            )
            signed_in = await sessions.sign_in(session, claimed=claimed, now=self.clock.at)
        assert isinstance(signed_in, sessions.SignedIn)
        self.http.cookies.set("sezon-session", str(signed_in.credential))
        return self

    async def get(self, path: str) -> httpx2.Response:
        return await self.http.get(f"/admin{path}")

    async def post(self, path: str, typed: Typed, **headers: str) -> httpx2.Response:
        return await self.http.post(f"/admin{path}", data=dict(typed), headers=headers or OWN)


@pytest.fixture
async def browser(servers: Servers, database: Database, clock: HandClock, world: World) -> AsyncIterator[Browser]:
    panel = create_panel(settings_for(servers), database, clock, passwords=cheap_passwords())
    transport = httpx2.ASGITransport(Starlette(routes=[Mount("/admin", panel)]))
    async with httpx2.AsyncClient(transport=transport, base_url=URL, headers={"Accept-Language": "en"}) as client:
        yield Browser(client, world, clock)


def said(response: httpx2.Response) -> str:
    """The page's words, without its markup."""
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.text)))


def hidden(response: httpx2.Response) -> dict[str, Any]:
    """The hidden fields of a page's form."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', response.text)
    return {unescape(name): unescape(value) for name, value in found}
