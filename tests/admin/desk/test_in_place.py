"""The same pages as HTMX asks for them: fragments with an address, focus, and a word for the live region."""

import hashlib
import json
import re
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

import admin
from domain.kit.database import Database
from domain.seats.models import SeatKind
from domain.tickets import outbound
from domain.tickets.models import Delivery
from tests.admin.desk.conftest import SignIn, add_draft, add_order, hold, text_of
from tests.conftest import NOW, CountStatements
from tests.domain.world import World

VENDOR = Path(admin.__file__).parent / "static" / "vendor"
HTMX_SHA256 = "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"


async def test_a_fragment_is_the_desk_alone_with_its_address_and_its_title(world: World, sign_in: SignIn) -> None:
    lena = await world.person(SeatKind.LIGHT)
    await hold(world, await world.ticket(), lena)
    desk = await sign_in(lena)
    part = await desk.open("/desk/tickets/1?said=noted", htmx=True)
    assert part.status_code == 200
    assert part.text.startswith("<title>Ticket 1: Gdzie jest moja paczka? · Sezon</title>")
    assert "<html" not in part.text
    assert part.headers["hx-push-url"] == "/admin/desk/tickets/1"
    assert '<p id="said" class="said" role="status" hx-swap-oob="innerHTML">The note is in the' in part.text
    assert re.search(r'<h2 id="ticket-title" tabindex="-1" autofocus>', part.text)
    whole = await desk.open("/desk/tickets/1")
    assert whole.text.startswith("<!doctype html>")
    assert "hx-push-url" not in whole.headers


async def test_the_same_ticket_again_is_no_new_place_in_the_browsers_history(world: World, sign_in: SignIn) -> None:
    lena = await world.person(SeatKind.LIGHT)
    await world.ticket()
    desk = await sign_in(lena)
    at = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8000/admin/desk/tickets/1?entries=500"}
    part = await desk.http.get("/admin/desk/tickets/1", headers=at)
    assert part.headers["hx-replace-url"] == "/admin/desk/tickets/1"
    assert "hx-push-url" not in part.headers
    restored = await desk.http.get("/admin/desk/tickets/1", headers={**at, "HX-History-Restore-Request": "true"})
    assert restored.text.startswith("<!doctype html>")


async def test_a_refusal_comes_in_place_with_the_focus_on_why(world: World, sign_in: SignIn) -> None:
    lena = await world.person(SeatKind.LIGHT)
    await hold(world, await world.ticket(), lena)
    desk = await sign_in(lena)
    refused = await desk.press("/desk/tickets/1/note", htmx=True, body=" ")
    assert refused.status_code == 422
    assert refused.headers["hx-push-url"] == "/admin/desk/tickets/1"
    assert '<p class="problem" role="alert" tabindex="-1" autofocus>Text: must not be empty.</p>' in refused.text
    assert len(re.findall("autofocus", refused.text)) == 1
    assert '<details class="act" id="act-note" open>' in refused.text


async def test_pages_that_say_why_not_take_the_whole_body(world: World, sign_in: SignIn) -> None:
    lena = await world.person(SeatKind.LIGHT)
    desk = await sign_in(lena)
    refused = await desk.press("/desk/next", htmx=True, headers={"Origin": "https://evil.example"})
    assert (refused.status_code, refused.headers["hx-retarget"]) == (403, "body")


async def test_the_lists_come_alone_and_keep_what_is_open(world: World, sign_in: SignIn) -> None:
    lena = await world.person(SeatKind.LIGHT)
    for _ in range(2):
        await hold(world, await world.ticket(), lena)
    desk = await sign_in(lena)
    lists = await desk.open("/desk/lists?open=2", htmx=True)
    assert lists.text.strip().startswith('<div id="lists" hx-get="/admin/desk/lists?open=2"')
    assert re.search(r'id="mine-2" href="/admin/desk/tickets/2" aria-current="page"', lists.text)
    assert "said" not in lists.text
    assert (await desk.open("/desk/lists?open=<b>", htmx=True)).status_code == 200


