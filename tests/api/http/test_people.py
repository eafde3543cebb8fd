"""`/auth/*`: signing in and out, personal tokens, joining."""

import json
from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI

from domain.agents import invitations
from domain.agents.models import MemberState
from domain.agents.queries import lock_agent_of
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats import passes
from domain.seats.models import SeatKind
from domain.seats.queries import lock_assignments_of
from domain.tickets import departures
from tests.api.http.conftest import OWN_PAGE, HandClock
from tests.conftest import NOW, FoundShop, Shop
from tests.people import PASSWORD, add_member
from tests.state import everything

EMAIL = "ola@bombka.example"
WRONG = {"error": "WRONG_CREDENTIALS", "message": "The shop, the e-mail address or the password is wrong."}


def body(founded: Shop, **changes: str) -> dict[str, str]:
    return {"shop": founded.slug, "email": EMAIL, "password": PASSWORD, **changes}


async def sign_in(http: httpx2.AsyncClient, shop: Shop) -> None:
    assert (await http.post("/auth/sign-in", json=body(shop), headers=OWN_PAGE)).status_code == 200


async def invited(database: Database, shop: Shop) -> str:
    inviter = await add_member(database, shop, email="szef@bombka.example", role=Role.OWNER)
    async with database.writing(shop.tenant_id) as session:
        made = await invitations.invite_member(
            session,
            email="ewa@bombka.example",
            name="Ewa",
            role=Role.ADMIN,
            team_ids=[],
            skill_ids=[],
            capacities={},
            language=Language.PL,
            belongs_to_customer=False,
            by=SYSTEM,
            inviter_member_id=inviter.id,
            key="k" * 32,
            now=NOW,
        )
    return str(invitations.link_credential(tenant_id=shop.tenant_id, invitation_id=made.invitation.id, key="k" * 32))


async def test_signing_in_gives_a_strict_cookie_and_says_who_it_is(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop)
    response = await http.post("/auth/sign-in", json=body(shop), headers=OWN_PAGE)
    assert response.status_code == 200
    said = response.json()["member"]
    assert response.json()["day_pass"] is None
    assert said.pop("agent_id")
    assert said == {
        "id": str(member.id),
        "name": "Ola",
        "email": EMAIL,
        "role": "ADMIN",
        "language": "PL",
        "seat": None,
    }
    cookie = response.headers["set-cookie"]
    assert cookie.startswith(f"sezon-session=szss_{shop.tenant_id.hex}_")
    assert cookie.split("; ")[1:] == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=strict"]
    assert response.headers["cache-control"] == "no-store"
    whoami = await http.post("/whoami", headers=OWN_PAGE)
    assert whoami.json()["actor"] == f"MEMBER:{member.id}"


async def test_signing_in_says_what_came_of_a_day_pass(
    http: httpx2.AsyncClient, database: Database, shop: Shop, clock: HandClock
) -> None:
    member = await add_member(database, shop, role=Role.AGENT)
    async with database.writing(shop.tenant_id) as session:
        agent = await lock_agent_of(session, member_id=member.id)
        assert agent is not None
        await passes.set_holder(session, agent_id=agent.id, kind=SeatKind.LIGHT, by=SYSTEM, now=NOW)

    async def signed_in() -> tuple[str | None, dict[str, str] | None]:
        answer = (await http.post("/auth/sign-in", json=body(shop), headers=OWN_PAGE)).json()
        return answer["day_pass"], answer["member"]["seat"]

    assert await signed_in() == ("NONE_LEFT", None)
    async with database.writing(shop.tenant_id) as session:
        await passes.add_passes(session, kind=SeatKind.LIGHT, count=2, by=SYSTEM, now=NOW)
    seat = {"kind": "LIGHT", "until": "2026-11-02T23:00:00+00:00"}
    assert await signed_in() == ("SPENT", seat)
    assert await signed_in() == (None, seat)
    async with database.writing(shop.tenant_id) as session:
        (assignment,) = await lock_assignments_of(session, agent_id=agent.id)
        await departures.release_seat(session, assignment_id=assignment.id, at=None, by=SYSTEM, now=NOW)
    clock.at = NOW + timedelta(minutes=1)
    assert await signed_in() == ("SPENT_BEFORE", None)


