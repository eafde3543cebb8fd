"""What the log says, and what it never does."""

import io
import json
import logging as stdlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from domain.kit import logging, secrets
from domain.kit.events import Actor, ActorKind
from domain.kit.secrets import Prefix

TENANT = UUID(int=1)
TOKEN = str(secrets.issue(Prefix.PERSONAL_TOKEN, tenant_id=TENANT, id=UUID(int=2)))


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged, for as long as the test runs."""
    root = stdlib.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    logging.configure(stream=stream)
    yield stream
    logging.unbind()
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_tenant_actor_and_trace(written: io.StringIO) -> None:
    logging.bind(tenant_id=TENANT, actor=Actor(ActorKind.MEMBER, UUID(int=3)), trace_id="abc")
    structlog.get_logger("api").info("request", status=200)
    logging.unbind()
    stdlib.getLogger("sqlalchemy").warning("slow %s", "query")
    first, second = lines(written)
    assert first.pop("timestamp").endswith("Z")
    assert first == {
        "event": "request",
        "status": 200,
        "tenant": str(TENANT),
        "actor": f"member:{UUID(int=3)}",
        "trace_id": "abc",
        "level": "info",
        "logger": "api",
    }
    assert (second["event"], second["level"], second["logger"]) == ("slow query", "warning", "sqlalchemy")
    assert "tenant" not in second


@pytest.mark.parametrize(
    "name", ["password", "new_password", "client_secret", "token", "Authorization", "cookie", "email", "body", "phone"]
)
def test_a_private_value_is_hidden_by_its_name_however_deep(written: io.StringIO, name: str) -> None:
    structlog.get_logger().info("x", **{name: "hunter2"}, nested={"deeper": {name: "hunter2"}})
    [line] = lines(written)
    assert "hunter2" not in json.dumps(line)
    assert line[name] == "[hidden]"
    assert line["nested"]["deeper"][name] == "[hidden]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"GET /admin/invitation/{TOKEN} failed", "GET /admin/invitation/[hidden] failed"),
        ("no mailbox ola.nowak+x@bombka.example here", "no mailbox [hidden] here"),
        (
            "cannot reach postgresql://app:s3cret@10.0.0.1:5432/sezon",
            "cannot reach postgresql://[hidden]@10.0.0.1:5432/sezon",
        ),
        ("cannot reach redis://:s3cret@127.0.0.1:6379/0", "cannot reach redis://[hidden]@127.0.0.1:6379/0"),
    ],
)
def test_a_secret_or_address_inside_a_text_is_hidden(written: io.StringIO, text: str, shown: str) -> None:
    stdlib.getLogger("any").error(text)
    structlog.get_logger().info("x", path=text)
    first, second = lines(written)
    assert (first["event"], second["path"]) == (shown, shown)


def test_a_traceback_is_kept_without_values_of_the_statement_or_of_locals(written: io.StringIO) -> None:
    values = {"name": " ".join(("Ola", "Nowak")), "hash": "".join(("hun", "ter2"))}
    try:
        raise IntegrityError("INSERT INTO member", values, ValueError("broken"))
    except IntegrityError:
        structlog.get_logger().exception("failed")
    [line] = lines(written)
    assert "INSERT INTO member" in line["exception"]
    assert "[parameters: [hidden]]" in line["exception"]
    for private in values.values():
        assert private not in written.getvalue()
