"""Reading without the ORM: a statement compiled once, its rows straight from the driver, in a transaction that cannot
write."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson
import structlog
from sqlalchemy import BindParameter, CompoundSelect, Pool, QueuePool, Select
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.exc import TimeoutError as DatabaseBusy
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util.concurrency import greenlet_spawn

log = structlog.get_logger(__name__)

Record = Any
"""A row as asyncpg gives it: by position, by name, or unpacked."""

MOST_LOST = 100
"""Connections that may turn out lost, one after the other, before the failure is the caller's."""


def json_text(value: Any) -> str:
    """A value as it is sent to a column of JSON."""
    return orjson.dumps(value).decode()


DIALECT = PGDialect_asyncpg(json_serializer=json_text)  # type: ignore[no-untyped-call]
"""What statements are compiled for, and what says how values are sent and read."""


class Prepared:
    """A SELECT as the driver takes it, compiled once for however many runs.

    Values that differ from run to run are its named bindparams; an IN of such
    values is written `= ANY(array)`. Rows are the driver's: no type of SQLAlchemy's makes anything of their values.
    """

    __slots__ = ("_slots", "text")

    def __init__(self, statement: Select[Any] | Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]) -> None:
        compiled = statement.compile(dialect=DIALECT)
        late = {name for name, each in compiled.binds.items() if each.required}
        unfit = {each.key for each in compiled.post_compile_params | compiled.literal_execute_params if each.required}
        if unfit:
            raise TypeError(f"{', '.join(sorted(unfit))}: what becomes part of the text has to be known beforehand.")
        state = compiled.construct_expanded_state(dict.fromkeys(late))
        processors = {name: _processor(each) for name, each in compiled.binds.items()} | dict(state.processors)
        self.text: str = state.statement
        self._slots = [
            _Slot(name, name in late, state.parameters[name], processors.get(name)) for name in state.positiontup or ()
        ]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """What `$1`, `$2`, ... stand for, by the names of the bindparams. Raises KeyError for one that is missing."""
        return [slot.fixed if slot.is_fixed else slot.of(values) for slot in self._slots]


class _Slot:
    """One `$n`: whose value it takes, or what it always is."""

    __slots__ = ("fixed", "is_fixed", "name", "process")

    def __init__(self, name: str, late: bool, value: Any, process: Callable[[Any], Any] | None) -> None:
        self.name, self.process, self.is_fixed = name, process, not late
        self.fixed = process(value) if process is not None and self.is_fixed else value

    def of(self, values: Mapping[str, Any]) -> Any:
        value = values[self.name]
        return value if self.process is None else self.process(value)


def _processor(bound: BindParameter[Any]) -> Callable[[Any], Any] | None:
    return bound.type.dialect_impl(DIALECT).bind_processor(DIALECT)


class Turns:
    """Connections for those who read straight, to whoever has waited longest.

    The pool gives one that has come back to whoever asks at that moment, and lets others wait in greenlets, which cost
    as much as a statement: with 64 callers on ten connections the unlucky ones waited ten times as long as most.
    """

    def __init__(self, pool: Pool) -> None:
        self._free = asyncio.Semaphore(pool.size()) if isinstance(pool, QueuePool) else None
        self._patience = pool.timeout() if isinstance(pool, QueuePool) else 0.0

    async def take(self) -> None:
        """Wait for a turn, which `give` ends. Raises the pool's own TimeoutError after as long as the pool waits."""
        if self._free is None:
            return
        if not self._free.locked():
            await self._free.acquire()
            return
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseBusy(f"No connection was free within {self._patience:g} seconds.") from None

    def give(self) -> None:
        """The turn is over."""
        if self._free is not None:
            self._free.release()


