"""/graphql is answered beside the router, and nobody can tell by anything but the time."""

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest
from sqlalchemy.exc import TimeoutError as DatabaseBusy
from structlog.testing import capture_logs

from api.graphql import view
from domain.kit.database import Database
from tests.api.http.conftest import URL, make_client
from tests.api.http.test_authentication import access_token
from tests.conftest import Shop

ASKED = {"query": "{ viewer { kind } }"}


async def bearer(database: Database, shop: Shop) -> dict[str, str]:
    client, _ = await make_client(database, shop)
    return {"Authorization": f"Bearer {await access_token(database, shop, client)}"}


async def test_an_answer_has_the_headers_of_every_other_and_the_callers_trace(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    known = {**await bearer(database, shop), "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    other = dict((await http.get("/livez")).headers)
    answer = await http.post("/graphql", json=ASKED, headers=known)
    assert answer.json() == {"data": {"viewer": {"kind": "CLIENT"}}}
    assert {**other, **answer.headers} == {
        **other,
        "x-trace-id": trace,
        "content-length": str(len(answer.content)),
        "cache-control": "no-store",
    }
    assert set(other) < set(answer.headers)
    assert len(answer.headers.raw) == len(answer.headers)


async def test_over_https_it_says_to_stay_there(app: FastAPI) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://sezon.example") as secure:
        answer = await secure.post("/graphql", json=ASKED)
    assert answer.status_code == 401
    assert answer.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_it_is_logged_and_counted_under_its_route(
    app: FastAPI, http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    with capture_logs() as lines:
        await http.post("/graphql", json=ASKED, headers=await bearer(database, shop))
    [line] = lines
    assert line.pop("ms") > 0
    assert line == {"event": "request", "log_level": "info", "method": "POST", "route": "/graphql", "status": 200}
    counted = generate_latest(app.state.metrics.registry).decode()
    assert 'sezon_http_requests_total{method="POST",route="/graphql",status="200"} 1.0' in counted
    assert 'sezon_graphql_operations_total{outcome="ok"} 1.0' in counted
    assert "sezon_graphql_fallbacks_total{" not in counted
    asked = {"query": "{ customers { edges { node { orders(first: -1) { totalCount } } } } }"}
    await http.post("/graphql", json=asked, headers=await bearer(database, shop))
    counted = generate_latest(app.state.metrics.registry).decode()
    assert 'sezon_graphql_fallbacks_total{reason="argument"} 1.0' in counted


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "OPTIONS"])
async def test_other_methods_are_refused(http: httpx2.AsyncClient, method: str) -> None:
    answer = await http.request(method, "/graphql")
    assert answer.status_code == 405
    assert "POST" in answer.headers["allow"]
    assert answer.headers["x-frame-options"] == "DENY"


async def test_behind_a_proxy_that_keeps_a_part_of_the_path_it_is_there_as_well(app: FastAPI) -> None:
    transport = httpx2.ASGITransport(app, root_path="/shop")
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as http:
        answer = await http.post("/shop/graphql", json=ASKED)
        elsewhere = await http.post("/shop/elsewhere/graphql", json=ASKED)
    assert (answer.status_code, answer.json()["error"]) == (401, "CREDENTIALS_MISSING")
    assert elsewhere.status_code == 404


async def test_its_failures_are_answered_by_the_handlers_of_all_routes(
    http: httpx2.AsyncClient, database: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = await bearer(database, shop)
    for error, status, said in (
        (DatabaseBusy("no connection"), 503, "BUSY"),
        (ConnectionRefusedError(), 503, "UNAVAILABLE"),
        (RuntimeError("a secret of ours"), 500, "INTERNAL"),
    ):

        async def failing(*_: object, raised: Exception = error, **__: object) -> None:
            raise raised

        with monkeypatch.context() as patching:
            patching.setattr(view, "execute", failing)
            answer = await http.post("/graphql", json=ASKED, headers=known)
        assert (answer.status_code, answer.json()["error"]) == (status, said)
        assert "secret" not in answer.text
        assert answer.headers["x-trace-id"]
