from typing import Any

from dramatiq import Worker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import Retries

from domain.kit.ids import new_id
from workers.broker import Delivery, QuickToNotice, broker_for


def test_valkey_gives_a_dead_workers_messages_back_within_seconds_and_keeps_to_a_namespace() -> None:
    broker = broker_for("redis://:secret@broker.example:6379/2")
    assert isinstance(broker, RedisBroker)
    assert (broker.namespace, broker.heartbeat_timeout, broker.maintenance_chance) == ("sezon", 15_000, 20_000)
    connection: dict[str, Any] = broker.client.get_connection_kwargs()
    assert (connection["host"], connection["db"], connection["socket_timeout"]) == ("broker.example", 2, 5)


def test_rabbitmq_confirms_messages_and_may_not_be_silent_for_long() -> None:
    broker = broker_for("amqps://user:p%40ss@broker.example:5671/sezon?socket_timeout=9")
    assert isinstance(broker, RabbitmqBroker)
    assert broker.confirm_delivery
    told: Any = broker.parameters
    assert (told.host, told.port, told.virtual_host) == ("broker.example", 5671, "sezon")
    assert told.credentials.password == "p@ss"
    assert (told.socket_timeout, told.stack_timeout, told.blocked_connection_timeout) == (9, 5, 5)
    assert told.heartbeat == 10


def test_the_broker_retries_nothing_for_that_is_a_state_of_the_row() -> None:
    assert not any(isinstance(each, Retries) for each in broker_for("redis://broker.example").middleware)


def test_a_worker_looks_at_a_quiet_queue_every_50_ms_however_it_was_started() -> None:
    broker = broker_for("redis://broker.example")
    for told, expected in ((1000, 50), (20, 20)):
        worker = Worker(broker, worker_timeout=told)
        QuickToNotice().before_worker_boot(broker, worker)
        assert worker.worker_timeout == expected


def test_a_message_says_which_row_is_due_and_nothing_else() -> None:
    tenant_id, id = new_id(), new_id()
    message = Delivery("route_sweep", tenant_id, id, "trace", {"ticket_id": "x"}).message()
    assert (message.queue_name, message.actor_name) == ("sezon.work", "sezon.work")
    assert message.args == ("route_sweep", str(tenant_id), str(id), "trace", {"ticket_id": "x"})
    assert (message.kwargs, message.options) == ({}, {})
