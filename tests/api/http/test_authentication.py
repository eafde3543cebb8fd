"""Who calls, and what that is worth at the instant."""

from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from domain.agents import personal_tokens, sessions
from domain.agents.models import Agent, Member, MemberState
from domain.agents.roles import Role
from domain.agents.sessions import Claim, SignedIn
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from domain.tenants import clients, tokens
from domain.tenants.models import ApiClient
from tests.api.http.conftest import OWN_PAGE, URL, HandClock, make_client
from tests.conftest import NOW, FoundShop, Shop
from tests.people import add_member

SEAT_END = NOW + timedelta(days=30)


async def personal_token(database: Database, shop: Shop, member: Member) -> Credential:
    async with database.writing(shop.tenant_id) as session:
        _, credential = await personal_tokens.create_personal_token(session, member_id=member.id, name="x", now=NOW)
    return credential


async def cookie(database: Database, shop: Shop, member: Member) -> str:
    async with database.writing(shop.tenant_id) as session:
        claimed = Claim(member.id, member.password_hash, proven=True)
        outcome = await sessions.sign_in(session, claimed=claimed, now=NOW)
    assert isinstance(outcome, SignedIn)
    return str(outcome.credential)


async def access_token(database: Database, shop: Shop, client: ApiClient) -> Credential:
    async with database.writing(shop.tenant_id) as session:
        return (await tokens.issue_token(session, client=client, scopes=None, now=NOW)).credential


async def seat(database: Database, shop: Shop, member: Member) -> None:
    period = Range(NOW, SEAT_END, bounds="[)")
    async with database.writing(shop.tenant_id) as session:
        agent_id = await session.scalar(select(Agent.id).where(Agent.member_id == member.id))
        licence = SeatLicence(
            tenant_id=shop.tenant_id, id=new_id(), kind=SeatKind.LIGHT, period=period, label="", created_at=NOW
        )
        session.add(licence)
        await session.flush()
        session.add(
            SeatAssignment(
                tenant_id=shop.tenant_id,
                licence_id=licence.id,
                licence_period=period,
                kind=SeatKind.LIGHT,
                agent_id=agent_id,
                period=period,
                created_at=NOW,
            )
        )


async def ask(
    http: httpx2.AsyncClient, *, bearer: object = None, session: str | None = None, **headers: str
) -> httpx2.Response:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if bearer is not None:
        sent["Authorization"] = f"Bearer {bearer}"
    if session is not None:
        sent["Cookie"] = f"sezon-session={session}"
    return await http.post("/whoami", headers=sent)


def refused(response: httpx2.Response) -> str:
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith('Bearer realm="sezon"')
    assert response.headers["cache-control"] == "no-store"
    assert set(response.json()) == {"error", "message"}
    return str(response.json()["error"])


