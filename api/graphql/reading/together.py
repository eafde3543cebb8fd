"""One short transaction for all that a level of a document reads: beginning and ending one costs as much as reading."""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Select

from api.context import RequestContext

AT_ONCE = 4
"""Database connections that one request may hold at a time."""

Rows = Sequence[Row[Any]]


@dataclass(frozen=True, eq=False)
class Asked:
    """A statement that waits for its turn."""

    statement: Select[Any]
    parameters: dict[str, Any]
    rows: "asyncio.Future[Rows]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Together:
    """Runs the statements that are asked for in the same turn of the event loop one after another in a transaction.

    Nothing else shares it, and it awaits nothing else.
    """

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._connections = asyncio.Semaphore(AT_ONCE)
        self._asked: deque[Asked] = deque()

    async def read(self, statement: Select[Any], parameters: dict[str, Any]) -> Rows:
        """The statement's rows."""
        mine = Asked(statement, parameters)
        self._asked.append(mine)
        if self._asked[0] is mine:
            await asyncio.sleep(0)  # the batches of a level are dispatched in one turn
            asked, self._asked = self._asked, deque()
            await self._answer(asked)
        return await mine.rows

    async def _answer(self, asked: deque[Asked]) -> None:
        """Give each its rows or its failure; whoever comes after a statement that failed gets another transaction."""
        while asked:
            failing = len(asked)
            try:
                async with self._connections, self._context.reading() as session:
                    await session.connection()
                    failing = 1
                    while asked:
                        rows = (await session.execute(asked[0].statement, asked[0].parameters)).all()
                        asked.popleft().rows.set_result(rows)
            except Exception as error:
                for _ in range(min(failing, len(asked))):
                    asked.popleft().rows.set_exception(error)
