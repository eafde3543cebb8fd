"""The panel: signing in and out, joining, the start page, in two languages."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from unittest.mock import ANY

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from starlette.applications import Starlette
from starlette.routing import Mount

from admin.app import create_panel
from admin.catalogue import WORDS
from api.http.metrics import Metrics
from api.http.middleware import Observed
from domain.agents import invitations
from domain.agents.models import Agent, Member, MemberState
from domain.agents.queries import lock_agent_of
from domain.agents.roles import Role
from domain.kit.database import Database, engine_for
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.seats import passes
from domain.seats.models import SeatAssignment, SeatKind, SeatLicence
from infra.embedded.ports import free_ports
from tests.api.http.conftest import HandClock, settings_for
from tests.conftest import NOW, Shop
from tests.people import PASSWORD, add_member, cheap_passwords
from tests.servers import Servers
from tests.state import events_of, everything

URL = "http://127.0.0.1:8000"
OWN = {"Origin": URL}
KEY = "k" * 32
SOME_SESSION = f"sezon-session=szss_{new_id().hex}_{new_id().hex}_x"


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def http(servers: Servers, database: Database, clock: HandClock) -> AsyncIterator[httpx2.AsyncClient]:
    panel = create_panel(settings_for(servers), database, clock, passwords=cheap_passwords())
    transport = httpx2.ASGITransport(Starlette(routes=[Mount("/admin", panel)]))
    async with httpx2.AsyncClient(transport=transport, base_url=URL, headers={"Accept-Language": "en"}) as client:
        yield client


def text_of(response: httpx2.Response) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", response.text)))


async def sign_in(http: httpx2.AsyncClient, shop: Shop, *, email: str = "ola@bombka.example") -> httpx2.Response:
    form = {"shop": shop.slug, "email": email, "password": PASSWORD}
    return await http.post("/admin/sign-in", data=form, headers=OWN)


async def test_without_a_pass_left_the_sign_in_leads_to_the_start_page_which_says_so(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop, role=Role.AGENT, language=Language.EN)
    async with database.writing(shop.tenant_id) as session:
        agent = await lock_agent_of(session, member_id=member.id)
        assert agent is not None
        await passes.set_holder(session, agent_id=agent.id, kind=SeatKind.LIGHT, by=SYSTEM, now=NOW)
    form = {"shop": shop.slug, "email": "ola@bombka.example", "password": PASSWORD, "back": "/tickets"}
    refused = await http.post("/admin/sign-in", data=form, headers=OWN)
    assert (refused.status_code, refused.headers["location"]) == (303, "/admin/")
    assert "You come in on day passes, and none is left." in text_of(await http.get("/admin/"))
    async with database.writing(shop.tenant_id) as session:
        await passes.add_passes(session, kind=SeatKind.LIGHT, count=1, by=SYSTEM, now=NOW)
    seated = await http.post("/admin/sign-in", data=form, headers=OWN)
    assert (seated.status_code, seated.headers["location"]) == (303, "/admin/tickets")
    assert "Light, until 2026-11-03 00:00" in text_of(await http.get("/admin/"))


async def invited(database: Database, shop: Shop, *, name: str = "Ewa") -> str:
    inviter = await add_member(database, shop, email="szef@bombka.example", role=Role.OWNER)
    async with database.writing(shop.tenant_id) as session:
        made = await invitations.invite_member(
            session,
            email="ewa@bombka.example",
            name=name,
            role=Role.ADMIN,
            team_ids=[],
            skill_ids=[],
            capacities={},
            language=Language.PL,
            belongs_to_customer=False,
            by=SYSTEM,
            inviter_member_id=inviter.id,
            key=KEY,
            now=NOW,
        )
    credential = invitations.link_credential(tenant_id=shop.tenant_id, invitation_id=made.invitation.id, key=KEY)
    return f"/admin/invitation/{credential}"


async def add_seats(database: Database, shop: Shop, member: Member) -> None:
    """Two light licences and one full one; the member sits on a light one."""
    period = Range(NOW, NOW + timedelta(days=30), bounds="[)")
    async with database.writing(shop.tenant_id) as session:
        kinds = [SeatKind.LIGHT, SeatKind.LIGHT, SeatKind.FULL]
        licences = [
            SeatLicence(tenant_id=shop.tenant_id, id=new_id(), kind=kind, period=period, label="", created_at=NOW)
            for kind in kinds
        ]
        session.add_all(licences)
        await session.flush()
        agent_id = await session.scalar(select(Agent.id).where(Agent.member_id == member.id))
        session.add(
            SeatAssignment(
                tenant_id=shop.tenant_id,
                licence_id=licences[0].id,
                licence_period=period,
                kind=SeatKind.LIGHT,
                agent_id=agent_id,
                period=period,
                created_at=NOW,
            )
        )


async def test_the_start_page_says_who_you_are_and_how_many_seats_are_in_use(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop, language=Language.EN)
    await add_seats(database, shop, member)
    signed_in = await sign_in(http, shop)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/admin/")
    cookie = signed_in.headers["set-cookie"].split("; ")
    assert cookie[0].startswith(f"sezon-session=szss_{shop.tenant_id.hex}_")
    assert cookie[1:] == ["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=strict"]
    page = await http.get("/admin/")
    assert page.status_code == 200
    said = text_of(page)
    assert (
        "Bombka You Your name Ola E-mail address ola@bombka.example Role Admin Seat Light, until 2026-12-02 10:00"
        in said
    )
    assert "Seats now Kind In use Licences Full 0 1 Light 1 2" in said


async def test_without_a_session_there_is_the_sign_in_page_alone(http: httpx2.AsyncClient) -> None:
    nobodys = f"szss_{new_id().hex}_{new_id().hex}_x"
    for session, led in (("", ""), ("x", ""), ("szss_x_y_z", ""), (nobodys, "?ended=1")):
        response = await http.get("/admin/", headers={"Cookie": f"sezon-session={session}"})
        assert (response.status_code, response.headers["location"]) == (303, f"/admin/sign-in{led}")


async def test_a_wrong_sign_in_says_so_and_begins_nothing(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    await add_member(database, shop)
    for form in (
        {"shop": shop.slug, "email": "ola@bombka.example", "password": "wrong"},
        {"shop": "no-such-shop", "email": "ola@bombka.example", "password": PASSWORD},
        {"shop": shop.slug},
        {},
    ):
        response = await http.post("/admin/sign-in", data={"x": "y", **form}, headers=OWN)
        assert response.status_code == 401
        assert "The shop, the e-mail address or the password is wrong." in text_of(response)
        assert "set-cookie" not in response.headers
    assert (await everything(database, shop.tenant_id))["sign_in_session"] == []


async def test_an_agent_without_a_seat_sees_that_and_nothing_of_the_shop(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    await add_member(database, shop, role=Role.AGENT, language=Language.PL)
    await sign_in(http, shop)
    said = text_of(await http.get("/admin/"))
    assert "Nie masz teraz licencji." in said
    assert "Bez niej nie możesz tu nic zrobić." in said
    assert "Licencje teraz" not in said


async def test_signing_out_ends_the_session(http: httpx2.AsyncClient, database: Database, shop: Shop) -> None:
    await add_member(database, shop)
    await sign_in(http, shop)
    stolen = http.cookies["sezon-session"]
    assert (await http.get("/admin/sign-out")).status_code == 405
    response = await http.post("/admin/sign-out", headers=OWN)
    assert (response.status_code, response.headers["location"]) == (303, "/admin/sign-in")
    http.cookies.clear()
    again = await http.get("/admin/", headers={"Cookie": f"sezon-session={stolen}"})
    assert again.status_code == 303


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": URL, "Sec-Fetch-Site": "cross-site"}],
)
async def test_a_form_from_elsewhere_does_nothing(
    http: httpx2.AsyncClient, database: Database, shop: Shop, headers: dict[str, str]
) -> None:
    link = await invited(database, shop)
    await add_member(database, shop)
    await sign_in(http, shop)
    before = await everything(database, shop.tenant_id)
    form = {"shop": shop.slug, "email": "ola@bombka.example", "password": PASSWORD, "repeat": PASSWORD, "name": "x"}
    for path in ("/admin/sign-in", "/admin/sign-out", link):
        response = await http.post(path, data=form, headers=headers)
        assert response.status_code == 403
        assert "nothing was done" in text_of(response)
    assert await everything(database, shop.tenant_id) == before


async def test_joining_by_the_link_leads_to_signing_in(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    link = await invited(database, shop)
    before = await everything(database, shop.tenant_id)
    for _ in range(2):
        page = await http.get(link, headers={"Accept-Language": "en"})
        assert page.status_code == 200
        assert "Dołącz do sklepu Bombka" in text_of(page)
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["cache-control"] == "no-store"
    assert await everything(database, shop.tenant_id) == before
    form = {"name": "Ewa Nowak", "password": PASSWORD, "repeat": PASSWORD}
    browser = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    response = await http.post(link, data=form, headers=browser)
    assert response.status_code == 303
    assert response.headers["location"] == f"/admin/sign-in?shop={shop.slug}&joined=1&language=pl"
    welcome = await http.get(response.headers["location"])
    assert "Gotowe." in text_of(welcome)
    assert f'value="{shop.slug}"' in welcome.text
    assert (await sign_in(http, shop, email="ewa@bombka.example")).status_code == 303
    after = await everything(database, shop.tenant_id)
    used = await http.post(link, data=form, headers=OWN)
    assert (used.status_code, used.headers["referrer-policy"]) == (410, "no-referrer")
    assert "To zaproszenie jest już nieważne." in text_of(used)
    assert await everything(database, shop.tenant_id) == after


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"password": "short", "repeat": "short", "name": "Ewa"}, "Musi mieć co najmniej 12 znaków."),
        ({"password": PASSWORD, "repeat": PASSWORD + "x", "name": "Ewa"}, "Hasła nie są takie same."),
        ({"password": PASSWORD, "repeat": PASSWORD, "name": " "}, "Nie może być puste."),
    ],
)
async def test_a_refused_password_leaves_the_link_good(
    http: httpx2.AsyncClient, database: Database, shop: Shop, form: dict[str, str], said: str
) -> None:
    link = await invited(database, shop)
    before = await everything(database, shop.tenant_id)
    response = await http.post(link, data=form, headers=OWN)
    assert response.status_code == 422
    assert said in text_of(response)
    assert PASSWORD not in response.text
    assert await everything(database, shop.tenant_id) == before


async def test_a_link_that_is_none_or_too_old_is_answered_alike(
    http: httpx2.AsyncClient, database: Database, shop: Shop, clock: HandClock
) -> None:
    link = await invited(database, shop)
    clock.at = NOW + timedelta(days=7)
    for path in (link, "/admin/invitation/nonsense", f"/admin/invitation/sziv_{new_id().hex}_{new_id().hex}_x"):
        response = await http.get(path)
        assert response.status_code == 410
        assert "This invitation is no longer valid." in text_of(response)


async def test_what_people_are_called_cannot_become_markup(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    name = '"><script>alert(1)</script>'
    link = await invited(database, shop, name=name)
    page = await http.get(link)
    assert "<script>" not in page.text
    shown = await http.get("/admin/sign-in", params={"shop": name})
    assert "<script>" not in shown.text
    assert unescape(re.findall(r'name="shop" value="([^"]*)"', shown.text)[0]) == name


async def test_the_doors_are_in_the_chosen_language_and_remember_it(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    await add_member(database, shop, language=Language.EN)
    assert "Zaloguj się" in (await http.get("/admin/sign-in", headers={"Accept-Language": "pl"})).text
    assert "Sign in" in (await http.get("/admin/sign-in")).text
    chosen = await http.get("/admin/sign-in?language=pl")
    assert '<html lang="pl">' in chosen.text
    assert chosen.headers["set-cookie"].split("; ")[0] == "sezon-language=PL"
    assert "Zaloguj się" in (await http.get("/admin/sign-in")).text
    await sign_in(http, shop)
    assert "Seats now" in (await http.get("/admin/?language=pl")).text
    assert "Sign in" in (await http.get("/admin/sign-in?language=xx", headers={"Cookie": ""})).text


async def test_a_member_chooses_the_language_once_and_everywhere(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop, language=Language.EN)
    await sign_in(http, shop)
    for _ in range(2):
        chosen = await http.post("/admin/language", data={"language": "PL", "back": "/?x=1"}, headers=OWN)
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/admin/?x=1")
    assert chosen.headers["set-cookie"].split("; ")[0] == "sezon-language=PL"
    assert "Licencje teraz" in (await http.get("/admin/")).text
    async with database.reading(shop.tenant_id) as session:
        assert (await session.get_one(Member, (shop.tenant_id, member.id))).language is Language.PL
    assert await events_of(database, shop.tenant_id, aggregate="member") == [
        ("MemberSignedIn", 1, ANY),
        ("MemberLanguageSet", 2, {"language": "PL", "before": "EN"}),
    ]


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "", "x"])
async def test_choosing_a_language_leads_nowhere_else(
    http: httpx2.AsyncClient, database: Database, shop: Shop, back: str
) -> None:
    await add_member(database, shop, language=Language.EN)
    await sign_in(http, shop)
    before = await everything(database, shop.tenant_id)
    for language in ("EN", "XX", ""):
        chosen = await http.post("/admin/language", data={"language": language, "back": back}, headers=OWN)
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/admin/")
    refused = await http.post("/admin/language", data={"language": "PL"}, headers={"Origin": "https://evil.example"})
    assert refused.status_code == 403
    assert await everything(database, shop.tenant_id) == before


async def test_every_page_has_a_strict_policy_and_no_inline_code(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    await add_member(database, shop)
    pages = [
        await http.get("/admin/sign-in"),
        await http.get("/admin/nothing"),
        await http.get(await invited(database, shop)),
    ]
    await sign_in(http, shop)
    pages.append(await http.get("/admin/"))
    assert [page.status_code for page in pages] == [200, 404, 200, 200]
    for page in pages:
        assert page.headers["content-security-policy"] == (
            "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:", page.text)
        assert page.headers["cache-control"] == "no-store"
    style = await http.get("/admin/static/panel.css")
    assert (style.status_code, style.headers["content-type"].split(";")[0]) == (200, "text/css")


async def test_a_suspended_members_session_is_worth_nothing(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    member = await add_member(database, shop)
    await sign_in(http, shop)
    async with database.writing(shop.tenant_id) as session:
        found = await session.get(Member, (shop.tenant_id, member.id))
        assert found is not None
        found.state = MemberState.SUSPENDED
    assert (await http.get("/admin/")).status_code == 303


def test_both_languages_say_everything() -> None:
    for key, english in WORDS[Language.EN].items():
        polish = WORDS[Language.PL][key]
        assert english
        assert polish
        assert re.findall(r"{\w+}", english) == re.findall(r"{\w+}", polish)


async def test_what_goes_wrong_is_a_page_with_a_reference_and_nothing_of_the_fault(
    servers: Servers, database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = create_panel(settings_for(servers), database, clock, passwords=cheap_passwords())
    app = Observed(Starlette(routes=[Mount("/admin", panel)]), metrics=Metrics(database.engine))

    def broken() -> None:
        raise RuntimeError("the spring is broken")

    monkeypatch.setattr(clock, "now", broken)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url=URL) as client:
        page = await client.get("/admin/sign-in", headers={"Accept-Language": "pl", "Cookie": SOME_SESSION})
    assert page.status_code == 500
    assert f"podaj nam numer {page.headers['x-trace-id']}." in text_of(page)
    assert "spring" not in page.text


async def test_a_page_to_come_back_to_that_can_be_kept_nowhere_is_the_start_page(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    await add_member(database, shop, language=Language.EN)
    await sign_in(http, shop)
    form = {"language": "PL", "back": "/\0", "once": "1"}
    for _ in range(2):
        chosen = await http.post("/admin/language", data=form, headers=OWN)
        assert (chosen.status_code, chosen.headers["location"]) == (303, "/admin/")


async def test_what_is_not_there_is_said_in_the_frame_of_who_is_signed_in(
    http: httpx2.AsyncClient, database: Database, shop: Shop
) -> None:
    await add_member(database, shop, language=Language.PL)
    outside = await http.get("/admin/nothing")
    assert (outside.status_code, text_of(outside).count("There is no such page.")) == (404, 1)
    assert "/admin/sign-out" not in outside.text
    await sign_in(http, shop)
    for path, status in (("/admin/nothing", 404), ("/admin/sign-out", 405)):
        inside = await http.get(path)
        assert inside.status_code == status
        assert "Nie ma takiej strony." in text_of(inside)
        assert 'action="/admin/sign-out"' in inside.text
        assert 'href="/admin/seats"' in inside.text


async def test_every_page_names_an_icon_that_is_there(http: httpx2.AsyncClient) -> None:
    page = await http.get("/admin/sign-in")
    icon = re.findall(r'<link rel="icon" href="([^"]*)"', page.text)
    assert icon == ["/admin/static/icon.svg"]
    answer = await http.get(icon[0])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")


AWAY = {
    "en": "We cannot reach our data right now. Come back in a moment.",
    "pl": "W tej chwili nie mamy dostępu do danych. Wróć za chwilę.",
}


async def refused_by(servers: Servers, database: Database, path: str, language: str) -> httpx2.Response:
    panel = create_panel(settings_for(servers), database, HandClock(), passwords=cheap_passwords())
    transport = httpx2.ASGITransport(Starlette(routes=[Mount("/admin", panel)]))
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
        return await client.get(path, headers={"Accept-Language": language, "Cookie": SOME_SESSION})


@pytest.mark.parametrize("language", ["en", "pl"])
async def test_a_database_that_is_down_is_503_with_when_to_come_again(servers: Servers, language: str) -> None:
    down = Database(engine_for(f"postgresql://app:x@127.0.0.1:{free_ports(None)[0]}/sezon", pool_size=1))
    for path in ("/admin/", "/admin/tickets", "/admin/desk"):
        page = await refused_by(servers, down, path, language)
        assert (page.status_code, page.headers["retry-after"]) == (503, "1")
        assert AWAY[language] in text_of(page)
    nowhere = await refused_by(servers, down, "/admin/nothing", language)
    assert nowhere.status_code == 404
    await down.close()


async def test_a_database_whose_connections_are_all_at_work_is_503_with_when_to_come_again(servers: Servers) -> None:
    busy = Database(engine_for(servers.app_url, pool_size=1, pool_wait=0.05))
    async with busy.engine.connect():
        page = await refused_by(servers, busy, "/admin/", "en")
    assert (page.status_code, page.headers["retry-after"]) == (503, "1")
    assert AWAY["en"] in text_of(page)
    await busy.close()