async def test_an_access_token_acts_for_its_client_with_its_scopes(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    client, _ = await make_client(database, shop)
    bearer = await access_token(database, shop, client)
    response = await ask(http, bearer=bearer, Accept_Language="pl", Idempotency_Key="k-1")
    assert response.status_code == 200
    body = response.json()
    assert body["trace_id"] == response.headers["x-trace-id"]
    del body["trace_id"]
    assert body == {
        "tenant_id": str(shop.tenant_id),
        "actor": f"CLIENT:{client.id}",
        "permissions": ["orders:read", "tickets:open"],
        "scopes": ["orders:read", "tickets:open"],
        "language": "PL",
        "idempotency_key": "k-1",
    }


async def test_a_personal_token_acts_for_its_member_in_the_members_language(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop, role=Role.ADMIN, language=Language.PL)
    response = await ask(http, bearer=await personal_token(database, shop, member), Accept_Language="en")
    assert response.status_code == 200
    assert (response.json()["actor"], response.json()["scopes"]) == (f"MEMBER:{member.id}", None)
    assert response.json()["language"] == "PL"


async def test_a_session_acts_for_its_member_from_our_own_pages(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop)
    session = await cookie(database, shop, member)
    response = await ask(http, session=session, **{k.replace("-", "_"): v for k, v in OWN_PAGE.items()})
    assert (response.status_code, response.json()["actor"]) == (200, f"MEMBER:{member.id}")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": URL},
        {"X_Sezon_Request": "1"},
        {"Origin": URL, "X_Sezon_Request": "0"},
        {"Origin": "https://evil.example", "X_Sezon_Request": "1"},
        {"Origin": "http://127.0.0.1:8001", "X_Sezon_Request": "1"},
        {"Origin": "https://127.0.0.1:8000", "X_Sezon_Request": "1"},
        {"Origin": "http://127.0.0.1:8000.evil.example", "X_Sezon_Request": "1"},
        {"Origin": "null", "X_Sezon_Request": "1"},
        {"Origin": "", "X_Sezon_Request": "1"},
        {"Origin": "http://[", "X_Sezon_Request": "1"},
    ],
)
async def test_a_cookie_without_our_origin_and_header_is_refused(
    http: httpx2.AsyncClient, database: Database, shop: Shop, headers: dict[str, str]
) -> None:
    session = await cookie(database, shop, await add_member(database, shop))
    assert refused(await ask(http, session=session, **headers)) == "COOKIE_REFUSED"


