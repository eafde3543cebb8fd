"""What a publisher may rely on when the broker is a real RabbitMQ: a message it was told is there, is there."""

from collections.abc import Iterator

import pytest
from dramatiq.brokers.rabbitmq import RabbitmqBroker

from domain.kit.ids import new_id
from infra.embedded.supervisor import Supervisor
from tests.rabbitmq import NAME, RabbitMq, running
from workers.broker import MAIL, WORK, BrokerPublisher, Delivery, broker_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[RabbitMq, Supervisor]]:
    with running(tmp_path_factory.mktemp("broker")) as started:
        yield started


@pytest.fixture
def broker(server: tuple[RabbitMq, Supervisor]) -> Iterator[RabbitmqBroker]:
    """Looks at the queues from outside; they are empty at first."""
    broker = broker_for(server[0].url)
    assert isinstance(broker, RabbitmqBroker)
    for queue in (WORK, MAIL):
        broker.declare_queue(queue, ensure=True)
        broker.flush(queue)
    yield broker
    broker.close()


def deliveries(*actors: str) -> list[Delivery]:
    return [Delivery(actor, new_id(), new_id(), "", {}) for actor in actors]


async def test_what_was_published_outlives_kill_9_and_the_publisher_goes_on(
    server: tuple[RabbitMq, Supervisor], broker: RabbitmqBroker
) -> None:
    rabbitmq, supervisor = server
    publisher = BrokerPublisher(broker_for(rabbitmq.url))
    await publisher.publish(deliveries(*["route_sweep"] * 20, "deliver_reply"))
    broker.close()
    supervisor.kill(NAME)
    supervisor.restart(NAME, within=60)
    await publisher.publish(deliveries("route_sweep"))
    publisher.close()
    del broker.connection
    assert [broker.get_queue_message_counts(queue)[0] for queue in (WORK, MAIL)] == [21, 1]


async def test_a_queue_that_is_gone_is_declared_again(
    server: tuple[RabbitMq, Supervisor], broker: RabbitmqBroker
) -> None:
    publisher = BrokerPublisher(broker_for(server[0].url))
    await publisher.publish(deliveries("route_sweep"))
    broker.channel.queue_delete(WORK)
    await publisher.publish(deliveries("route_sweep"))
    publisher.close()
    assert broker.get_queue_message_counts(WORK) == (1, 0, 0)
