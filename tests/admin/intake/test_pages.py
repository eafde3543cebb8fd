"""The pages of intake rules: adding, changing, moving, trying, putting away, and what tickets tell of them."""

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.kit.database import Database
from domain.kit.events import Actor
from domain.seats.models import SeatKind
from domain.tickets.intake.models import IntakeRule, IntakeRuleVersion
from domain.tickets.intake.queries import effects_of
from domain.tickets.intake.rules import Effects
from tests.admin.actions.conftest import Browser, hidden, said
from tests.domain.tickets.intake.shop import opened, order, rule
from tests.domain.world import World
from tests.state import everything


async def rules(world: World) -> list[tuple[str, int | None]]:
    async with world.database.reading(world.tenant_id) as session:
        found = await session.execute(select(IntakeRule.name, IntakeRule.position).order_by(IntakeRule.position))
        return [(row.name, row.position) for row in found]


async def newest(world: World) -> IntakeRuleVersion:
    async with world.database.reading(world.tenant_id) as session:
        found = await session.scalars(select(IntakeRuleVersion).order_by(IntakeRuleVersion.number.desc()).limit(1))
        return found.one()


async def test_without_rules_the_page_says_so_and_offers_to_add_one(browser: Browser, admin: Actor) -> None:
    for language, empty, add in (
        ("en", "There is no rule: every new ticket is as its topic says.", "Add a rule"),
        ("pl", "Nie ma żadnej reguły: każde nowe zgłoszenie wygląda tak, jak mówi jego temat.", "Dodaj regułę"),
    ):
        await browser.sign_in(admin, language=language)
        page = await browser.get("/intake")
        assert empty in said(page)
        assert add in said(page)
        assert 'href="/admin/intake"' in page.text


async def test_a_rule_is_added_by_its_form_and_stands_in_the_list(browser: Browser, admin: Actor, world: World) -> None:
    await browser.sign_in(admin)
    form = await browser.get("/intake/add")
    typed = {
        **hidden(form),
        "rule": "Drogie zwroty",
        "condition": "order.present &&\r\n  order.total > 50000",
        "team": str(world.teams["accounting"]),
        "priority": "7",
        "skills": str(world.skills["payments"]),
        f"level_{world.skills['payments']}": "4",
        "tongue": "uk",
        "contact": "no",
        "tags": "Zwrot, pilne , ",
        "stops": "yes",
    }
    for _ in range(2):
        answer = await browser.post("/intake/add", typed)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/intake?done=saved")
    said_now = await newest(world)
    assert said_now.condition == "order.present &&\n  order.total > 50000"
    assert effects_of(said_now, {str(world.skills["payments"]): 4}) == Effects(
        team_id=world.teams["accounting"],
        priority=7,
        skills={world.skills["payments"]: 4},
        language="uk",
        needs_contact=False,
        tags=("zwrot", "pilne"),
        stops=True,
    )
    shown = said(await browser.get("/intake"))
    assert (
        "1 Drogie zwroty order.present && order.total > 50000 Team: accounting Priority: 7 "
        "Skills: Payments (level 4 or more) To be answered in: Ukrainian Takes contact with the customer: No "
        "Tags: zwrot pilne Look at no rule after this one 0"
    ) in shown


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "Line 2, column 3: there is no “order.totl” that conditions could use."),
        ("pl", "Wiersz 2, kolumna 3: nie ma „order.totl”, czego warunki mogłyby użyć."),
    ],
)
async def test_a_bad_condition_is_said_beside_its_field_with_its_place_and_what_was_typed_stays(
    browser: Browser, admin: Actor, world: World, language: str, message: str
) -> None:
    await browser.sign_in(admin, language=language)
    typed = {"rule": "x", "condition": "order.present &&\r\n  order.totl > 5", "priority": "7"}
    for button in ({}, {"try": "yes"}):
        answer = await browser.post("/intake/add", {**typed, **button})
        assert answer.status_code == 422
        assert f'<p class="wrong" id="condition-problem">{message}</p>' in answer.text
        assert "order.totl &gt; 5" in answer.text
    assert await rules(world) == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"rule": " "}, "rule"),
        ({"condition": " "}, "condition"),
        ({"priority": ""}, "team"),
        ({"priority": "12"}, "priority"),
        ({"team": "0190c2e7-0000-7000-8000-000000000000"}, "team"),
        ({"skills": "0190c2e7-0000-7000-8000-000000000000"}, "skills"),
        ({"skills": "x"}, "skills"),
        ({"tongue": "polski"}, "tongue"),
        ({"tags": "a" * 41}, "tags"),
        ({"tags": ",".join(map(str, range(11)))}, "tags"),
    ],
)
async def test_whatever_is_wrong_is_said_beside_its_field(
    browser: Browser, admin: Actor, world: World, typed: dict[str, str], field: str
) -> None:
    await browser.sign_in(admin)
    answer = await browser.post("/intake/add", {"rule": "x", "condition": "true", "priority": "7", **typed})
    assert answer.status_code == 422
    assert f'id="{field}-problem"' in answer.text
    assert await rules(world) == []


