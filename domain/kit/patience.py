"""How long the database may look for an answer that nobody needs enough to wait any longer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from domain.kit.database import TenantSession

_ENDED = "57014"


class OutOfPatience(Exception):
    """A statement took longer than it might, and was ended."""


@asynccontextmanager
async def patience(session: TenantSession, *, milliseconds: int) -> AsyncIterator[None]:
    """Give each statement of the block so much time; whatever the block writes is undone at its end.

    Raises OutOfPatience. The session can be used afterwards, with the time that everything has.
    """
    try:
        async with session.begin_nested() as inside:
            await session.execute(text(f"SET LOCAL statement_timeout = {milliseconds:d}"))
            yield
            await inside.rollback()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _ENDED:
            raise
        raise OutOfPatience from None
