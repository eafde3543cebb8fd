"""The committed matrix of rights is the one of the code; and everything in it is done, as everybody it speaks of."""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from admin.app import create_panel
from api.app import create_app
from api.graphql import ids
from api.graphql.reading.fields import TYPES
from api.graphql.reading.nodes import Node
from api.graphql.reading.sources import reading_of
from api.graphql.schema import schema
from domain.agents import sessions
from domain.agents.models import Presence
from domain.agents.roles import Role
from domain.agents.sessions import Claim
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.settings import settings
from domain.seats.models import SeatKind
from domain.tenants import clients, tokens
from domain.tenants.permissions import CLIENT_SCOPES, Permission
from infra.commands.permissions import ANYONE, SEATS, panel_routes, printed
from migrations.run import head
from tests.api.graphql.declared import REQUIRED, selection
from tests.api.graphql.test_every_mutation import Populated, inputs, populate
from tests.api.http.conftest import OWN_PAGE, URL, HandClock, settings_for
from tests.conftest import NOW, Shop
from tests.people import cheap_passwords
from tests.servers import Servers

COMMITTED = Path("infra/docs/permissions.md")

REFUSALS = {"NOT_PERMITTED", "SEAT_REQUIRED", "FULL_SEAT_REQUIRED"}


def test_the_committed_matrix_is_the_one_of_the_code() -> None:
    assert COMMITTED.read_text() == printed(), "Run `sezon permissions` and commit what it writes."


@dataclass(frozen=True)
class Line:
    """A row as committed."""

    name: str
    takes: str
    roles: dict[Role, str]
    client: str

    def allows(self, role: Role, seat: SeatKind | None) -> bool:
        return {
            "always": True,
            "on a seat": seat is not None,
            "on a full seat": seat is SeatKind.FULL,
            "–": False,
        }[self.roles[role]]


def committed(section: str) -> list[Line]:
    """The rows of a section of the file."""
    (text,) = re.findall(rf"^## {section}$(.*?)(?=^## |\Z)", COMMITTED.read_text(), re.MULTILINE | re.DOTALL)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    assert rows[0][2:6] == ["owner", "admin", "supervisor", "agent"]
    return [
        Line(row[0].strip("`"), row[1], dict(zip(Role, row[2:6], strict=True)), row[6] if len(row) > 6 else "–")
        for row in rows[2:]
    ]


Who = tuple[Role, SeatKind | None]


@dataclass
class Service:
    """API and panel over HTTP, a shop with one of everything, and a cookie of each role on each seat."""

    http: httpx2.AsyncClient
    here: Populated
    cookies: dict[Who, str]
    tokens: dict[frozenset[Permission], str]

    async def as_person(self, who: Who, query: str, **variables: Any) -> dict[str, Any]:
        headers = {**OWN_PAGE, "Cookie": f"sezon-session={self.cookies[who]}"}
        return await self._ask(headers, query, variables)

    async def as_program(self, scopes: frozenset[Permission], query: str, **variables: Any) -> dict[str, Any]:
        return await self._ask({"Authorization": f"Bearer {self.tokens[scopes]}"}, query, variables)

    async def _ask(self, headers: dict[str, str], query: str, variables: dict[str, Any]) -> dict[str, Any]:
        response = await self.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def panel(self, who: Who | None, method: str, path: str) -> httpx2.Response:
        headers = {"Origin": URL, **({} if who is None else {"Cookie": f"sezon-session={self.cookies[who]}"})}
        return await self.http.request(method, f"/admin{path}", headers=headers, data={} if method == "POST" else None)


def everybody() -> Iterator[Who]:
    return ((role, seat) for role in Role for seat in SEATS)


ALL = CLIENT_SCOPES
SCOPES = [ALL, *(ALL - {scope} for scope in sorted(ALL))]
"""Programs that may all that programs may, but for one scope each."""


