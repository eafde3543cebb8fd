"""Statistics of a day read that day, by its indexes, and not the shop's whole history."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import event, text

from domain.kit.database import Database
from domain.planning.deeds import StatisticsBy
from domain.planning.statistics import statistics
from infra.bench.data import Size
from tests.infra.bench.test_plans import Node, touched, walk

END = datetime(2025, 11, 20, 18, tzinfo=UTC)
START = END - timedelta(days=1)


@pytest.fixture(scope="module", params=["force_custom_plan", "force_generic_plan"])
async def plan(request: pytest.FixtureRequest, database: Database, bench_data: Size) -> list[Node]:
    """How PostgreSQL counts the last day, by kind of seat."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.startswith("WITH"):
            asked.append((statement, parameters))

    async with database.reading(bench_data.shares()[0].tenant_id) as session:
        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        try:
            found = await statistics(session, start=START, end=END, group_by=StatisticsBy.SEAT_KIND, now=END)
        finally:
            event.remove(database.engine.sync_engine, "before_cursor_execute", note)
        assert found.total.owned > 100
        await session.execute(text(f"SET LOCAL plan_cache_mode = {request.param}"))
        [(statement, parameters)] = asked
        connection = await session.connection()
        said = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
        shown = said.scalar_one()
    return list(walk((orjson.loads(shown) if isinstance(shown, str) else shown)[0]["Plan"]))


async def test_moves_and_replies_are_found_by_when_they_were_made(plan: list[Node]) -> None:
    moves = touched(plan, "ticket_transition")
    assert {index for _, index, _ in moves} == {
        "ix_ticket_transition_at",
        "uq_ticket_transition_tenant_id_ticket_id_position",
    }
    assert sum(rows for _, _, rows in moves) < 3_000, "of 38,000"
    assert "ix_entry_outbound" in {index for _, index, _ in touched(plan, "entry")}
    assert sum(rows for _, _, rows in touched(plan, "entry")) < 3_000, "of 30,000"


async def test_the_tickets_that_were_there_are_found_by_their_last_move(plan: list[Node]) -> None:
    assert {"ix_ticket_state_since", "ix_ticket_owned"} <= {index for _, index, _ in touched(plan, "ticket")}
