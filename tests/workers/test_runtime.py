import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

import pytest
import structlog

from domain.kit.database import TenantSession
from domain.kit.outbox import MAX_ATTEMPTS, Job, revive
from domain.tenants import numbers
from tests.conftest import NOW
from tests.workers.probe import Bench, Count, count, fail
from workers import runtime
from workers.failures import Hopeless
from workers.runtime import Outcome


async def test_a_job_is_done_with_its_tenant_trace_and_payload_and_leaves_only_an_inbox_row(bench: Bench) -> None:
    seen: list[tuple[UUID, str, datetime, datetime]] = []

    async def look(session: TenantSession, job: Count, now: datetime) -> None:
        seen.append((session.tenant_id, session.trace_id, job.at, now))

    bench.handle(look)
    at = NOW + timedelta(days=1)
    await bench.enqueue(Count(at), trace_id="trace-7")
    (delivery,) = await bench.dispatch()
    assert await bench.perform(delivery) is Outcome.DONE
    assert seen == [(bench.tenant_id, "trace-7", at, NOW)]
    assert await bench.waiting() == []
    assert await bench.done() == 1


async def test_a_message_delivered_again_does_nothing(bench: Bench) -> None:
    await bench.enqueue(Count())
    (delivery,) = await bench.dispatch()
    outcomes = [await bench.perform(delivery) for _ in range(3)]
    assert outcomes == [Outcome.DONE, Outcome.NOTHING_TO_DO, Outcome.NOTHING_TO_DO]
    assert await bench.counted() == 1


async def test_a_message_delivered_to_ten_workers_at_once_acts_once(bench: Bench) -> None:
    await bench.enqueue(Count())
    (delivery,) = await bench.dispatch()
    outcomes = await asyncio.gather(*(bench.perform(delivery) for _ in range(10)))
    assert sorted(outcomes) == [Outcome.DONE] + [Outcome.NOTHING_TO_DO] * 9
    assert await bench.counted() == 1


async def test_a_second_delivery_takes_over_when_the_first_dies_before_its_commit(bench: Bench) -> None:
    begun = asyncio.Event()

    async def hang(session: TenantSession, job: Count, now: datetime) -> None:
        await numbers.take(session, name="probe")
        begun.set()
        await asyncio.Event().wait()

    bench.handle(hang)
    await bench.enqueue(Count())
    (delivery,) = await bench.dispatch()
    first = asyncio.create_task(bench.perform(delivery))
    await begun.wait()
    bench.handle(count)
    second = asyncio.create_task(bench.perform(delivery))
    first.cancel()
    assert await second is Outcome.DONE
    assert await bench.counted() == 1


async def test_a_crash_after_the_commit_and_before_the_acknowledgement_changes_nothing(bench: Bench) -> None:
    await bench.enqueue(Count())
    (delivery,) = await bench.dispatch()
    await bench.perform(delivery)  # the worker dies here; the broker, which saw no acknowledgement, delivers again
    bench.clock.move(minutes=1)
    assert await bench.dispatch() == []
    assert await bench.perform(delivery) is Outcome.NOTHING_TO_DO
    assert await bench.counted() == 1


async def test_a_failed_job_leaves_no_effect_and_rests_before_the_next_attempt(bench: Bench) -> None:
    bench.handle(fail)
    await bench.enqueue(Count())
    (delivery,) = await bench.dispatch()
    assert await bench.perform(delivery) is Outcome.PUT_BACK
    assert await bench.counted() == 0
    (row,) = await bench.waiting()
    assert (row.attempts, row.due_at, row.dispatched_at, row.dead_at) == (1, NOW + timedelta(seconds=1), None, None)
    assert row.last_error == "RuntimeError: the work went wrong"
    assert await bench.dispatch() == []

    bench.clock.move(seconds=1)
    bench.handle(count)
    (again,) = await bench.dispatch()
    assert again.id == delivery.id
    assert await bench.perform(again) is Outcome.DONE
    assert await bench.counted() == 1


async def test_a_late_copy_of_a_message_does_not_shorten_the_rest_of_its_failed_job(bench: Bench) -> None:
    bench.handle(fail)
    await bench.enqueue(Count())
    (delivery,) = await bench.dispatch()
    await bench.perform(delivery)
    assert await bench.perform(delivery) is Outcome.NOTHING_TO_DO
    (row,) = await bench.waiting()
    assert row.attempts == 1


