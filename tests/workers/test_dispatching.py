import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from domain.kit.database import Database
from tests.conftest import NOW, FoundShop, Shop
from tests.workers.probe import Bench, BrokerDown, Count, RecordingPublisher, Reply, SettableClock, enqueue_for
from workers import dispatching
from workers.bell import Call
from workers.connections import Pool
from workers.dispatching import SHARE, Dispatcher
from workers.runtime import Outcome


async def test_a_due_job_is_published_once_with_all_that_its_worker_needs(bench: Bench) -> None:
    await bench.enqueue(Count(), trace_id="trace-3")
    (row,) = await bench.waiting()
    (delivery,) = await bench.dispatch()
    assert (delivery.actor, delivery.tenant_id, delivery.id) == ("count", bench.tenant_id, row.id)
    assert (delivery.trace_id, delivery.payload) == ("trace-3", Count().payload())
    assert await bench.dispatch() == []


async def test_a_job_waits_for_its_time(bench: Bench) -> None:
    await bench.enqueue(Count(), due_in=3600)
    assert await bench.dispatch() == []
    bench.clock.move(seconds=3599)
    assert await bench.dispatch() == []
    bench.clock.move(seconds=1)
    assert len(await bench.dispatch()) == 1


async def test_the_relay_rests_no_longer_than_until_the_next_job_is_due(bench: Bench) -> None:
    await bench.enqueue(Count(), due_in=0.3)
    rest = await bench.dispatcher.turn(Call())
    assert 0.2 < rest <= 0.3


async def test_jobs_are_published_in_the_order_of_their_time(bench: Bench) -> None:
    for delay in (3, 1, 2):
        await bench.enqueue(Count(NOW + timedelta(seconds=delay)), due_in=delay)
    bench.clock.move(seconds=5)
    published = [delivery.payload["at"] for delivery in await bench.dispatch()]
    assert published == [(NOW + timedelta(seconds=delay)).isoformat() for delay in (1, 2, 3)]


async def test_nothing_counts_as_published_while_the_broker_is_down(bench: Bench) -> None:
    await bench.enqueue(Count())
    bench.publisher.down = True
    with pytest.raises(BrokerDown):
        await bench.dispatch()
    (row,) = await bench.waiting()
    assert row.dispatched_at is None
    bench.publisher.down = False
    assert len(await bench.dispatch()) == 1


async def test_a_tenant_with_a_flood_of_jobs_does_not_keep_another_waiting(
    bench: Bench, found_shop: FoundShop, database: Database
) -> None:
    await bench.enqueue(*[Count()] * (SHARE * 5))
    other = await found_shop()
    await enqueue_for(database, other.tenant_id, Count(), now=NOW)
    published = Counter(delivery.tenant_id for delivery in await bench.dispatch())
    assert published == {bench.tenant_id: SHARE, other.tenant_id: 1}


async def test_no_more_of_a_tenants_jobs_are_published_until_workers_have_done_some(bench: Bench) -> None:
    await bench.enqueue(*[Count()] * (SHARE + 20))
    first = await bench.dispatch()
    assert len(first) == SHARE
    assert await bench.dispatch() == []
    for delivery in first[:30]:
        assert await bench.perform(delivery) is Outcome.DONE
    assert len(await bench.dispatch()) == 20


async def test_the_window_bounds_all_tenants_together_and_each_gets_its_turn(
    bench: Bench, found_shop: FoundShop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatching, "WINDOW", 30)
    monkeypatch.setattr(dispatching, "SHARE", 10)
    shops = [await found_shop() for _ in range(5)]
    for shop in shops:
        await enqueue_for(database, shop.tenant_id, *[Count()] * 20, now=NOW)
    published = await bench.dispatch()
    assert len(published) == 30
    served = {delivery.tenant_id for delivery in published}
    for delivery in published:
        await bench.perform(delivery)
    served |= {delivery.tenant_id for delivery in await bench.dispatch()}
    assert served == {shop.tenant_id for shop in shops}


async def test_mail_has_a_window_of_its_own(bench: Bench) -> None:
    await bench.enqueue(*[Reply()] * (SHARE + 1))
    await bench.enqueue(Count())
    published = Counter(delivery.actor for delivery in await bench.dispatch())
    assert published == {"deliver_reply": SHARE, "count": 1}


async def test_a_lost_message_is_sent_again_after_ten_seconds_and_then_ever_more_rarely(bench: Bench) -> None:
    await bench.enqueue(Count())
    sent_at = []
    for second in range(400):
        if await bench.dispatch():
            sent_at.append(second)
        bench.clock.move(seconds=1)
    assert sent_at == [0, 10, 20, 30, 45, 68, 102, 153, 230, 345]
    (row,) = await bench.waiting()
    assert row.attempts == 0


async def test_a_lost_message_is_sent_again_every_five_minutes_at_last(bench: Bench) -> None:
    await bench.enqueue(Count())
    bench.clock.move(hours=3)
    assert len(await bench.dispatch()) == 1
    bench.clock.move(seconds=299)
    assert await bench.dispatch() == []
    bench.clock.move(seconds=1)
    assert len(await bench.dispatch()) == 1


async def test_a_job_that_a_worker_is_at_is_not_sent_again(bench: Bench) -> None:
    begun, finish = asyncio.Event(), asyncio.Event()

    async def take_long(*_: object) -> None:
        begun.set()
        await finish.wait()

    bench.handle(take_long)
    await bench.enqueue(Count())
    (delivery,) = await bench.dispatch()
    working = asyncio.create_task(bench.perform(delivery))
    await begun.wait()
    bench.clock.move(minutes=1)
    assert await bench.dispatch() == []
    finish.set()
    assert await working is Outcome.DONE


async def test_two_relays_publish_each_job_once(bench: Bench, platform: Pool, clock: SettableClock, shop: Shop) -> None:
    await bench.enqueue(*[Count()] * 90)
    publishers = [RecordingPublisher(), RecordingPublisher()]
    relays = [Dispatcher(platform, publisher, clock) for publisher in publishers]
    for _ in range(3):
        await asyncio.gather(*(relay.turn(Call()) for relay in relays))
    published = [delivery.id for publisher in publishers for delivery in publisher.published]
    assert len(published) == 90
    assert len(set(published)) == 90


async def test_a_message_reaches_its_worker_even_before_the_relay_has_committed(
    bench: Bench, platform: Pool, clock: SettableClock
) -> None:
    outcomes: list[asyncio.Task[Outcome]] = []

    class Eager(RecordingPublisher):
        async def publish(self, deliveries: object) -> None:
            await super().publish(deliveries)  # type: ignore[arg-type]
            outcomes.extend(asyncio.create_task(bench.perform(delivery)) for delivery in self.published)
            await asyncio.sleep(0.05)

    await bench.enqueue(Count())
    await Dispatcher(platform, Eager(), clock).turn(Call())
    assert [await outcome for outcome in outcomes] == [Outcome.DONE]
    assert await bench.counted() == 1
