"""One connection a request: the transaction in which the caller was found, and what takes its place."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import func, select

from api.context import Caller, RequestContext
from domain.kit.database import Database, engine_for
from domain.kit.errors import Language
from domain.kit.events import Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.straight import Prepared, Straight
from domain.seats.rights import Standing
from tests.conftest import NOW, Shop
from tests.servers import Servers

PID = Prepared(select(func.pg_backend_pid()))
BEGUN = Prepared(select(func.now()))
BROKEN = Prepared(select(1 / func.length("")))


@pytest.fixture
async def context(servers: Servers, shop: Shop) -> AsyncIterator[RequestContext]:
    """A request whose caller was found, on the only connection there is."""
    database = Database(engine_for(servers.app_url, pool_size=1, pool_wait=0.05))
    standing = Standing(Actor(ActorKind.MEMBER, new_id()), frozenset(), Language.EN)
    yield RequestContext(
        database=database,
        caller=Caller(shop.tenant_id, standing.actor, standing),
        now=NOW,
        trace_id="",
        language=Language.EN,
        opened=await database.straight(shop.tenant_id).begin(),
    )
    await database.close()


async def begun(straight: Straight) -> object:
    """When its transaction began, which tells transactions apart."""
    [(at,)] = await straight.rows(BEGUN, {})
    return at


async def test_reads_share_the_transaction_until_it_is_left(context: RequestContext) -> None:
    found = []
    for _ in range(2):
        async with context.straight() as straight:
            found.append(await begun(straight))
    await context.leave()
    await context.leave()
    async with context.straight() as straight:
        found.append(await begun(straight))
    assert (found[0] == found[1], found[1] == found[2], context.opened) == (True, False, None)


async def test_a_session_has_the_only_connection_to_itself(context: RequestContext) -> None:
    async with context.reading() as session:
        assert await session.scalar(select(1)) == 1
    await context.leave()
    async with context.writing() as session:
        assert await session.scalar(select(1)) == 1


async def test_reads_at_once_take_turns(context: RequestContext) -> None:
    async def reading() -> object:
        async with context.straight() as straight:
            return await begun(straight)

    assert len(set(await asyncio.gather(*(reading() for _ in range(5))))) == 1
    await context.leave()


async def test_what_fails_ends_the_transaction_for_those_after_it(context: RequestContext) -> None:
    async def failing() -> None:
        async with context.straight() as straight:
            await straight.rows(BROKEN, {})

    async def reading() -> object:
        async with context.straight() as straight:
            return await straight.rows(PID, {})

    failed, read = await asyncio.gather(failing(), reading(), return_exceptions=True)
    assert isinstance(failed, asyncpg.DivisionByZeroError)
    assert isinstance(read, list)
    assert context.opened is None


async def test_leaving_waits_for_who_reads(context: RequestContext) -> None:
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def reading() -> object:
        async with context.straight() as straight:
            inside.set()
            await go_on.wait()
            return await straight.rows(PID, {})

    task = asyncio.create_task(reading())
    await inside.wait()
    leaving = asyncio.create_task(context.leave())
    go_on.set()
    assert isinstance(await task, list)
    await leaving
    assert context.opened is None