async def test_eight_failures_make_a_dead_letter_which_can_be_revived(bench: Bench) -> None:
    bench.handle(fail)
    await bench.enqueue(Count())
    rests = []
    for _ in range(MAX_ATTEMPTS):
        (delivery,) = await bench.dispatch()
        outcome = await bench.perform(delivery)
        (row,) = await bench.waiting()
        rests.append((row.due_at - bench.clock.now()).total_seconds())
        bench.clock.move(minutes=10)
    assert outcome is Outcome.DEAD
    assert rests[:-1] == [1, 2, 4, 8, 16, 32, 64]
    assert (row.attempts, row.dead_at) == (8, NOW + timedelta(minutes=70))
    assert await bench.dispatch() == []
    assert await bench.perform(delivery) is Outcome.NOTHING_TO_DO

    bench.handle(count)
    async with bench.database.writing(bench.tenant_id) as session:
        assert await revive(session, message_id=row.id, now=bench.clock.now())
    (delivery,) = await bench.dispatch()
    assert await bench.perform(delivery) is Outcome.DONE
    assert await bench.counted() == 1


@dataclass(frozen=True)
class Misspelt(Job):
    """A job of the actor `count` as another version might have written it."""

    actor: ClassVar[str] = "count"
    when: str = "soon"


async def test_a_payload_that_does_not_parse_is_a_dead_letter_at_once(bench: Bench) -> None:
    await bench.enqueue(Misspelt())
    (delivery,) = await bench.dispatch()
    assert await bench.perform(delivery) is Outcome.DEAD
    (row,) = await bench.waiting()
    assert (row.attempts, row.dead_at) == (1, NOW)
    assert row.last_error == "Unreadable: The payload of count cannot be read: KeyError('at')"


async def test_a_hopeless_failure_is_a_dead_letter_at_once(bench: Bench) -> None:
    async def refuse(session: TenantSession, job: Count, now: datetime) -> None:
        raise Hopeless("never")

    bench.handle(refuse)
    await bench.enqueue(Count())
    (delivery,) = await bench.dispatch()
    assert await bench.perform(delivery) is Outcome.DEAD


async def test_a_job_that_no_worker_knows_is_tried_again_and_becomes_a_dead_letter(bench: Bench) -> None:
    bench.tasks.clear()
    await bench.enqueue(Count())
    outcomes = []
    for _ in range(MAX_ATTEMPTS):
        (delivery,) = await bench.dispatch()
        outcomes.append(await bench.perform(delivery))
        bench.clock.move(minutes=10)
    assert outcomes == [Outcome.PUT_BACK] * 7 + [Outcome.DEAD]


async def test_what_is_to_happen_at_a_jobs_death_happens_with_it(bench: Bench) -> None:
    async def mourn(session: TenantSession, job: Count, error: Exception, now: datetime) -> None:
        await numbers.take(session, name="probe")

    bench.handle(fail, attempts=2, when_dead=mourn)
    await bench.enqueue(Count())
    for expected in (0, 1):
        (delivery,) = await bench.dispatch()
        await bench.perform(delivery)
        assert await bench.counted() == expected
        bench.clock.move(minutes=1)


async def test_a_job_that_hangs_is_given_up_and_put_back(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hang(session: TenantSession, job: Count, now: datetime) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(runtime, "DEADLINE", 0.2)
    bench.handle(hang)
    await bench.enqueue(Count())
    (delivery,) = await bench.dispatch()
    assert await bench.perform(delivery) is Outcome.PUT_BACK
    (row,) = await bench.waiting()
    assert row.last_error == "TimeoutError: "


async def test_every_line_that_a_job_logs_names_tenant_job_and_trace(bench: Bench) -> None:
    async def tell(session: TenantSession, job: Count, now: datetime) -> None:
        structlog.get_logger().info("inside")

    bench.handle(tell)
    await bench.enqueue(Count(), trace_id="trace-9")
    (delivery,) = await bench.dispatch()
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        await bench.perform(delivery)
    named = [(line["event"], line["tenant"], line["job"], line["trace_id"]) for line in lines]
    assert named == [(event, str(bench.tenant_id), "count", "trace-9") for event in ("inside", "job")]
    assert structlog.contextvars.get_contextvars() == {}
