"""A live page that is looked at often, over a single connection to the database, and people who may see it."""

import asyncio
from collections.abc import AsyncIterator, Collection
from uuid import UUID

import pytest
from sqlalchemy import QueuePool, update
from starlette.applications import Starlette
from starlette.routing import Mount

from admin.live.page import LivePage
from admin.live.watching import Sight
from admin.site import Site
from domain.agents import sessions
from domain.agents.models import Member
from domain.agents.sessions import Claim, SignedIn
from domain.kit.database import Database, engine_for
from domain.kit.errors import Language
from domain.kit.secrets import Credential
from tests.admin.live.reading import WITHIN
from tests.api.http.conftest import HandClock, settings_for
from tests.conftest import NOW, Shop
from tests.domain.world import World
from tests.people import cheap_passwords
from tests.servers import Servers

EVERY = 0.02


class Watched(LivePage):
    """Says how often it looked."""

    def __init__(self, site: Site) -> None:
        super().__init__(site, every=EVERY)
        self.looks = 0
        self._looked = asyncio.Condition()
        self.app = Starlette(routes=[Mount("/admin", Starlette(routes=self.routes()))])
        self.engine = site.database.engine

    async def _look(self, tenant_id: UUID, credentials: Collection[Credential]) -> Sight:
        sight = await super()._look(tenant_id, credentials)
        async with self._looked:
            self.looks += 1
            self._looked.notify_all()
        return sight

    async def look_again(self, times: int = 2) -> None:
        """Come back when it has looked so many times more: with two, the last of them began after this."""
        wanted = self.looks + times
        async with asyncio.timeout(WITHIN), self._looked:
            await self._looked.wait_for(lambda: self.looks >= wanted)

    @property
    def held(self) -> int:
        """Connections of the page that are in use."""
        assert isinstance(self.engine.pool, QueuePool)
        return self.engine.pool.checkedout()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def world(database: Database, shop: Shop) -> World:
    return await World.found(database, shop)


@pytest.fixture
async def narrow(servers: Servers) -> AsyncIterator[Database]:
    """The same data, over one connection."""
    opened = Database(engine_for(servers.app_url, pool_size=1, pool_wait=20))
    yield opened
    await opened.close()


@pytest.fixture
async def watched(servers: Servers, narrow: Database, clock: HandClock) -> AsyncIterator[Watched]:
    page = Watched(Site(settings_for(servers), narrow, clock, cheap_passwords()))
    yield page
    page.watching.stop()
    async with asyncio.timeout(WITHIN):
        await page.watching.rest()


async def session_of(world: World, member_id: UUID, *, language: Language = Language.EN) -> str:
    """A session of a member who reads that language."""
    async with world.database.writing(world.tenant_id) as session:
        await session.execute(update(Member).where(Member.id == member_id).values(language=language))
        claimed = Claim(member_id, "unused", proven=True)
        signed_in = await sessions.sign_in(session, claimed=claimed, now=NOW)
    assert isinstance(signed_in, SignedIn)
    return str(signed_in.credential)