async def test_over_https_the_cookie_is_secure_and_bound_to_its_host(
    app: FastAPI, database: Database, shop: Shop
) -> None:
    await add_member(database, shop)
    headers = {"Origin": "https://sezon.example", "X-Sezon-Request": "1"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="https://sezon.example") as secure:
        response = await secure.post("/auth/sign-in", json=body(shop), headers=headers)
    name, *attributes = response.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-sezon-session=szss_")
    assert attributes == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=strict", "Secure"]


async def test_every_failure_to_sign_in_is_one_answer(
    http: httpx2.AsyncClient, database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    await add_member(database, shop)
    await add_member(database, shop, email="zuza@bombka.example", state=MemberState.SUSPENDED)
    await add_member(database, shop, email="ewa@bombka.example", state=MemberState.INVITED)
    other = await found_shop()
    for changes in (
        {"password": "wrong"},
        {"email": "nobody@bombka.example"},
        {"email": "zuza@bombka.example"},
        {"email": "ewa@bombka.example"},
        {"shop": other.slug},
        {"shop": "no-such-shop"},
        {"shop": "\x00"},
        {"email": "\x00"},
        {"password": "\x00"},
    ):
        response = await http.post("/auth/sign-in", json=body(shop, **changes), headers=OWN_PAGE)
        assert (response.status_code, response.json()) == (401, WRONG)
        assert "set-cookie" not in response.headers
    assert (await everything(database, shop.tenant_id))["sign_in_session"] == []


async def test_a_locked_account_answers_a_stranger_as_before_and_the_count_survived_the_refusals(
    http: httpx2.AsyncClient, database: Database, shop: Shop, clock: HandClock
) -> None:
    await add_member(database, shop)
    for _ in range(10):
        response = await http.post("/auth/sign-in", json=body(shop, password="wrong"), headers=OWN_PAGE)
        assert (response.status_code, response.json()) == (401, WRONG)
    response = await http.post("/auth/sign-in", json=body(shop), headers=OWN_PAGE)
    assert (response.status_code, response.json()) == (401, WRONG)
    clock.at = NOW + timedelta(minutes=15)
    await sign_in(http, shop)


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "http://127.0.0.1:8000"}, {"X-Sezon-Request": "1"}, {**OWN_PAGE, "Origin": "https://evil.example"}],
)
async def test_no_other_site_signs_anybody_in_or_out(
    http: httpx2.AsyncClient, database: Database, shop: Shop, headers: dict[str, str]
) -> None:
    await add_member(database, shop)
    await sign_in(http, shop)
    before = await everything(database, shop.tenant_id)
    for path in ("/auth/sign-in", "/auth/sign-out", "/auth/tokens"):
        content = {"name": "x"} if path == "/auth/tokens" else body(shop)
        response = await http.post(path, json=content, headers=headers)
        assert (response.status_code, response.json()["error"]) == (401, "COOKIE_REFUSED")
    assert await everything(database, shop.tenant_id) == before


