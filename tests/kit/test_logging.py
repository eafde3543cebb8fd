"""What the log says, and what it never does."""

import asyncio
import io
import json
import logging as stdlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
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


def test_a_private_value_is_hidden_inside_lists_as_well(written: io.StringIO) -> None:
    structlog.get_logger().info("x", people=[{"email": "hunter2", "n": 1}, [{"token": "hunter2"}]])
    [line] = lines(written)
    assert line["people"] == [{"email": "[hidden]", "n": 1}, [{"token": "[hidden]"}]]


def test_ids_instants_and_kinds_are_told_as_texts(written: io.StringIO) -> None:
    at = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
    structlog.get_logger().info("x", id=TENANT, at=at, kind=ActorKind.CLIENT, all=(TENANT, at), none=None, share=0.5)
    [line] = lines(written)
    told = {name: line[name] for name in ("id", "at", "kind", "all", "none", "share")}
    instant = "2026-11-02T09:00:00+00:00"
    assert told == {
        "id": str(TENANT),
        "at": instant,
        "kind": "CLIENT",
        "all": [str(TENANT), instant],
        "none": None,
        "share": 0.5,
    }


def test_a_logger_is_named_by_its_module_unless_it_says_a_name(written: io.StringIO) -> None:
    structlog.get_logger().info("x")
    structlog.get_logger("api").info("y")
    assert [line["logger"] for line in lines(written)] == [__name__, "api"]


def test_what_is_below_the_level_is_not_written(written: io.StringIO) -> None:
    structlog.get_logger("ours").debug("x")
    stdlib.getLogger("theirs").debug("x")
    assert written.getvalue() == ""
    logging.configure(level="ERROR", stream=written)
    for logger in (structlog.get_logger("ours"), stdlib.getLogger("theirs")):
        logger.warning("x")
        logger.error("y")
    assert [(line["event"], line["level"], line["logger"]) for line in lines(written)] == [
        ("y", "error", "ours"),
        ("y", "error", "theirs"),
    ]


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("hunter2")


def own_tail() -> list[Any]:
    held: list[Any] = [1]
    held.append(held)
    return held


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (2**64, str(2**64)),
        (-(2**63), -(2**63)),
        (10**5000, "<int>"),
        ("a\ud800b", "a\\ud800b"),
        ({"a\ud800b": 1}, {"a\\ud800b": 1}),
        (Unspeakable(), "<Unspeakable>"),
        (
            {"deep": [2**64, {"password": "hunter2", "kept": Unspeakable()}]},
            {"deep": [str(2**64), {"password": "[hidden]", "kept": "<Unspeakable>"}]},
        ),
        (object, "<class 'object'>"),
        (b"bytes", "b'bytes'"),
        (float("nan"), None),
    ],
    ids=["large", "small", "huge", "text", "name", "unspeakable", "deep", "type", "bytes", "no number"],
)
def test_what_json_cannot_hold_is_told_by_its_repr(written: io.StringIO, value: Any, told: Any) -> None:
    structlog.get_logger("api").info("x", value=value, password="hunter2", kept=1)
    [line] = lines(written)
    assert line["value"] == told
    assert (line["event"], line["password"], line["kept"], line["logger"]) == ("x", "[hidden]", 1, "api")
    assert "hunter2" not in written.getvalue()


def test_what_holds_itself_is_told_to_some_depth(written: io.StringIO) -> None:
    structlog.get_logger().info("x", value=own_tail())
    [line] = lines(written)
    assert line["value"][1][1][0] == 1
    assert '"..."' in written.getvalue()


def test_secrets_are_hidden_in_what_is_told_by_its_repr(written: io.StringIO) -> None:
    structlog.get_logger().info("x", value=2**64, path=f"GET /admin/invitation/{TOKEN}", who="ola@bombka.example")
    [line] = lines(written)
    assert (line["path"], line["who"]) == ("GET /admin/invitation/[hidden]", "[hidden]")


class Broken(io.StringIO):
    def write(self, _text: str) -> int:
        raise BrokenPipeError("hunter2")


@pytest.mark.usefixtures("written")
def test_a_line_that_cannot_be_written_is_lost_and_said_to_be_and_nothing_fails(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logging.configure(stream=Broken())
    structlog.get_logger().info("hunter2")
    stdlib.getLogger("any").error("hunter2")
    assert capsys.readouterr().err == "A line of the log was lost: BrokenPipeError\n" * 2


class Faithless(dict[str, Any]):
    def items(self) -> Any:
        raise LookupError("hunter2")


def test_a_line_that_cannot_be_made_is_lost_and_said_to_be_and_nothing_fails(
    written: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.configure(stream=written)  # once more, without the handler that the test runner added meanwhile
    structlog.get_logger().info("x", value=Faithless(a="hunter2"))
    stdlib.getLogger("any").error("%d of hunter2", "many")
    structlog.get_logger().info("y")
    assert [line["event"] for line in lines(written)] == ["y"]
    assert capsys.readouterr().err.splitlines() == [
        "A line of the log was lost: LookupError",
        "A line of the log was lost: TypeError",
    ]


@pytest.mark.usefixtures("written")
def test_without_a_standard_error_nothing_fails_either(monkeypatch: pytest.MonkeyPatch) -> None:
    logging.configure(stream=Broken())
    monkeypatch.setattr("sys.stderr", None)
    structlog.get_logger().info("x")


@pytest.mark.usefixtures("written")
def test_a_stream_of_ascii_alone_gets_the_same_lines() -> None:
    raw = io.BytesIO()
    logging.configure(stream=io.TextIOWrapper(raw, encoding="ascii"))
    structlog.get_logger().info("zażółć")
    stdlib.getLogger("any").info("gęślą 😀")
    assert [json.loads(line)["event"] for line in raw.getvalue().splitlines()] == ["zażółć", "gęślą 😀"]


def test_lines_of_many_threads_stay_whole(written: io.StringIO) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: structlog.get_logger().info("x", number=number), range(200)))
    assert sorted(line["number"] for line in lines(written)) == list(range(200))


def test_whom_a_task_serves_is_said_in_its_own_lines_alone(written: io.StringIO) -> None:
    async def served(number: int) -> None:
        logging.bind(trace_id=str(number))
        logging.bind(tenant_id=UUID(int=number))
        await asyncio.sleep(0)
        structlog.get_logger().info("x", number=number)

    async def all_of_them() -> None:
        await asyncio.gather(*(served(number) for number in range(3)))

    asyncio.run(all_of_them())
    structlog.get_logger().info("y")
    *inside, after = lines(written)
    assert [(line["trace_id"], line["tenant"]) for line in inside] == [(str(n), str(UUID(int=n))) for n in range(3)]
    assert not {"trace_id", "tenant"} & set(after)


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