async def test_the_lists_bring_how_far_the_open_tickets_mail_is(
    world: World, sign_in: SignIn, database: Database
) -> None:
    filip = await world.person(SeatKind.FULL)
    await hold(world, await world.ticket(), filip)
    await world.ticket()
    desk = await sign_in(filip)
    await desk.press("/desk/tickets/1/reply", body="Jutro.")
    async with database.reading(world.tenant_id) as session:
        delivery = (await session.scalars(select(Delivery))).one()
    page = await desk.open("/desk/tickets/1")
    assert f'<span id="mail-{delivery.entry_id}" class="on-its-way">not sent yet</span>' in page.text
    async with database.writing(world.tenant_id) as session:
        await outbound.settle(session, entry_id=delivery.entry_id, now=NOW)
    told = f'<span id="mail-{delivery.entry_id}" hx-swap-oob="innerHTML">sent</span>'
    assert told in (await desk.open("/desk/lists?open=1", htmx=True)).text
    for elsewhere in ("", "?open=2", f"?open={10**19 - 1}"):
        assert "mail-" not in (await desk.open(f"/desk/lists{elsewhere}", htmx=True)).text
    assert 'class="on-its-way"' not in (await desk.open("/desk/tickets/1")).text


async def test_htmx_evaluates_nothing_keeps_nothing_and_asks_nobody_else(world: World, sign_in: SignIn) -> None:
    lena = await world.person(SeatKind.LIGHT)
    page = await (await sign_in(lena)).open("/desk")
    (config,) = re.findall(r"<meta name=\"htmx-config\" content='([^']*)'>", page.text)
    told = json.loads(unescape(config))
    assert (told["allowEval"], told["allowScriptTags"], told["includeIndicatorStyles"]) == (False, False, False)
    assert (told["selfRequestsOnly"], told["historyCacheSize"], told["refreshOnHistoryMiss"]) == (True, 0, True)
    assert {"code": "401|403|404|409|422", "swap": True} in told["responseHandling"]
    scripts = re.findall(r"<script[^>]*>", page.text)
    assert scripts == [
        '<script src="/admin/static/vendor/htmx-2.0.11.min.js" defer>',
        '<script src="/admin/static/desk.js" defer>',
    ]
    assert not re.search(r"<style|\sstyle=|\son\w+=|hx-on|javascript:", page.text)
    assert "script-src 'self'; " in page.headers["content-security-policy"]


def test_the_vendored_htmx_is_the_published_one_and_says_its_licence() -> None:
    assert sorted(file.name for file in VENDOR.iterdir()) == ["README.md", "htmx-2.0.11.min.js"]
    assert hashlib.sha256((VENDOR / "htmx-2.0.11.min.js").read_bytes()).hexdigest() == HTMX_SHA256
    about = (VENDOR / "README.md").read_text()
    assert "Zero-Clause BSD" in about
    assert HTMX_SHA256 in about


@pytest.mark.parametrize(("kind", "path", "most"), [(SeatKind.LIGHT, "/desk", 10), (SeatKind.FULL, "/desk", 11)])
async def test_the_lists_take_as_few_statements_whatever_is_on_them(
    world: World, sign_in: SignIn, statements: CountStatements, kind: SeatKind, path: str, most: int
) -> None:
    person = await world.person(kind, teams=["first-line", "accounting"])
    desk = await sign_in(person)
    counts = []
    for more in (0, 1, 8):
        for _ in range(more):
            ticket_id = await world.ticket()
            await world.ticket("payment")
            await hold(world, ticket_id, person)
            await add_draft(world, ticket_id, person)
        with statements() as seen:
            assert (await desk.open(path)).status_code == 200
        counts.append(len(seen))
    assert counts == [most] * 3


async def test_a_ticket_takes_as_few_statements_whatever_hangs_on_it(
    world: World, sign_in: SignIn, statements: CountStatements, database: Database
) -> None:
    filip = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket(order_id=await add_order(world))
    await hold(world, ticket_id, filip)
    desk = await sign_in(filip)
    counts = []
    for more in (0, 1, 8):
        for _ in range(more):
            await world.ticket()
            await desk.press("/desk/tickets/1/note", body="x")
            await desk.press("/desk/tickets/1/reply", body="x")
            await add_draft(world, ticket_id, filip)
        with statements() as seen:
            assert (await desk.open("/desk/tickets/1")).status_code == 200
        counts.append(len(seen))
    assert counts == [25] * 3


async def test_a_long_history_shows_its_newest_part_and_the_way_to_the_rest(world: World, sign_in: SignIn) -> None:
    filip = await world.person(SeatKind.FULL)
    ticket_id = await world.ticket()
    for number in range(52):
        await add_draft(world, ticket_id, filip, body=f"Szkic {number}.")
    desk = await sign_in(filip)
    page = await desk.open("/desk/tickets/1")
    said = text_of(page)
    assert "3 older entries are not shown. Show older ones" in said
    assert "Szkic 51." in said
    assert "Szkic 1. " not in said
    (older,) = re.findall(r'href="/admin(/desk/tickets/1\?entries=\d+)"', page.text)
    assert "Szkic 1. " in text_of(await desk.open(older))
