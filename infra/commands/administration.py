"""What commands that change a shop share: a database, the time, and one sentence for whatever is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

import domain.metadata  # noqa: F401  (whatever a command writes may refer to tables of which it knows nothing)
from domain.billing.jobs import KeepBooks
from domain.kit.clock import clock_from
from domain.kit.database import Database, engine_for
from domain.kit.errors import DomainError, Language
from domain.kit.outbox import Job
from domain.kit.settings import Settings
from domain.seats.jobs import ExpireSeats, ProvisionSeats, RemindSeats
from domain.tickets.jobs import SWEPT_EVERY, Prune, RouteSweep
from infra.commands.configuration import configured
from infra.embedded.errors import CannotRun

T = TypeVar("T")

SCHEDULE: tuple[tuple[type[Job], timedelta], ...] = (
    (ProvisionSeats, timedelta(seconds=30)),
    (ExpireSeats, timedelta(seconds=30)),
    (RouteSweep, SWEPT_EVERY),
    (RemindSeats, timedelta(minutes=5)),
    (Prune, timedelta(hours=1)),
    (KeepBooks, timedelta(hours=1)),
)
"""What every shop has done for it at intervals. Seats and tickets also ask for their jobs when they change."""


def administer(work: Callable[[Database, Settings, datetime], Awaitable[T]]) -> T:
    """Do something with the database of the settings. Raises CannotRun with a sentence for whatever is refused."""
    told = configured()
    try:
        return asyncio.run(_with_database(work, told))
    except DomainError as refused:
        raise CannotRun(refused.message(Language.EN)) from None
    except (SQLAlchemyError, OSError) as error:
        said = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise CannotRun(f"The database did not do it: {said}") from None


async def _with_database(work: Callable[[Database, Settings, datetime], Awaitable[T]], told: Settings) -> T:
    database = Database(engine_for(told.database_url, pool_size=2, name="sezon-command"))
    try:
        return await work(database, told, clock_from(told.clock_file).now())
    finally:
        await database.close()