async def test_over_https_the_cookie_is_the_one_bound_to_its_host(app: FastAPI, database: Database, shop: Shop) -> None:
    session = await cookie(database, shop, await add_member(database, shop))
    headers = {"Origin": "https://sezon.example", "X-Sezon-Request": "1"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://sezon.example") as secure:
        plain = await secure.post("/whoami", headers={**headers, "Cookie": f"sezon-session={session}"})
        bound = await secure.post("/whoami", headers={**headers, "Cookie": f"__Host-sezon-session={session}"})
    assert (plain.status_code, plain.json()["error"]) == (401, "CREDENTIALS_MISSING")
    assert bound.status_code == 200
    assert bound.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


async def test_of_a_bearer_token_and_a_cookie_the_token_counts(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    session = await cookie(database, shop, await add_member(database, shop))
    other = await add_member(database, shop, email="jan@bombka.example")
    bearer = await personal_token(database, shop, other)
    page = {k.replace("-", "_"): v for k, v in OWN_PAGE.items()}
    assert (await ask(http, bearer=bearer, session=session, **page)).json()["actor"] == f"MEMBER:{other.id}"
    assert (await ask(http, bearer=bearer, session=session)).status_code == 200
    assert refused(await ask(http, bearer="nonsense", session=session, **page)) == "CREDENTIALS_INVALID"


async def test_nobody_is_told_how_to_come_in(http: httpx2.AsyncClient) -> None:
    response = await ask(http)
    assert refused(response) == "CREDENTIALS_MISSING"
    assert response.headers["www-authenticate"] == 'Bearer realm="sezon"'


async def test_a_credential_in_the_wrong_place_or_shape_is_invalid(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop)
    session = await cookie(database, shop, member)
    token = await personal_token(database, shop, member)
    page = {k.replace("-", "_"): v for k, v in OWN_PAGE.items()}
    assert refused(await ask(http, bearer=session)) == "CREDENTIALS_INVALID"
    assert refused(await ask(http, session=str(token), **page)) == "CREDENTIALS_INVALID"
    for bearer in ("", "x", "szat_x_y_z", f"szat_{shop.tenant_id.hex}_{new_id().hex}_", "ż" * 9):
        response = await http.post("/whoami", headers={b"Authorization": f"Bearer {bearer}".encode()})
        assert refused(response) == "CREDENTIALS_INVALID"
    basic = await http.post("/whoami", auth=("a", "b"))
    assert refused(basic) == "CREDENTIALS_INVALID"


async def test_a_credential_moved_to_another_tenant_is_worth_nothing(
    http: httpx2.AsyncClient, database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other = await found_shop()
    client, _ = await make_client(database, shop)
    for real in (
        await access_token(database, shop, client),
        await personal_token(database, shop, await add_member(database, shop)),
    ):
        for tenant_id in (other.tenant_id, new_id(), UUID(int=0)):
            moved = Credential(real.prefix, tenant_id, real.id, real.secret)
            assert refused(await ask(http, bearer=moved)) == "CREDENTIALS_INVALID"
        forged = Credential(real.prefix, shop.tenant_id, real.id, "x" * 43)
        assert refused(await ask(http, bearer=forged)) == "CREDENTIALS_INVALID"
        assert (await ask(http, bearer=real)).status_code == 200


async def test_the_token_of_a_revoked_client_is_worth_nothing(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    client, _ = await make_client(database, shop)
    bearer = await access_token(database, shop, client)
    async with database.writing(shop.tenant_id) as session:
        await clients.revoke_client(session, client_id=client.id, by=SYSTEM, now=NOW)
    assert refused(await ask(http, bearer=bearer)) == "CREDENTIALS_INVALID"


@pytest.mark.parametrize("prefix", [Prefix.PERSONAL_TOKEN, Prefix.SESSION])
async def test_what_an_agent_holds_is_worth_nothing_from_the_instant_the_seat_ends(
    http: httpx2.AsyncClient, database: Database, shop: Shop, clock: HandClock, prefix: Prefix
) -> None:
    member = await add_member(database, shop, role=Role.AGENT, language=Language.PL)
    await seat(database, shop, member)
    token = await personal_token(database, shop, member)
    async with database.writing(shop.tenant_id) as session:
        found = await session.get(Member, (shop.tenant_id, member.id))
        assert found is not None
        claimed = Claim(member.id, member.password_hash, proven=True)
        signed_in = await sessions.sign_in(session, claimed=claimed, now=SEAT_END - timedelta(hours=1))
    assert isinstance(signed_in, SignedIn)
    page = {k.replace("-", "_"): v for k, v in OWN_PAGE.items()}

    async def call() -> httpx2.Response:
        if prefix is Prefix.SESSION:
            return await ask(http, session=str(signed_in.credential), **page)
        return await ask(http, bearer=token)

    clock.at = SEAT_END - timedelta(microseconds=1)
    assert (await call()).status_code == 200
    clock.at = SEAT_END
    response = await call()
    assert refused(response) == "SEAT_ENDED"
    assert response.json()["message"].startswith("Nie masz teraz licencji")


async def test_an_admin_needs_no_seat_to_come_in_and_a_suspended_one_does_not_come_in(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop, role=Role.ADMIN)
    token = await personal_token(database, shop, member)
    permissions = (await ask(http, bearer=token)).json()["permissions"]
    assert "seats:manage" in permissions
    assert "tickets:work" not in permissions
    async with database.writing(shop.tenant_id) as session:
        found = await session.get(Member, (shop.tenant_id, member.id))
        assert found is not None
        found.state = MemberState.SUSPENDED
    assert refused(await ask(http, bearer=token)) == "CREDENTIALS_INVALID"


async def test_the_callers_trace_is_taken_up(http: httpx2.AsyncClient, database: Database, shop: Shop) -> None:
    client, _ = await make_client(database, shop)
    bearer = await access_token(database, shop, client)
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    response = await ask(http, bearer=bearer, traceparent=f"00-{trace}-00f067aa0ba902b7-01")
    assert (response.json()["trace_id"], response.headers["x-trace-id"]) == (trace, trace)
    for wrong in (
        "",
        "x",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{trace}-{'0' * 16}-01",
        f"ff-{trace}-00f067aa0ba902b7-01",
    ):
        made = (await ask(http, bearer=bearer, traceparent=wrong)).json()["trace_id"]
        assert made != trace
        assert len(made) == 32