async def test_signing_out_ends_the_session_and_forgets_the_cookie(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    await add_member(database, shop)
    await sign_in(http, shop)
    stolen = http.cookies["sezon-session"]
    response = await http.post("/auth/sign-out", headers=OWN_PAGE)
    assert response.status_code == 204
    assert response.headers["set-cookie"].split("; ")[0] == 'sezon-session=""'
    assert "Max-Age=0" in response.headers["set-cookie"]
    http.cookies.clear()
    again = await http.post("/whoami", headers={**OWN_PAGE, "Cookie": f"sezon-session={stolen}"})
    assert (again.status_code, again.json()["error"]) == (401, "CREDENTIALS_INVALID")
    assert (await http.post("/auth/sign-out", headers=OWN_PAGE)).status_code == 204


async def test_a_personal_token_is_shown_once_works_and_can_be_ended(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop)
    await sign_in(http, shop)
    response = await http.post("/auth/tokens", json={"name": "skrypt", "days": 30}, headers=OWN_PAGE)
    assert response.status_code == 201
    made = response.json()
    assert (made["name"], made["expires_at"]) == ("skrypt", (NOW + timedelta(days=30)).isoformat())
    assert made["token"].startswith(f"szpt_{shop.tenant_id.hex}_")
    bearer = {"Authorization": f"Bearer {made['token']}"}
    assert (await http.post("/whoami", headers=bearer)).json()["actor"] == f"MEMBER:{member.id}"
    for _ in range(2):
        assert (await http.delete(f"/auth/tokens/{made['id']}", headers=OWN_PAGE)).status_code == 204
    assert (await http.post("/whoami", headers=bearer)).status_code == 401


async def test_a_token_makes_and_ends_no_tokens(http: httpx2.AsyncClient, database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    await sign_in(http, shop)
    made = (await http.post("/auth/tokens", json={"name": "x"}, headers=OWN_PAGE)).json()
    before = await everything(database, shop.tenant_id)
    headers = {**OWN_PAGE, "Authorization": f"Bearer {made['token']}"}
    assert (await http.post("/auth/tokens", json={"name": "y"}, headers=headers)).status_code == 401
    assert (await http.delete(f"/auth/tokens/{made['id']}", headers=headers)).status_code == 401
    http.cookies.clear()
    assert (await http.post("/auth/tokens", json={"name": "y"}, headers=OWN_PAGE)).status_code == 401
    assert await everything(database, shop.tenant_id) == before


async def test_somebody_elses_token_is_not_found(
    http: httpx2.AsyncClient, database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other = await found_shop()
    await add_member(database, other)
    await sign_in(http, other)
    theirs = (await http.post("/auth/tokens", json={"name": "x"}, headers=OWN_PAGE)).json()["id"]
    http.cookies.clear()
    await add_member(database, shop)
    await sign_in(http, shop)
    answers = []
    for token_id in (theirs, str(new_id())):
        response = await http.delete(f"/auth/tokens/{token_id}", headers=OWN_PAGE)
        answers.append((response.status_code, {**response.json(), "token_id": None}))
    assert (
        answers[0]
        == answers[1]
        == (
            404,
            {"error": "PERSONAL_TOKEN_NOT_FOUND", "message": "You have no such token.", "token_id": None},
        )
    )


async def test_joining_by_a_link_sets_the_password_once(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    token = await invited(database, shop)
    accept = {"token": token, "password": PASSWORD, "name": "Ewa Nowak"}
    response = await http.post("/auth/invitations/accept", json=accept)
    assert response.status_code == 200
    assert (response.json()["member"]["name"], response.json()["member"]["role"]) == ("Ewa Nowak", "ADMIN")
    signed = await http.post("/auth/sign-in", json=body(shop, email="ewa@bombka.example"), headers=OWN_PAGE)
    assert signed.status_code == 200
    before = await everything(database, shop.tenant_id)
    again = await http.post("/auth/invitations/accept", json=accept, headers={"Accept-Language": "pl"})
    assert (again.status_code, again.json()) == (
        410,
        {"error": "INVITATION_INVALID", "message": "To zaproszenie jest już nieważne. Poproś o nowe."},
    )
    assert await everything(database, shop.tenant_id) == before


async def test_an_expired_link_and_a_short_password_change_nothing(
    http: httpx2.AsyncClient, database: Database, shop: Shop, clock: HandClock
) -> None:
    token = await invited(database, shop)
    before = await everything(database, shop.tenant_id)
    short = await http.post("/auth/invitations/accept", json={"token": token, "password": "short"})
    assert (short.status_code, short.json()["error"], short.json()["field"]) == (422, "INVALID_INPUT", "password")
    clock.at = NOW + timedelta(days=7)
    late = await http.post("/auth/invitations/accept", json={"token": token, "password": PASSWORD})
    assert (late.status_code, late.json()["error"]) == (410, "INVITATION_INVALID")
    assert await everything(database, shop.tenant_id) == before


@pytest.mark.parametrize(
    "content",
    [
        {"shop": "a", "email": "b"},
        {"shop": "a", "email": "b", "password": 7},
        {"shop": "a", "email": "b", "password": "hunter2 hunter2", "extra": "x"},
        {"shop": "a", "email": "b", "password": "hunter2 " * 40},
        ["hunter2"],
    ],
)
async def test_a_malformed_body_is_named_and_never_repeated(http: httpx2.AsyncClient, content: object) -> None:
    response = await http.post("/auth/sign-in", json=content, headers=OWN_PAGE)
    assert (response.status_code, response.json()["error"]) == (422, "INVALID_REQUEST")
    assert "hunter2" not in json.dumps(response.json())


async def test_a_body_of_another_type_signs_nobody_in(http: httpx2.AsyncClient, database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    text = json.dumps(body(shop))
    response = await http.post("/auth/sign-in", content=text, headers={**OWN_PAGE, "Content-Type": "text/plain"})
    assert response.status_code == 422
