"""A RabbitMQ of a test's own, run from Debian's package where that is installed."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pika  # type: ignore[import-untyped]
import pytest
from pika.exceptions import AMQPError  # type: ignore[import-untyped]

from infra.embedded.ports import LOOPBACK, free_ports
from infra.embedded.program import Program
from infra.embedded.supervisor import Supervisor

GIVEN = "SEZON_TEST_AMQP_URL"
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
NAME = "rabbitmq"
SETTINGS = """\
listeners.tcp.default = {host}:{port}
default_user = sezon
default_pass = {password}
default_vhost = sezon
"""


class RabbitMq:
    """The server whose data is in `folder`; it asks for no right beyond its user's and listens on loopback alone."""

    def __init__(self, folder: Path, *, password: str) -> None:
        self.folder = folder
        self.data = folder / "mnesia"
        self._port, self._nodes_port, self._names_port = free_ports(None, None, None)
        self._password = password

    @property
    def url(self) -> str:
        """The address a client uses."""
        return f"amqp://sezon:{self._password}@{LOOPBACK}:{self._port}/sezon"

    def program(self) -> Program:
        """The server for a supervisor; its directory of names ends with it as well."""
        self.folder.mkdir()
        settings = SETTINGS.format(host=LOOPBACK, port=self._port, password=self._password)
        (self.folder / "rabbitmq.conf").write_text(settings)
        return Program(
            name=NAME,
            command=[str(SERVER)],
            folder=self.folder,
            log=self.folder / "log",
            environment={
                "HOME": str(self.folder),
                "RABBITMQ_NODENAME": "sezon@localhost",
                "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
                "RABBITMQ_CONF_ENV_FILE": "/dev/null",
                "RABBITMQ_MNESIA_BASE": str(self.data),
                "RABBITMQ_LOGS": "-",
                "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
                "RABBITMQ_DIST_PORT": str(self._nodes_port),
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none",
                "ERL_EPMD_PORT": str(self._names_port),
                "ERL_EPMD_ADDRESS": LOOPBACK,
            },
            ready=lambda _pid: self.answers(),
        )

    def answers(self) -> bool:
        """Whether a client can sign in."""
        logging.getLogger("pika").setLevel(logging.CRITICAL)
        parameters = pika.URLParameters(f"{self.url}?connection_attempts=1&socket_timeout=2&stack_timeout=2")
        try:
            pika.BlockingConnection(parameters).close()
        except (AMQPError, OSError):
            return False
        return True


@contextmanager
def running(folder: Path) -> Iterator[tuple[RabbitMq, Supervisor]]:
    """A RabbitMQ that the test may end as it likes, and who starts it again; skips where none is installed."""
    if not SERVER.exists():
        pytest.skip("RabbitMQ is not installed here (Debian: apt-get install rabbitmq-server).")
    server = RabbitMq(folder / NAME, password=secrets.token_urlsafe(16))
    with Supervisor(folder / f"{NAME}.json") as supervisor:
        supervisor.start(server.program(), within=60)
        yield server, supervisor
