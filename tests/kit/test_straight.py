"""Reading straight from the driver: inside one tenant, without writing, and leaving no connection dirty."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import Integer, bindparam, func, literal_column, select
from sqlalchemy import text as sql_text
from sqlalchemy.dialects.postgresql import UUID as PgUuid
from sqlalchemy.exc import TimeoutError as DatabaseBusy
from structlog.testing import capture_logs

from domain.agents.models import Member, MemberState
from domain.kit.database import Database, engine_for, was_not_there
from domain.kit.ids import new_id
from domain.kit.straight import Prepared, Straight
from domain.tenants.models import Tenant
from infra.embedded.ports import free_ports
from tests.conftest import CountStatements, FoundShop, Shop
from tests.servers import Servers

SLUGS = Prepared(select(Tenant.slug))
PID = Prepared(select(func.pg_backend_pid()))
SLEEP = Prepared(select(func.pg_sleep(bindparam("seconds", type_=Integer))))


@pytest.fixture
async def narrow(servers: Servers) -> AsyncIterator[Database]:
    """A database of one connection, for which nobody waits long."""
    opened = Database(engine_for(servers.app_url, pool_size=1, pool_wait=0.05))
    yield opened
    await opened.close()


@pytest.fixture
async def patient(servers: Servers) -> AsyncIterator[Database]:
    """A database of one connection, for which everybody waits as long as it takes."""
    opened = Database(engine_for(servers.app_url, pool_size=1, pool_wait=60.0))
    yield opened
    await opened.close()


async def pid_of(straight: Straight) -> int:
    [(pid,)] = await straight.rows(PID, {})
    return int(pid)


async def pid_in(database: Database, shop: Shop) -> int:
    async with database.straight(shop.tenant_id) as straight:
        return await pid_of(straight)


async def kill(database: Database, shop: Shop, pid: int) -> None:
    """End the backend of a connection, and wait until it is gone."""
    async with database.reading(shop.tenant_id) as session:
        assert await session.scalar(select(func.pg_terminate_backend(pid, 10_000)))


async def test_it_reads_the_rows_of_its_own_tenant_alone(
    database: Database, shop: Shop, found_shop: FoundShop, statements: CountStatements
) -> None:
    other = await found_shop()
    with statements() as sent:
        async with database.straight(shop.tenant_id) as straight:
            assert [row["slug"] for row in await straight.rows(SLUGS, {})] == [shop.slug]
            assert straight.tenant_id == shop.tenant_id
        async with database.straight(other.tenant_id) as straight:
            assert [row["slug"] for row in await straight.rows(SLUGS, {})] == [other.slug]
    assert sent == [SLUGS.text, SLUGS.text]


async def test_it_cannot_write(database: Database, shop: Shop) -> None:
    locking = Prepared(select(Tenant.slug).with_for_update())
    async with database.straight(shop.tenant_id) as straight:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await straight.rows(locking, {})


async def test_the_tenant_does_not_outlive_the_transaction(narrow: Database, shop: Shop) -> None:
    setting = select(func.current_setting("app.tenant_id", True))
    async with narrow.straight(shop.tenant_id) as straight:
        [(inside,)] = await straight.rows(Prepared(setting), {})
    async with narrow.engine.connect() as connection:
        assert (inside, await connection.scalar(setting)) == (str(shop.tenant_id), "")


async def test_a_connection_is_given_back_after_a_failed_statement_and_after_a_failure_of_the_block(
    narrow: Database, shop: Shop
) -> None:
    pid = await pid_in(narrow, shop)
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with narrow.straight(shop.tenant_id) as straight:
            await straight.rows(Prepared(select(1 / bindparam("by", type_=Integer))), {"by": 0})
    assert await pid_in(narrow, shop) == pid
    with pytest.raises(ZeroDivisionError):
        async with narrow.straight(shop.tenant_id):
            raise ZeroDivisionError
    assert await pid_in(narrow, shop) == pid


async def test_a_session_after_it_finds_a_connection_in_order(narrow: Database, shop: Shop) -> None:
    pid = await pid_in(narrow, shop)
    async with narrow.writing(shop.tenant_id) as session:
        assert await session.scalar(select(func.pg_backend_pid())) == pid
        (await session.get_one(Tenant, shop.tenant_id)).name = "Choinka"
    async with narrow.straight(shop.tenant_id) as straight:
        assert [tuple(row) for row in await straight.rows(Prepared(select(Tenant.name)), {})] == [("Choinka",)]


async def test_what_is_cancelled_in_the_middle_of_a_statement_gives_no_connection_back(
    narrow: Database, shop: Shop
) -> None:
    pid, asking = await pid_in(narrow, shop), asyncio.Event()

    async def sleeping() -> None:
        async with narrow.straight(shop.tenant_id) as straight:
            await straight.rows(SLEEP, {"seconds": 0})
            asking.set()
            await straight.rows(SLEEP, {"seconds": 60})

    task = asyncio.create_task(sleeping())
    await asking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pid_in(narrow, shop) != pid


async def test_what_is_cancelled_between_statements_gives_its_connection_back(narrow: Database, shop: Shop) -> None:
    pid, reached = await pid_in(narrow, shop), asyncio.Event()

    async def waiting() -> None:
        async with narrow.straight(shop.tenant_id) as straight:
            await straight.rows(SLUGS, {})
            reached.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(waiting())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pid_in(narrow, shop) == pid


async def test_what_is_cancelled_while_it_ends_gives_no_connection_back(narrow: Database, shop: Shop) -> None:
    pid, ending = await pid_in(narrow, shop), asyncio.Event()

    async def reading() -> None:
        async with narrow.straight(shop.tenant_id) as straight:
            await straight.rows(SLUGS, {})
            ending.set()

    task = asyncio.create_task(reading())
    await ending.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await pid_in(narrow, shop) != pid


async def test_a_connection_lost_on_the_way_is_an_error_of_the_statement_and_of_nothing_after_it(
    narrow: Database, database: Database, shop: Shop
) -> None:
    async def losing() -> None:
        async with narrow.straight(shop.tenant_id) as straight:
            await kill(database, shop, await pid_of(straight))
            await straight.rows(SLUGS, {})

    with capture_logs() as lines, pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError)) as lost:
        await losing()
    assert [line["event"] for line in lines] == ["rollback_failed"]
    assert not was_not_there(lost.value)
    async with narrow.straight(shop.tenant_id) as straight:
        assert len(await straight.rows(SLUGS, {})) == 1


async def test_a_rollback_that_fails_is_no_error_for_who_has_the_rows(
    narrow: Database, database: Database, shop: Shop
) -> None:
    with capture_logs() as lines:
        async with narrow.straight(shop.tenant_id) as straight:
            rows = await straight.rows(SLUGS, {})
            await kill(database, shop, await pid_of(straight))
    assert ([row["slug"] for row in rows], [line["event"] for line in lines]) == ([shop.slug], ["rollback_failed"])
    async with narrow.straight(shop.tenant_id) as straight:
        assert len(await straight.rows(SLUGS, {})) == 1


async def test_a_connection_that_was_lost_in_the_pool_is_replaced_unnoticed(
    narrow: Database, database: Database, shop: Shop
) -> None:
    pid = await pid_in(narrow, shop)
    await kill(database, shop, pid)
    assert await pid_in(narrow, shop) != pid


async def test_a_connection_that_is_too_old_is_replaced_unnoticed(servers: Servers, shop: Shop) -> None:
    engine = engine_for(servers.app_url, pool_size=1, pool_wait=0.05)
    engine.pool._recycle = 0
    aging = Database(engine)
    pids = {await pid_in(aging, shop) for _ in range(3)}
    async with aging.reading(shop.tenant_id) as session:
        pids.add(int(await session.scalar(select(func.pg_backend_pid())) or 0))
    assert len(pids) == 4
    await aging.close()


async def test_a_connection_that_rested_is_used_as_it_is_and_replaced_if_it_was_lost_meanwhile(
    narrow: Database, database: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.kit.database.IDLE_LONG", 0.0)
    pid = await pid_in(narrow, shop)
    assert await pid_in(narrow, shop) == pid
    await kill(database, shop, pid)
    other = await pid_in(narrow, shop)
    assert other != pid
    async with narrow.reading(shop.tenant_id) as session:
        assert await session.scalar(select(func.pg_backend_pid())) == other


async def test_when_the_pool_has_no_connection_left_that_is_what_it_says(narrow: Database, shop: Shop) -> None:
    async with narrow.straight(shop.tenant_id):
        with pytest.raises(DatabaseBusy):
            async with narrow.straight(shop.tenant_id):
                pass
    assert await pid_in(narrow, shop) > 0


async def test_a_database_that_is_not_there_is_recognised(shop: Shop) -> None:
    nowhere = Database(engine_for(f"postgresql://app:x@127.0.0.1:{free_ports(None)[0]}/sezon", pool_size=1))
    with pytest.raises(OSError) as refused:
        async with nowhere.straight(shop.tenant_id):
            pass
    assert was_not_there(refused.value)
    assert was_not_there(asyncpg.CannotConnectNowError("starting up"))
    assert was_not_there(asyncpg.TooManyConnectionsError("no slot left"))
    await nowhere.close()


async def test_what_the_server_says_to_a_stranger_comes_as_the_driver_says_it(servers: Servers, shop: Shop) -> None:
    wrong = Database(engine_for(servers.app_url.replace("/sezon", "/elsewhere", 1), pool_size=1))
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        async with wrong.straight(shop.tenant_id):
            pass
    await wrong.close()


async def test_a_transaction_that_is_over_gives_no_rows(database: Database, shop: Shop) -> None:
    async with database.straight(shop.tenant_id) as straight:
        await straight.end()
        with pytest.raises(RuntimeError):
            await straight.rows(SLUGS, {})
    with pytest.raises(RuntimeError):
        await database.straight(shop.tenant_id).rows(SLUGS, {})


def test_values_are_numbered_by_their_names_and_constants_stand_beside_them() -> None:
    tenant_id = bindparam("tenant_id", type_=PgUuid(as_uuid=True))
    prepared = Prepared(
        select(Member.id)
        .where(
            Member.tenant_id == tenant_id,
            Member.state == MemberState.ACTIVE,
            Member.id != tenant_id,
            Member.state.in_([MemberState.ACTIVE, MemberState.INVITED]),
        )
        .limit(bindparam("first", type_=Integer))
    )
    assert prepared.text.split("WHERE ")[1].replace("\n", "") == (
        "member.tenant_id = $1::UUID AND member.state = $2 AND member.id != $1::UUID AND member.state IN ($4, $5)"
        "  LIMIT $3::INTEGER"
    )
    tenant = UUID(int=1)
    assert prepared.arguments({"first": 5, "tenant_id": tenant}) == [tenant, "ACTIVE", 5, "ACTIVE", "INVITED"]
    with pytest.raises(KeyError, match="first"):
        prepared.arguments({"tenant_id": tenant})


def test_a_list_of_values_that_come_later_is_refused_beforehand() -> None:
    with pytest.raises(TypeError, match="ids"):
        Prepared(select(Member.id).where(Member.id.in_(bindparam("ids", expanding=True))))


async def test_who_has_waited_longest_is_next_even_before_one_who_asks_as_a_connection_comes_back(
    patient: Database, shop: Shop
) -> None:
    begun: list[str] = []

    async def read(name: str) -> None:
        async with patient.straight(shop.tenant_id):
            begun.append(name)

    first = await patient.straight(shop.tenant_id).begin()
    waiting = [asyncio.create_task(read(name)) for name in ("second", "third")]
    await asyncio.sleep(0)
    await first.end()
    await read("last")
    await asyncio.gather(*waiting)
    assert begun == ["second", "third", "last"]


async def test_who_gives_up_waiting_leaves_the_turn_to_the_next(patient: Database, shop: Shop) -> None:
    first = await patient.straight(shop.tenant_id).begin()
    impatient = asyncio.create_task(patient.straight(shop.tenant_id).begin())
    await asyncio.sleep(0)
    impatient.cancel()
    with pytest.raises(asyncio.CancelledError):
        await impatient
    await first.end()
    for _ in range(2):
        async with patient.straight(shop.tenant_id) as straight:
            assert len(await straight.rows(SLUGS, {})) == 1


async def test_a_transaction_that_cannot_begin_leaves_its_turn(shop: Shop, servers: Servers) -> None:
    nowhere = Database(engine_for("postgresql://app@127.0.0.1:1/sezon", pool_size=1, pool_wait=0.2))
    for _ in range(3):
        with pytest.raises(OSError):
            await nowhere.straight(shop.tenant_id).begin()
    await nowhere.close()


async def test_a_table_that_changes_its_shape_is_read_on_without_an_error(
    patient: Database, shop: Shop, servers: Servers
) -> None:
    name = f"shape_{new_id().hex}"
    everything = Prepared(select(literal_column("*")).select_from(sql_text(name)))
    owner = await asyncpg.connect(servers.owner_url)
    try:
        await owner.execute(f"CREATE TABLE {name} AS SELECT 1 AS number; GRANT SELECT ON {name} TO app")
        async with patient.straight(shop.tenant_id) as straight:
            assert [tuple(row) for row in await straight.rows(everything, {})] == [(1,)]
        await owner.execute(f"ALTER TABLE {name} ALTER number TYPE text")
        async with patient.straight(shop.tenant_id) as straight:
            assert [tuple(row) for row in await straight.rows(everything, {})] == [("1",)]
            assert [row["slug"] for row in await straight.rows(SLUGS, {})] == [shop.slug]
    finally:
        await owner.execute(f"DROP TABLE {name}")
        await owner.close()