@pytest.fixture
async def service(
    servers: Servers, database: Database, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    told, clock, passwords = settings_for(servers), HandClock(), cheap_passwords()
    monkeypatch.setenv("SEZON_DATABASE_URL", servers.app_url)
    monkeypatch.setenv("SEZON_BROKER_URL", servers.broker_url)
    monkeypatch.setenv("SEZON_SECRET_KEY", "a key for tests that is long enough")
    settings.cache_clear()
    app = create_app(told, database, clock, revision=head(), passwords=passwords)
    app.mount("/admin", create_panel(told, database, clock, passwords=passwords))
    here = await populate(database, shop)
    cookies = {who: await _cookie(here, *who) for who in everybody()}
    issued = {scopes: await _token(here, scopes) for scopes in SCOPES}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as http:
        yield Service(http, here, cookies, issued)
    settings.cache_clear()


async def _cookie(here: Populated, role: Role, seat: SeatKind | None) -> str:
    world = here.world
    if seat is None:
        member_id = (await world.seatless(role=role)).member_id
    else:
        member_id = (await world.person(seat, role=role, presence=Presence.OFFLINE)).member_id
    async with world.database.writing(world.tenant_id) as session:
        signed_in = await sessions.sign_in(session, claimed=Claim(member_id, "unused", proven=True), now=NOW)
    assert isinstance(signed_in, sessions.SignedIn)
    return str(signed_in.credential)


async def _token(here: Populated, scopes: frozenset[Permission]) -> str:
    async with here.world.database.writing(here.world.tenant_id) as session:
        client, _ = await clients.create_client(session, name="ERP", scopes=scopes, by=SYSTEM, now=NOW)
        return str((await tokens.issue_token(session, client=client, scopes=None, now=NOW)).credential)


def allowed_to_programs(line: Line) -> dict[frozenset[Permission], bool]:
    """Which of the programs may, by the file."""
    needed = set() if line.client in ("any", "–") else {Permission(scope) for scope in line.client.split()}
    return {scopes: line.client != "–" and needed <= scopes for scopes in SCOPES}


def shut_out(answer: dict[str, Any], path: list[str]) -> bool:
    """Whether the caller was not let in, or was refused what stands at the path."""
    if "error" in answer:
        assert answer["error"] == "SEAT_ENDED", answer
        return True
    return any(
        error.get("path") == path and error["extensions"]["code"] in REFUSALS for error in answer.get("errors", [])
    )


async def _compare(service: Service, line: Line, query: str, path: list[str], **variables: Any) -> list[str]:
    """Where what happens is not what the file says."""
    found = [
        f"{line.name} as {who}"
        for who in everybody()
        if shut_out(await service.as_person(who, query, **variables), path) is line.allows(*who)
    ]
    for scopes, allowed in allowed_to_programs(line).items():
        if shut_out(await service.as_program(scopes, query, **variables), path) is allowed:
            found.append(f"{line.name} as a program without {sorted(ALL - scopes)}")
    return found


async def test_every_query_is_open_to_exactly_those_the_matrix_names(service: Service) -> None:
    root: Any = schema()._schema.query_type
    lines = {line.name: line for line in committed("Queries")}
    assert list(lines) == list(root.fields)
    wrong = []
    arguments = {**REQUIRED, "node": f'(id: "{service.here.things.agent[:5]}")', "nodes": "(ids: [])"}
    for name, line in lines.items():
        query = f"{{ {name}{arguments.get(name, '')} {selection(schema()._schema, root.fields[name].type)} }}"
        wrong += await _compare(service, line, query, [name])
    assert wrong == []


async def test_every_type_is_shown_to_exactly_those_the_matrix_names(service: Service) -> None:
    lines = {line.name: line for line in committed("Types")}
    assert {name for name in lines if "." not in name} == set(TYPES)
    wrong = []
    for name, cls in TYPES.items():
        if issubclass(cls, Node) and name != "Tenant":
            query = f'{{ node(id: "{ids.spell(reading_of(cls).prefix, new_id())}") {{ id }} }}'
            wrong += await _compare(service, lines[name], query, ["node"])
    assert wrong == []


async def test_every_mutation_is_done_for_exactly_those_the_matrix_names(service: Service) -> None:
    lines = {line.name: line for line in committed("Mutations")}
    given = inputs(service.here.things)
    assert set(lines) == set(given)
    wrong = []
    for name, line in lines.items():
        kind = f"{name[0].upper()}{name[1:]}Input"
        query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ __typename ... on Failure {{ code }} }} }}"
        for who in everybody():
            answer = await service.as_person(who, query, input=given[name][0])
            if _done(answer, name) is not line.allows(*who):
                wrong.append(f"{name} as {who}")
        for scopes, allowed in allowed_to_programs(line).items():
            answer = await service.as_program(scopes, query, input=given[name][0])
            if _done(answer, name) is not allowed:
                wrong.append(f"{name} as a program without {sorted(ALL - scopes)}")
    assert wrong == []


def _done(answer: dict[str, Any], name: str) -> bool:
    """Whether the caller had the right, whatever came of it."""
    if "error" in answer:
        return not shut_out(answer, [name])
    assert "errors" not in answer, answer
    return answer["data"][name].get("code") not in REFUSALS


async def test_every_page_and_button_is_open_to_exactly_those_the_matrix_names(service: Service) -> None:
    lines = {line.name: line for line in committed("Panel")}
    routes = list(panel_routes())
    assert len(lines) == len(routes)
    wrong = []
    for (path, method, _), line in zip(routes, lines.values(), strict=True):
        assert line.name == f"{method} {re.sub(r':[a-z]+}', '}', path)}"
        where = filled(path, service.here)
        unknown = await service.panel(None, method, where)
        led_away = unknown.status_code == 303 and unknown.headers["location"].startswith("/admin/sign-in")
        if line.takes == ANYONE:
            assert unknown.status_code != 403, line.name
            continue
        if path == "/live/stream":  # it has no end, and leads nobody away; whom it answers is tried in tests/admin/live
            assert unknown.status_code == 401
            assert line.takes == lines["GET /live"].takes
            continue
        assert led_away, line.name
        for who in everybody():
            answer = await service.panel(who, method, where)
            assert answer.status_code < 500, line.name
            assert not answer.headers.get("location", "").startswith("/admin/sign-in"), line.name
            if (answer.status_code != 403) is not line.allows(*who):
                wrong.append(f"{line.name} as {who}: {answer.status_code}")
    assert wrong == []


def filled(path: str, here: Populated) -> str:
    """The path with ids of things that are there in the place of its parameters."""
    things = here.things
    known = {
        "licence": things.seat_licence,
        "assignment": things.seat_assignment,
        "agent": things.agent,
        "client": things.api_client,
        "invitation": things.invitation,
    }

    def value(match: re.Match[str]) -> str:
        name = match[1].partition(":")[0]
        if name in known:
            parsed = ids.parse(known[name])
            assert parsed is not None
            return str(parsed[1])
        return "1" if name == "number" else str(new_id())

    return re.sub(r"{([^}]*)}", value, path)