class Straight:
    """A transaction of one tenant on the driver's own connection: it can only read, and always ends with ROLLBACK.

    ```python
    async with database.straight(tenant_id) as straight:
        rows = await straight.rows(OPEN_TICKETS, {"tenant_id": tenant_id})
    ```
    One statement runs in it at a time. What it raises is the driver's own error, or that the pool has no connection.
    """

    __slots__ = ("_borrowed", "_connection", "_engine", "_turns", "_uncertain", "tenant_id")

    def __init__(self, engine: AsyncEngine, turns: Turns, tenant_id: UUID) -> None:
        self.tenant_id = tenant_id
        self._engine, self._turns = engine, turns
        self._borrowed: PoolProxiedConnection | None = None
        self._connection: Any = None
        self._uncertain = False

    async def rows(self, prepared: Prepared, values: Mapping[str, Any]) -> list[Record]:
        """The rows of a statement with these values."""
        if self._connection is None:
            raise RuntimeError("This transaction has not begun, or is over.")
        arguments = prepared.arguments(values)
        try:
            try:
                found: list[Record] = await self._connection.fetch(prepared.text, *arguments)
            except asyncpg.InvalidCachedStatementError:
                # A table has changed since it was prepared. Nothing was written, so it can be begun anew.
                await self._connection.execute(f"ROLLBACK; {self._beginning}")
                found = await self._connection.fetch(prepared.text, *arguments)
        except BaseException as error:
            # After a refusal ROLLBACK tells whether the connection still works; a cancelled statement may still run.
            self._uncertain = not isinstance(error, Exception)
            raise
        return found

    @property
    def _beginning(self) -> str:
        # A UUID's text is hexadecimal and dashes, and SET takes no parameter.
        return f"BEGIN READ ONLY; SET LOCAL app.tenant_id = '{self.tenant_id}'"

    async def __aenter__(self) -> Self:
        return await self.begin()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.end()

    async def begin(self) -> Self:
        """Begin the transaction; whoever calls this rather than enters it calls `end` as well."""
        await self._turns.take()
        try:
            await self._begin()
        except BaseException:
            self._turns.give()
            raise
        return self

    async def _begin(self) -> None:
        for given_up in range(MOST_LOST):
            borrowed = await _borrow(self._engine)
            connection: Any = borrowed.driver_connection
            try:
                await connection.execute(self._beginning)
            except BaseException as error:
                await _throw_away(borrowed, error)
                if not isinstance(error, _LOST) or given_up == MOST_LOST - 1:
                    raise
                # It was lost while it lay in the pool, and nothing was asked yet.
            else:
                self._borrowed, self._connection, self._uncertain = borrowed, connection, False
                return

    async def end(self) -> None:
        """End the transaction, unless it has ended: its connection goes back clean, or not at all.

        It raises nothing but a cancellation.
        """
        borrowed, connection = self._borrowed, self._connection
        self._borrowed = self._connection = None
        if borrowed is None:
            return
        try:
            await self._give_back(borrowed, connection)
        finally:
            self._turns.give()

    async def _give_back(self, borrowed: PoolProxiedConnection, connection: Any) -> None:
        if self._uncertain:
            await _throw_away(borrowed, None)
            return
        try:
            await connection.execute("ROLLBACK")
        except BaseException as error:
            await _throw_away(borrowed, error)
            if not isinstance(error, Exception):
                raise
            log.warning("rollback_failed", error=repr(error))
        else:
            borrowed.close()


_LOST = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.IdleSessionTimeoutError,
)


async def _borrow(engine: AsyncEngine) -> PoolProxiedConnection:
    if isinstance(engine.pool, QueuePool) and engine.pool.checkedin():
        # One that lies ready takes no waiting, so it takes no greenlet, which costs as much as a statement.
        with suppress(MissingGreenlet):  # it is too old, and has to be made anew
            return engine.sync_engine.raw_connection()
    try:
        return await engine.raw_connection()
    except engine.dialect.loaded_dbapi.Error as error:
        raise error.__cause__ or error from None  # SQLAlchemy's wrapping of what the driver said


_thrown_away: set[asyncio.Task[None]] = set()
"""What is on its way; the loop itself remembers tasks only weakly."""


async def _throw_away(borrowed: PoolProxiedConnection, error: BaseException | None) -> None:
    """Close a connection whose state nobody knows, to the end, even when whoever waits for it is cancelled."""
    task = asyncio.create_task(greenlet_spawn(borrowed.invalidate, error))
    _thrown_away.add(task)
    task.add_done_callback(_thrown_away.discard)
    await asyncio.shield(task)