async def test_a_rule_is_changed_as_a_new_version_and_its_page_tells_both(
    browser: Browser, admin: Actor, world: World
) -> None:
    payments = world.skills["payments"]
    night: dict[str, Any] = {"skills": {payments: 5}, "language": "uk", "tags": ("noc",), "needs_contact": True}
    rule_id = await rule(world, "ticket.hour > 20", priority=3, **night)
    await browser.sign_in(admin)
    page = await browser.get(f"/intake/{rule_id}")
    assert "ticket.hour &gt; 20</textarea>" in page.text
    assert 'name="tags" type="text" value="noc"' in page.text
    assert f'name="skills" value="{payments}" checked' in page.text
    assert re.search(rf'name="level_{payments}"[^>]*>(<option>\d</option>){{4}}<option selected>5</option>', page.text)
    assert '<option value="uk" selected>Ukrainian</option>' in page.text
    answer = await browser.post(
        f"/intake/{rule_id}",
        {**hidden(page), "rule": "Noc", "condition": "ticket.hour > 21", "priority": "4", "tags": "noc"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/intake/{rule_id}?done=saved")
    shown = said(await browser.get(f"/intake/{rule_id}"))
    assert re.search(r"2 2026-\S+ \S+ ticket\.hour > 21 Priority: 4 Tags: noc 1 2026-\S+ \S+ ticket\.hour > 20", shown)
    assert await rules(world) == [("Noc", 1)]


async def test_a_dry_run_shows_what_would_be_different_and_saves_nothing(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await opened(world, subject="Bez zamówienia")
    ticket_id = await opened(world, subject="Drogie", order_id=await order(world, total_amount=70_000))
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    page = await browser.post(
        "/intake/add",
        {
            "rule": "x",
            "condition": "order.total > 50000",
            "team": str(world.teams["accounting"]),
            "priority": "7",
            "skills": str(world.skills["payments"]),
            f"level_{world.skills['payments']}": "2",
            "tongue": "de",
            "tags": "drogie",
            "try": "yes",
        },
    )
    assert page.status_code == 200
    shown = said(page)
    assert "Tickets looked at: 2. It would have acted on: 1." in shown
    assert "something has no value on this ticket: 1" in shown
    assert "order.total" in shown
    for line in (
        "Team first-line accounting 1",
        "Priority 0 7 1",
        "Skills – Payments (level 2 or more) 1",
        "To be answered in – German 1",
        "Tags – drogie 1",
    ):
        assert line in shown
    assert (
        "2 Drogie Team: first-line → accounting Priority: 0 → 7 Skills: – → Payments (level 2 or more) "
        "To be answered in: – → German Tags: – → drogie"
    ) in shown
    assert f'href="/admin/tickets/{ticket_id}"' in page.text
    assert 'value="drogie"' in page.text
    assert await everything(database, world.tenant_id) == before


async def test_a_rule_is_tried_in_its_own_place(browser: Browser, admin: Actor, world: World) -> None:
    rule_id = await rule(world, "true", priority=3)
    await opened(world)
    await browser.sign_in(admin)
    page = await browser.post(f"/intake/{rule_id}", {"rule": "x", "condition": "true", "priority": "3", "try": "yes"})
    assert "It would have acted on: 1." in said(page)
    assert "1 Gdzie jest moja paczka? none" in said(page)


async def test_rules_are_moved_by_a_place_and_the_ends_have_no_button_too_many(
    browser: Browser, admin: Actor, world: World
) -> None:
    ids = [await rule(world, "true", name=name, priority=1) for name in ("Raz", "Dwa", "Trzy")]
    await browser.sign_in(admin)
    page = await browser.get("/intake")
    ways = re.findall(r'action="/admin/intake/([0-9a-f-]+)/(up|down)"', page.text)
    assert [(ids.index(UUID(id)), way) for id, way in ways] == [(0, "down"), (1, "up"), (1, "down"), (2, "up")]
    answer = await browser.post(f"/intake/{ids[2]}/up", hidden(page))
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/intake?done=intake_moved")
    assert await rules(world) == [("Raz", 1), ("Trzy", 2), ("Dwa", 3)]
    await browser.post(f"/intake/{ids[0]}/down", {})
    assert await rules(world) == [("Trzy", 1), ("Raz", 2), ("Dwa", 3)]


async def test_an_archived_rule_is_below_the_others_and_can_only_be_looked_at(
    browser: Browser, admin: Actor, world: World
) -> None:
    rule_id = await rule(world, "true", priority=1)
    await browser.sign_in(admin)
    page = await browser.get(f"/intake/{rule_id}/archive")
    assert "It acts on no new ticket any more, for good." in said(page)
    answer = await browser.post(f"/intake/{rule_id}/archive", hidden(page))
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/intake?done=intake_archived")
    assert "Archived Zwroty 2026-" in said(await browser.get("/intake"))
    page = await browser.get(f"/intake/{rule_id}")
    assert "This rule is archived, since" in said(page)
    assert "<textarea" not in page.text
    late = await browser.post(f"/intake/{rule_id}", {"rule": "x", "condition": "true", "priority": "3"})
    assert late.status_code == 422
    assert "This rule is archived." in said(late)
    moved = await browser.post(f"/intake/{rule_id}/up", {})
    assert moved.status_code == 409


async def test_where_a_rule_could_not_be_decided_stands_in_the_list_and_on_its_page(
    browser: Browser, admin: Actor, world: World
) -> None:
    rule_id = await rule(world, "order.total > 1", priority=3)
    for _ in range(2):
        await opened(world)
    await browser.sign_in(admin)
    assert f'<a href="/admin/intake/{rule_id}#failures">2</a>' in (await browser.get("/intake")).text
    shown = said(await browser.get(f"/intake/{rule_id}"))
    assert "Could not be decided: 2" in shown
    assert re.search(r"Ticket 2 \S+ \S+ , version 1: something has no value on this ticket order\.total", shown)


async def test_a_ticket_tells_in_words_what_rules_did_to_it(browser: Browser, admin: Actor, world: World) -> None:
    await rule(
        world,
        "true",
        name="Do księgowości",
        team_id=world.teams["accounting"],
        skills={world.skills["payments"]: 3},
        language="de",
        needs_contact=False,
        tags=("przelew",),
    )
    await rule(world, "order.total > 1", name="Duże", priority=9)
    await rule(world, "true", name="Koniec", stops=True)
    ticket_id = await opened(world)
    await browser.sign_in(admin)
    shown = said(await browser.get(f"/tickets/{ticket_id}"))
    assert "Tags przelew" in shown
    assert (
        "Do księgowości, version 1 Team: accounting instead of first-line Skills: Payments (level 3 or more) instead "
        "of – To be answered in: German instead of – Takes contact with the customer: No instead of Yes Tags: przelew"
    ) in shown
    assert "Koniec, version 1 no rule after it was looked at" in shown
    assert "Duże, version 1, was not decided: something has no value on this ticket order.total" in shown
    assert "Sorted by intake rules" in shown


async def test_the_desk_tells_it_in_the_tickets_history_and_shows_its_tags(browser: Browser, world: World) -> None:
    await rule(world, "true", name="Pilne", priority=9, language="uk", tags=("pilne",))
    await opened(world)
    person = await world.person(SeatKind.LIGHT)
    await browser.sign_in(person.actor, language="pl")
    page = await browser.get("/desk/tickets/1")
    assert '<span class="badge tag">pilne</span>' in page.text
    shown = said(page)
    assert "Pilne, wersja 1 Priorytet: 9 zamiast 0 Odpowiedź w języku: ukraiński zamiast – Etykiety: pilne" in shown
    assert "Odpowiedź w języku ukraiński" in shown
    assert shown.index("Pilne, wersja 1") < shown.index("Dzień dobry, czekam od tygodnia.")
