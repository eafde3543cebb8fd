"""The books are kept by a job, and what has no price is said loudly."""

from collections.abc import MutableMapping
from typing import Any

from sqlalchemy import select
from structlog.testing import capture_logs

from domain.billing.jobs import KeepBooks
from domain.billing.models import Invoice
from tests.conftest import NOW
from tests.domain.billing.books import Books
from tests.workers.probe import Bench
from workers.runtime import Outcome


async def test_the_pass_issues_what_can_be_and_says_what_cannot(bench_with_mail: Bench) -> None:
    books = Books(bench_with_mail.database, bench_with_mail.tenant_id)
    await books.buy(NOW, None)
    bench_with_mail.clock.move(days=30)
    said = await _pass(bench_with_mail)
    assert [(log["event"], log["log_level"], log["kind"], log["at"]) for log in said] == [
        ("price_missing", "error", "LIGHT", NOW.isoformat())
    ]
    assert await books.rows(Invoice) == []
    await books.price(2900)
    assert await _pass(bench_with_mail) == []
    async with bench_with_mail.database.reading(bench_with_mail.tenant_id) as session:
        assert (await session.scalars(select(Invoice.total))).all() == [2763]  # 2900 x 686 / 720 hours


async def _pass(bench: Bench) -> list[MutableMapping[str, Any]]:
    """Do the job, and return what it says of prices."""
    await bench.enqueue(KeepBooks())
    (message,) = await bench.dispatch()
    with capture_logs() as logs:
        assert await bench.perform(message) is Outcome.DONE
    return [log for log in logs if log["event"] == "price_missing"]
