"""A statement that runs while the next one is prepared is over when the block is, whatever happens."""

import asyncio

import pytest

from domain.kit.bulk import meanwhile


class Statement:
    """Begins, waits until it may end, and then ends or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.seen: list[str] = []

    async def run(self) -> None:
        self.seen.append("begun")
        self.begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.seen.append("cancelled")
            raise
        self.seen.append("ended")
        if self.error is not None:
            raise self.error


async def beside_a_fault(statement: Statement) -> None:
    async with meanwhile(statement.run()):
        statement.may_end.set()
        raise KeyError("of the block")


async def test_it_has_begun_before_the_block_and_ended_after_it() -> None:
    statement = Statement()
    async with meanwhile(statement.run()):
        assert statement.seen == ["begun"]
        statement.may_end.set()
    assert statement.seen == ["begun", "ended"]


async def test_the_statements_error_comes_before_the_blocks() -> None:
    statement = Statement(ValueError("of the statement"))
    with pytest.raises(ValueError, match="of the statement") as told:
        await beside_a_fault(statement)
    assert isinstance(told.value.__context__, KeyError)
    whole = Statement()
    with pytest.raises(KeyError, match="of the block"):
        await beside_a_fault(whole)
    assert whole.seen == ["begun", "ended"]


async def test_whoever_is_cancelled_cancels_the_statement() -> None:
    statement = Statement()

    async def caller() -> None:
        async with meanwhile(statement.run()):
            pass

    waiting = asyncio.create_task(caller())
    await statement.begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert statement.seen == ["begun", "cancelled"]
