"""Doors to PostgreSQL. Tenant data has one: a session that sets its tenant on every transaction it begins."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import structlog
from pydantic import PostgresDsn
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import DBAPIError, DisconnectionError, MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.util.concurrency import in_greenlet

from domain.kit.straight import Straight, Turns, json_text

log = structlog.get_logger(__name__)


class TenantMissing(RuntimeError):
    """A tenant session was opened without a tenant: a fault of the code, never of a caller."""


class _TenantSyncSession(Session):
    pass


class TenantSession(AsyncSession):
    """A unit of work inside one tenant; operations take it to write, queries to read.

    Each transaction it begins carries the tenant of `session.info`; without one, beginning raises `TenantMissing`.
    Nothing in the domain commits it.
    """

    sync_session_class = _TenantSyncSession

    @property
    def tenant_id(self) -> UUID:
        tenant_id = self.info.get("tenant_id")
        if not isinstance(tenant_id, UUID):
            raise TenantMissing("A tenant session needs info['tenant_id'] as a UUID.")
        return tenant_id

    @property
    def trace_id(self) -> str:
        return str(self.info.get("trace_id") or "")


@event.listens_for(_TenantSyncSession, "after_begin")
def _set_tenant(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    if transaction.nested:
        return
    tenant_id = session.info.get("tenant_id")
    if not isinstance(tenant_id, UUID):
        raise TenantMissing("A tenant session needs info['tenant_id'] as a UUID.")
    # SET takes no parameter; a UUID's text is hexadecimal and dashes. set_config() would not reach Citus workers.
    connection.exec_driver_sql(f"SET LOCAL app.tenant_id = '{tenant_id}'")


PATIENCE = {
    "lock_timeout": "15s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
}
"""How long PostgreSQL lets one of our transactions wait, work and dawdle before it ends it: a stopped process must not
keep its locks. A mail on its way may hold a seat for ten seconds."""

LONGEST_PREPARED = 64 * 1024
"""Characters of a statement that a connection keeps prepared; that of a large selection is longer than the driver's
own bound."""

IDLE_LONG = 1.0
"""Seconds after which a pooled connection is looked at before it is used."""


def engine_for(
    url: PostgresDsn | str, *, pool_size: int = 10, pool_wait: float = 5.0, name: str = "sezon"
) -> AsyncEngine:
    """An engine on a plain `postgresql://` address, `sslmode` included if asked for.

    PostgreSQL compiles nothing for it: our statements take a millisecond, and look dearer than they are.

    A connection that has rested is checked before it is used; waiting for a free one takes `pool_wait` seconds at
    most.
    """
    engine = create_async_engine(
        str(url).replace("postgresql://", "postgresql+asyncpg://", 1).replace("sslmode=", "ssl="),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_wait,
        pool_recycle=1800,
        pool_use_lifo=True,  # the connection that was used last has the statements prepared
        json_serializer=json_text,
        json_deserializer=orjson.loads,
        connect_args={
            "server_settings": {"application_name": name, "jit": "off", **PATIENCE},
            "timeout": 10,
            "max_cacheable_statement_size": LONGEST_PREPARED,
        },
    )
    _check_the_rested(engine)
    _connect_where_one_can_wait(engine)
    return engine


def _check_the_rested(engine: AsyncEngine) -> None:
    """Ping what has been idle; a ping at every checkout would cost three round trips each."""

    @event.listens_for(engine.sync_engine, "checkin")
    def rests(_connection: Any, record: Any) -> None:
        record.info["rested_at"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def wakes(connection: Any, record: Any, _proxy: Any) -> None:
        rested_at = record.info.get("rested_at")
        if rested_at is None or time.monotonic() - rested_at < IDLE_LONG:
            return
        if not in_greenlet():
            return  # nobody can wait here for a ping; a Straight replaces what was lost when it begins
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            raise DisconnectionError from error


def _connect_where_one_can_wait(engine: AsyncEngine) -> None:
    """Refuse to begin what could not be waited for: a Straight first asks outside a greenlet, which costs far less."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def connects(_dialect: Any, _record: Any, _args: Any, _parameters: Any) -> None:
        if not in_greenlet():
            raise MissingGreenlet("A connection is made inside a greenlet.")


