"""Health, metrics, safe answers and bounded bodies."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client import generate_latest

from api.app import create_app
from domain.agents.passwords import Passwords
from domain.kit.database import AppCouldBypass, Database, engine_for
from domain.kit.settings import Environment
from infra.embedded.ports import free_ports, is_free
from migrations.run import head
from tests.api.http.conftest import URL, HandClock, settings_for
from tests.servers import Servers


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_a_live_process_says_so(http: httpx2.AsyncClient) -> None:
    response = await http.get("/livez")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_everything_there_is_ready(http: httpx2.AsyncClient) -> None:
    response = await http.get("/readyz")
    assert (response.status_code, response.json()) == (
        200,
        {"status": "ok", "parts": {"database": "ok", "migrations": "ok", "broker": "ok"}},
    )


async def readiness(
    servers: Servers,
    database: Database,
    passwords: Passwords,
    *,
    revision: str | None = None,
    broker: str | None = None,
) -> tuple[int, dict[str, str]]:
    told = settings_for(servers, broker_url=broker or servers.broker_url)
    app = create_app(told, database, HandClock(), revision=revision or head(), passwords=passwords)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as http:
        response = await http.get("/readyz")
    return response.status_code, response.json()["parts"]


async def test_readiness_names_the_part_that_is_not_there(
    servers: Servers, database: Database, passwords: Passwords
) -> None:
    behind = await readiness(servers, database, passwords, revision="9999")
    assert behind == (503, {"database": "ok", "migrations": "behind", "broker": "ok"})
    gone = await readiness(servers, database, passwords, broker=f"redis://127.0.0.1:{closed_port()}/0")
    assert gone == (200, {"database": "ok", "migrations": "ok", "broker": "unreachable"})
    engine = engine_for(f"postgresql://app:x@127.0.0.1:{closed_port()}/sezon", pool_size=1)
    down = await readiness(servers, Database(engine), passwords)
    assert down == (503, {"database": "unreachable", "migrations": "unknown", "broker": "ok"})
    await engine.dispose()


@pytest.fixture
async def silent_port() -> AsyncIterator[int]:
    """Accepts connections and never says a word."""

    async def silence(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await asyncio.sleep(30)
        finally:
            writer.close()

    server = await asyncio.start_server(silence, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_readiness_waits_two_seconds_at_most(servers: Servers, passwords: Passwords, silent_port: int) -> None:
    engine = engine_for(f"postgresql://app:x@127.0.0.1:{silent_port}/sezon", pool_size=1)
    async with asyncio.timeout(4):
        status, parts = await readiness(servers, Database(engine), passwords)
    assert (status, parts["database"]) == (503, "unreachable")
    await engine.dispose()


async def test_requests_are_counted_by_route_and_never_by_path(app: FastAPI, http: httpx2.AsyncClient) -> None:
    await http.get("/livez")
    await http.get("/no/such/szat_path")
    await http.delete("/auth/tokens/0198a7c0-0000-7000-8000-000000000000")
    await http.post("/graphql", json={"query": "{ __typename }"})
    text = generate_latest(app.state.metrics.registry).decode()
    assert 'sezon_http_requests_total{method="POST",route="/graphql",status="401"} 1.0' in text
    assert 'sezon_http_requests_total{method="GET",route="/livez",status="200"} 1.0' in text
    assert 'sezon_http_requests_total{method="GET",route="unknown",status="404"} 1.0' in text
    assert 'sezon_http_requests_total{method="DELETE",route="/auth/tokens/{token_id}",status="401"} 1.0' in text
    assert "szat_path" not in text
    assert "sezon_database_connections_most 20.0" in text


async def test_what_is_counted_is_told_on_loopback_alone_by_each_process_of_its_own(
    servers: Servers, database: Database, passwords: Passwords
) -> None:
    port = free_ports(None)[0]
    told = settings_for(servers, metrics_port=port, host="0.0.0.0")
    first, second = (
        create_app(told, Database(engine_for(servers.app_url, pool_size=size)), HandClock(), revision=head())
        for size in (1, 2)
    )
    async with (
        first.router.lifespan_context(first),
        second.router.lifespan_context(second),
        httpx2.AsyncClient(trust_env=False) as scraper,
    ):
        for place, connections in ((port, 1), (port + 1, 2)):
            answer = await scraper.get(f"http://127.0.0.1:{place}/metrics")
            assert f"sezon_database_connections_most {connections}.0" in answer.text
            with pytest.raises(httpx2.ConnectError):
                await scraper.get(f"http://127.0.0.2:{place}/metrics")
    assert is_free(port)


async def test_no_public_path_tells_what_is_counted(http: httpx2.AsyncClient) -> None:
    assert (await http.get("/metrics")).status_code == 404


async def test_what_goes_wrong_is_masked_under_a_reference(http: httpx2.AsyncClient) -> None:
    response = await http.post("/fails")
    assert response.status_code == 500
    assert response.json() == {"error": "INTERNAL", "reference": response.headers["x-trace-id"]}


async def test_what_is_not_there_is_json(http: httpx2.AsyncClient) -> None:
    missing, wrong = await http.get("/nothing"), await http.get("/auth/sign-in")
    assert (missing.status_code, missing.json()) == (404, {"error": "NOT_FOUND"})
    assert (wrong.status_code, wrong.json()) == (405, {"error": "METHOD_NOT_ALLOWED"})


async def test_every_answer_has_safe_headers(http: httpx2.AsyncClient) -> None:
    for response in (await http.get("/livez"), await http.get("/nothing"), await http.post("/fails")):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["referrer-policy"] == "no-referrer"
        assert response.headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "access-control-allow-origin" not in response.headers


async def test_a_body_over_one_mebibyte_is_refused_announced_or_not(http: httpx2.AsyncClient) -> None:
    async def stream() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 65536

    for content in (b"x" * (16 * 1024 + 1), stream()):
        response = await http.post("/auth/sign-in", content=content, headers={"Content-Type": "application/json"})
        assert (response.status_code, response.json()) == (413, {"error": "BODY_TOO_LARGE"})


async def test_long_texts_have_room_where_people_write_to_customers(http: httpx2.AsyncClient) -> None:
    for size, status in ((256 * 1024, 404), (256 * 1024 + 1, 413)):  # the panel itself is not mounted here
        response = await http.post("/admin/desk/tickets/1/reply", content=b"x" * size)
        assert response.status_code == status


async def test_the_schema_of_these_routes_is_not_shown_in_production(
    servers: Servers, database: Database, passwords: Passwords
) -> None:
    for environment, status in ((Environment.DEVELOPMENT, 200), (Environment.PRODUCTION, 404)):
        told = settings_for(servers, environment=environment)
        app = create_app(told, database, HandClock(), revision=head(), passwords=passwords)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as http:
            assert (await http.get("/openapi.json")).status_code == status
            assert (await http.get("/docs")).status_code == 404


async def test_it_does_not_start_as_a_role_that_could_pass_the_policies(servers: Servers, passwords: Passwords) -> None:
    database = Database(engine_for(servers.platform_url, pool_size=1))
    app = create_app(settings_for(servers), database, HandClock(), revision=head(), passwords=passwords)
    with pytest.raises(AppCouldBypass):
        async with app.router.lifespan_context(app):
            pass
    await database.close()
