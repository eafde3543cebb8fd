import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select

from domain.kit.database import Database
from domain.kit.outbox import Job, ScheduleRow, plan
from tests.conftest import NOW, FoundShop
from tests.workers.probe import Bench, Count, SettableClock
from workers import scheduling
from workers.bell import Call
from workers.connections import Pool
from workers.runtime import Outcome, Task
from workers.scheduling import Scheduler


@dataclass(frozen=True)
class Tick(Job):
    actor: ClassVar[str] = "tick"


@pytest.fixture
def scheduler(platform: Pool, clock: SettableClock) -> Scheduler:
    return Scheduler(platform, clock)


@pytest.fixture
async def hourly(bench: Bench) -> Bench:
    async with bench.database.writing(bench.tenant_id) as session:
        await plan(session, actor=Tick, every=timedelta(hours=1), now=NOW)
    return bench


async def due_at(bench: Bench) -> timedelta:
    async with bench.database.reading(bench.tenant_id) as session:
        return (await session.scalars(select(ScheduleRow.due_at))).one() - NOW


async def finish(bench: Bench) -> None:
    async def tick(*_: object) -> None: ...

    bench.tasks[Tick.actor] = Task(Tick, tick)
    for delivery in await bench.dispatch():
        assert await bench.perform(delivery) is Outcome.DONE


async def test_a_due_schedule_enqueues_its_job_and_is_due_again_an_interval_later(
    hourly: Bench, scheduler: Scheduler
) -> None:
    await scheduler.turn(Call())
    (row,) = await hourly.waiting()
    assert (row.actor, row.payload, row.due_at, row.attempts) == ("tick", {}, NOW, 0)
    assert len(row.trace_id) == 32
    assert await due_at(hourly) == timedelta(hours=1)
    await finish(hourly)
    assert await hourly.done() == 1


async def test_nothing_is_enqueued_before_the_next_time(hourly: Bench, scheduler: Scheduler) -> None:
    await scheduler.turn(Call())
    await finish(hourly)
    hourly.clock.move(minutes=59)
    assert await scheduler.turn(Call()) == 1.0
    assert await hourly.waiting() == []
    hourly.clock.move(minutes=1)
    await scheduler.turn(Call())
    assert len(await hourly.waiting()) == 1


async def test_a_clock_that_jumps_a_month_makes_one_job_and_not_seven_hundred(
    hourly: Bench, scheduler: Scheduler
) -> None:
    await scheduler.turn(Call())
    await finish(hourly)
    hourly.clock.move(days=30)
    for _ in range(3):
        await scheduler.turn(Call())
    assert len(await hourly.waiting()) == 1
    assert await due_at(hourly) == timedelta(days=30, hours=1)


async def test_jobs_do_not_pile_up_while_no_worker_runs(hourly: Bench, scheduler: Scheduler) -> None:
    for _ in range(5):
        await scheduler.turn(Call())
        await hourly.dispatch()
        hourly.clock.move(hours=1)
    assert len(await hourly.waiting()) == 1


async def test_a_job_of_the_same_kind_in_the_far_future_does_not_hold_back_the_schedule(
    hourly: Bench, scheduler: Scheduler
) -> None:
    await hourly.enqueue(Tick(), due_in=86400 * 60)
    await scheduler.turn(Call())
    assert [row.due_at - NOW for row in await hourly.waiting()] == [timedelta(days=60), timedelta(0)]


async def test_two_relays_enqueue_a_due_job_once(hourly: Bench, platform: Pool, clock: SettableClock) -> None:
    await asyncio.gather(*(Scheduler(platform, clock).turn(Call()) for _ in range(4)))
    assert len(await hourly.waiting()) == 1


@pytest.fixture
async def five(hourly: Bench, found_shop: FoundShop, database: Database) -> Bench:
    """Five shops with a job that is due at the same moment, and a relay that lets two jobs wait."""
    for _ in range(4):
        async with database.writing((await found_shop()).tenant_id) as session:
            await plan(session, actor=Tick, every=timedelta(hours=1), now=NOW)
    return hourly


async def ticks(platform: Pool) -> int:
    """The jobs of all shops that are not done."""
    async with platform.acquire() as connection:
        count: int = await connection.fetchval("SELECT count(*) FROM outbox WHERE actor = 'tick'")
    return count


async def test_when_many_are_due_they_come_as_workers_do_them(
    five: Bench, scheduler: Scheduler, platform: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "ROOM", 2)
    monkeypatch.setattr(scheduling, "LEAST", 0)
    came = []
    for _ in range(4):
        rest = await scheduler.turn(Call())
        came.append((await ticks(platform), rest))
        await scheduler.turn(Call())
        assert await ticks(platform) == came[-1][0]
        five.clock.move(seconds=1)
        await finish(five)
    due = scheduling.REST_WHEN_DUE
    assert came == [(2, due), (2, due), (1, 1.0), (0, 1.0)]


async def test_those_that_came_one_after_another_are_due_one_after_another(
    five: Bench, scheduler: Scheduler, platform: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "ROOM", 2)
    monkeypatch.setattr(scheduling, "LEAST", 0)
    for _ in range(3):
        await scheduler.turn(Call())
        five.clock.move(seconds=1)
        await finish(five)
    async with platform.acquire() as connection:
        due = await connection.fetch("SELECT due_at FROM schedule ORDER BY due_at")
    assert [(row["due_at"] - NOW).total_seconds() - 3600 for row in due] == [0, 0, 1, 1, 2]


async def test_a_rush_of_other_jobs_holds_them_back_and_never_for_good(
    five: Bench, platform: Pool, clock: SettableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduling, "LEAST", 1)
    await five.enqueue(*[Count()] * 10)
    await five.dispatch()
    await five.enqueue(*[Count()] * (scheduling.ROOM - 10))
    patient = Scheduler(platform, clock)
    for _ in range(3):
        await patient.turn(Call())
    assert await ticks(platform) == 1
    monkeypatch.setattr(scheduling, "PATIENCE", 0.0)
    hasty = Scheduler(platform, clock)
    for _ in range(3):
        await hasty.turn(Call())
    assert await ticks(platform) == 4