NOT_THERE = frozenset({"57P03", "53300"})
"""What a server says that is starting, stopping or has no connection left."""


def was_not_there(error: Exception) -> bool:
    """Whether the database took no connection at all: then nothing happened, and the same may work in a moment."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(error, ConnectionError) or getattr(said, "sqlstate", None) in NOT_THERE


class Database:
    """The tenants' data, as the role `app`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._turns = Turns(engine.pool)

    @asynccontextmanager
    async def writing(self, tenant_id: UUID, *, trace_id: str = "") -> AsyncIterator[TenantSession]:
        """One transaction inside a tenant: committed at the end of the block, rolled back by any exception."""
        info = {"tenant_id": tenant_id, "trace_id": trace_id}
        async with TenantSession(self.engine, expire_on_commit=False, info=info) as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self, tenant_id: UUID) -> AsyncIterator[TenantSession]:
        """One transaction inside a tenant that is rolled back at the end of the block, whatever happened in it."""
        info = {"tenant_id": tenant_id, "trace_id": ""}
        async with TenantSession(self.engine, expire_on_commit=False, info=info) as session:
            yield session

    def straight(self, tenant_id: UUID) -> Straight:
        """One transaction inside a tenant that can only read, on the driver's own connection; enter it to begin it."""
        return Straight(self.engine, self._turns, tenant_id)

    async def close(self) -> None:
        await self.engine.dispose()


@dataclass
class AppCouldBypass(RuntimeError):
    """The application's role could read past a tenant's policy, so nothing may start."""

    problems: list[str]

    def __str__(self) -> str:
        return (
            "Refusing to start: the database role of the application could bypass the tenants' policies: "
            + "; ".join(self.problems)
        )


_BYPASSES = text(
    """
    WITH me AS (SELECT oid, rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user),
    reachable AS (SELECT r.* FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER')),
    mine AS (
        SELECT c.oid, c.relname, c.relowner, c.relrowsecurity, c.relforcerowsecurity,
               EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id') AS of_tenant
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    )
    SELECT 'it is a superuser' AS problem FROM me WHERE rolsuper
    UNION ALL SELECT 'it has BYPASSRLS' FROM me WHERE rolbypassrls
    UNION ALL SELECT 'it is a member of ' || rolname FROM reachable
              WHERE rolname <> current_user AND (rolsuper OR rolbypassrls)
    UNION ALL SELECT 'it owns or may become the owner of table ' || relname FROM mine
              WHERE relowner IN (SELECT oid FROM reachable)
    UNION ALL SELECT 'table ' || relname || ' has no forced policy' FROM mine
              WHERE (of_tenant OR relname = 'tenant') AND NOT (relrowsecurity AND relforcerowsecurity)
    """
)


START_PATIENCE = 30.0
"""Seconds that a starting process waits for a database that is not there yet, as after a crash of both."""


async def refuse_if_app_can_bypass(engine: AsyncEngine, *, patience: float = 0.0) -> None:
    """Return when the connected role cannot see past a tenant's policy; wait for the database so many seconds.

    Raises AppCouldBypass, naming every reason, and what the driver says when the wait was in vain.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            async with engine.connect() as connection:
                problems = [row.problem for row in await connection.execute(_BYPASSES)]
        except (OSError, asyncpg.PostgresError, DBAPIError) as error:
            if time.monotonic() >= deadline:
                raise
            log.warning("database_not_ready", error=repr(error))
            await asyncio.sleep(0.5)
        else:
            break
    if problems:
        raise AppCouldBypass(problems)
