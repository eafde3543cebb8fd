"""The data of the benchmarks is the same at every run, and breaks no rule."""

from typing import Any

import pytest
from sqlalchemy import text

from domain.kit.database import Database
from domain.tenants.numbers import take
from infra.bench.data import Size
from tests.domain.invariants import broken

STATES = [("ASSIGNED", 186), ("CLOSED", 8_909), ("QUEUED", 194), ("RESOLVED", 608), ("WAITING", 103)]
DIGESTS = [("7d72b451133c59ae5c973139604dc61a", "dbf46cc7ce146afca4d36f5260d57c97")]


async def rows(database: Database, share: int, size: Size, sql: str) -> list[tuple[Any, ...]]:
    async with database.reading(size.shares()[share].tenant_id) as session:
        return [tuple(row) for row in await session.execute(text(sql))]


async def test_the_first_shop_has_half_and_nothing_is_lost_to_rounding() -> None:
    shares = Size(tenants=4, orders=101, tickets=1_001).shares()
    assert [(share.orders, share.tickets) for share in shares] == [(53, 503), (16, 166), (16, 166), (16, 166)]
    assert len({share.tenant_id for share in shares}) == 4
    assert Size(tenants=1, orders=7, tickets=9).shares()[0].tickets == 9


async def test_each_shop_gets_its_share_of_every_kind(database: Database, bench_data: Size) -> None:
    for share in (0, 1):
        assert await rows(
            database,
            share,
            bench_data,
            """SELECT (SELECT count(*) FROM ticket), (SELECT count(*) FROM "order"), (SELECT count(*) FROM customer),
                      (SELECT count(*) FROM agent), (SELECT count(*) FROM payment) > 2000,
                      (SELECT min(n) FROM (SELECT count(*) AS n FROM entry GROUP BY ticket_id) e),
                      (SELECT max(n) FROM (SELECT count(*) AS n FROM entry GROUP BY ticket_id) e)""",
        ) == [(10_000, 2_000, 1_200, 65, True, 2, 4)]


async def test_of_sixty_helpers_twelve_sat_in_turn_on_each_seat_of_four_seasons(
    database: Database, bench_data: Size
) -> None:
    found = await rows(
        database,
        1,
        bench_data,
        """SELECT s.name, s.full_count, s.light_count, count(DISTINCT l.id), count(a.id), count(DISTINCT a.agent_id),
                  count(*) FILTER (WHERE a.period @> timestamptz '2026-11-01 12:00:00+00')
           FROM season s JOIN seat_licence l ON l.season_id = s.id AND l.period = s.period
           JOIN seat_assignment a ON a.licence_id = l.id
           GROUP BY s.id, s.name, s.full_count, s.light_count ORDER BY s.id""",
    )
    assert found == [
        ("Święta 2024", 8, 12, 20, 240, 20, 0),
        ("Stała pomoc 2025", 16, 24, 40, 480, 40, 40),
        ("Wiosna 2025", 8, 12, 20, 240, 20, 0),
        ("Jesień 2025", 8, 12, 20, 240, 20, 0),
    ]


async def test_one_order_of_twenty_has_many_tickets(database: Database, bench_data: Size) -> None:
    [(busy, orders)] = await rows(
        database,
        0,
        bench_data,
        """SELECT count(*) FILTER (WHERE tickets >= 10), count(*)
           FROM (SELECT count(*) AS tickets FROM ticket WHERE order_id IS NOT NULL GROUP BY order_id) o""",
    )
    assert (busy, orders) == (100, 1_925)


async def test_about_one_ticket_of_twenty_is_open_and_most_of_the_newest_are(
    database: Database, bench_data: Size
) -> None:
    found = await rows(database, 0, bench_data, "SELECT state, count(*) FROM ticket GROUP BY state ORDER BY state")
    assert found == STATES
    assert 0.04 < sum(count for state, count in STATES if state in ("QUEUED", "ASSIGNED", "WAITING")) / 10_000 < 0.06


async def test_the_same_rows_come_out_every_time(database: Database, bench_data: Size) -> None:
    digests = """
        SELECT (SELECT md5(string_agg(concat_ws(' ', id, number, subject, state, arrived_at AT TIME ZONE 'UTC'), ';'
                                      ORDER BY number)) FROM ticket),
               (SELECT md5(string_agg(concat_ws(' ', number, total_amount, paid_amount, status), ';' ORDER BY id))
                FROM "order")
    """
    assert await rows(database, 1, bench_data, digests) == DIGESTS


async def test_every_invariant_holds(database: Database, bench_data: Size) -> None:
    assert [await broken(database, share.tenant_id) for share in bench_data.shares()] == [{}, {}]


async def test_the_next_ticket_gets_the_next_number(database: Database, bench_data: Size) -> None:
    async with database.writing(bench_data.shares()[0].tenant_id) as session:
        assert await take(session, name="ticket") == 10_001
        await session.rollback()


@pytest.mark.parametrize("other", [Size(2, 4_000, 20_001), Size(3, 4_000, 20_000)])
def test_other_data_has_another_mark(other: Size) -> None:
    assert other.mark() != Size(2, 4_000, 20_000).mark() == Size(2, 4_000, 20_000).mark()
