"""Adding licences in the panel: what it comes to is said first, and it is done once."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range

from domain.billing.pricing import set_usual_prices
from domain.kit.database import Database
from domain.kit.events import Actor
from domain.seats.models import LicenceTerms, SeatKind, SeatLicence
from tests.admin.actions.conftest import Browser, hidden, said
from tests.api.http.conftest import HandClock
from tests.conftest import NOW
from tests.domain.world import World
from tests.state import everything

CHRISTMAS = {"kind": "LIGHT", "count": "20", "from": "2026-11-05", "to": "2027-01-15", "label": "Christmas"}


async def licences(world: World) -> list[SeatLicence]:
    async with world.database.reading(world.tenant_id) as session:
        return list(await session.scalars(select(SeatLicence).order_by(SeatLicence.id)))


async def test_what_it_comes_to_is_shown_before_anything_is_done(
    browser: Browser, admin: Actor, database: Database, world: World
) -> None:
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    page = await browser.post("/seats/add", CHRISTMAS)
    assert page.status_code == 200
    assert (
        "Kind Light How many 20 Label Christmas Begin 2026-11-05 00:00 (UTC+01:00) End 2027-01-16 00:00 (UTC+01:00) "
        "Days 72 Seat-days 20 × 72 = 1440 People of yours without a seat all that time 1 "
        "How they are paid for By the time used There is no price for light seats at 2026-11-04 23:00 UTC."
    ) in said(page)
    assert await everything(database, world.tenant_id) == before


async def test_confirming_adds_them_once_however_often_it_is_pressed(
    browser: Browser, admin: Actor, world: World
) -> None:
    await browser.sign_in(admin)
    review = await browser.post("/seats/add", CHRISTMAS)
    confirmed = {**hidden(review), "confirmed": "yes"}
    pressed = [await browser.post("/seats/add", confirmed) for _ in range(2)]
    assert [answer.status_code for answer in pressed] == [303, 303]
    assert pressed[0].headers["location"] == pressed[1].headers["location"]
    added = await licences(world)
    span = Range(datetime(2026, 11, 4, 23, tzinfo=UTC), datetime(2027, 1, 15, 23, tzinfo=UTC), bounds="[)")
    assert [(licence.kind, licence.period, licence.label) for licence in added] == [
        (SeatKind.LIGHT, span, "Christmas")
    ] * 20
    assert {licence.created_by_id for licence in added} == {admin.id}
    assert "The licences are there." in said(await browser.http.get(pressed[0].headers["location"]))


async def test_a_season_over_a_change_of_the_clocks_has_its_days_and_its_midnights(
    browser: Browser, admin: Actor, world: World
) -> None:
    await browser.sign_in(admin)
    page = await browser.post("/seats/add", {**CHRISTMAS, "count": "1", "from": "2027-03-27", "to": "2027-03-29"})
    assert "Begin 2027-03-27 00:00 (UTC+01:00) End 2027-03-30 00:00 (UTC+02:00) Days 3 Seat-days 1 × 3 = 3" in said(
        page
    )
    await browser.post("/seats/add", {**hidden(page), "confirmed": "yes"})
    (licence,) = await licences(world)
    assert licence.period.upper - licence.period.lower == timedelta(days=3, hours=-1)  # type: ignore[operator]


async def test_today_means_at_once_and_counts_as_a_day(browser: Browser, admin: Actor, world: World) -> None:
    await browser.sign_in(admin)
    page = await browser.post("/seats/add", {**CHRISTMAS, "count": "1", "from": "2026-11-02", "to": "2026-11-02"})
    assert "Begin At once, when you confirm End 2026-11-03 00:00 (UTC+01:00) Days 1 (today counts as one)" in said(page)
    await browser.post("/seats/add", {**hidden(page), "confirmed": "yes"})
    (licence,) = await licences(world)
    assert licence.period == Range(NOW, datetime(2026, 11, 2, 23, tzinfo=UTC), bounds="[)")


async def test_a_permanent_licence_has_no_end_and_says_what_a_day_comes_to(
    browser: Browser, admin: Actor, world: World
) -> None:
    await browser.sign_in(admin)
    page = await browser.post("/seats/add", {"kind": "FULL", "count": "2", "from": "2026-11-03", "permanent": "yes"})
    assert "End without an end Seat-days 2 for each day, without an end" in said(page)
    await browser.post("/seats/add", {**hidden(page), "confirmed": "yes"})
    assert [(one.kind, one.period.upper) for one in await licences(world)] == [(SeatKind.FULL, None)] * 2


@pytest.mark.parametrize(
    ("typed", "field", "english", "polish"),
    [
        ({"kind": "GOLD"}, "kind", "Choose one.", "Wybierz jedną możliwość."),
        ({"count": "0"}, "count", "Must be 1 to 1,000.", "Musi być od 1 do 1000."),
        ({"count": "1001"}, "count", "Must be 1 to 1,000.", "Musi być od 1 do 1000."),
        ({"count": "٣"}, "count", "Must be 1 to 1,000.", "Musi być od 1 do 1000."),
        ({"count": ""}, "count", "Must be 1 to 1,000.", "Musi być od 1 do 1000."),
        ({"from": "2026-11-01"}, "from", "Must not be in the past.", "Nie może być w przeszłości."),
        ({"from": "tomorrow"}, "from", "Must be a date, such as 2026-11-01.", "Musi być datą, na przykład 2026-11-01."),
        ({"from": ""}, "from", "Must not be empty.", "Nie może być puste."),
        ({"from": "0001-01-01"}, "from", "Must be in 1970 to 2199.", "Musi być w latach od 1970 do 2199."),
        ({"to": "2026-11-04"}, "to", "Must not be before the first day.", "Nie może być przed pierwszym dniem."),
        ({"to": "9999-12-31"}, "to", "Must be in 1970 to 2199.", "Musi być w latach od 1970 do 2199."),
        ({"to": ""}, "to", "Must not be empty.", "Nie może być puste."),
        (
            {"permanent": "yes"},
            "to",
            "Leave it empty, or untick “Without an end”.",
            "Zostaw puste albo odznacz „Bezterminowo”.",
        ),
        ({"label": "x" * 201}, "label", "Must have at most 200 characters.", "Może mieć najwyżej 200 znaków."),
    ],
)
@pytest.mark.parametrize("confirmed", [False, True])
async def test_what_is_wrong_is_said_beside_its_field_and_what_was_typed_is_kept(
    browser: Browser,
    admin: Actor,
    database: Database,
    world: World,
    typed: dict[str, str],
    field: str,
    english: str,
    polish: str,
    confirmed: bool,
) -> None:
    for language, sentence in (("en", english), ("pl", polish)):
        await browser.sign_in(admin, language=language)
        before = await everything(database, world.tenant_id)
        asked = {**CHRISTMAS, **typed, **({"confirmed": "yes", "once": "1"} if confirmed else {})}
        page = await browser.post("/seats/add", asked)
        assert page.status_code == 422
        assert f'<p class="wrong" id="{field}-problem">{sentence}</p>' in page.text
        assert f'<a href="#{field}">' in page.text
        assert '<div class="problem" id="problems" role="alert" tabindex="-1" autofocus>' in page.text
        for name in ("from", "to", "count", "label"):
            assert f'name="{name}"' in page.text
            assert f'value="{asked[name]}"' in page.text
        assert await everything(database, world.tenant_id) == before


async def test_a_day_that_is_over_by_the_time_of_confirming_is_refused(
    browser: Browser, admin: Actor, world: World, clock: HandClock
) -> None:
    clock.at = NOW.replace(hour=22, minute=30)  # half past eleven in Warsaw
    await browser.sign_in(admin)
    review = await browser.post("/seats/add", {**CHRISTMAS, "from": "2026-11-02"})
    clock.at = NOW.replace(hour=23, minute=1)
    page = await browser.post("/seats/add", {**hidden(review), "confirmed": "yes"})
    assert page.status_code == 422
    assert '<p class="wrong" id="from-problem">Must not be in the past.</p>' in page.text
    assert await licences(world) == []


async def test_the_same_form_with_something_else_in_it_is_asked_about_again(
    browser: Browser, admin: Actor, world: World
) -> None:
    await browser.sign_in(admin)
    confirmed = {**hidden(await browser.post("/seats/add", CHRISTMAS)), "confirmed": "yes"}
    await browser.post("/seats/add", confirmed)
    page = await browser.post("/seats/add", {**confirmed, "count": "30"})
    assert page.status_code == 422
    assert "This form was sent before with something else in it" in said(page)
    assert len(await licences(world)) == 20


async def test_change_leads_back_to_what_was_typed_and_no_address_says_which_press_it_is(
    browser: Browser, admin: Actor
) -> None:
    await browser.sign_in(admin)
    review = await browser.post("/seats/add", {**CHRISTMAS, "once": "0" * 32})
    (query,) = re.findall(r'<a class="back" href="(\?[^"]*)">Change</a>', review.text)
    assert "once" not in query
    form = await browser.get(f"/seats/add{unescape(query)}&once={'0' * 32}&confirmed=yes")
    for name in ("count", "from", "to", "label"):
        assert f'value="{CHRISTMAS[name]}"' in form.text
    assert hidden(form).get("once") is None
    again = await browser.post("/seats/add", CHRISTMAS)
    assert hidden(again)["once"] != "0" * 32


async def test_what_it_costs_is_shown_before_anything_is_done(
    browser: Browser, admin: Actor, database: Database, world: World
) -> None:
    async with database.writing(world.tenant_id) as session:
        await set_usual_prices(session, currency="PLN", now=NOW)
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    later = said(await browser.post("/seats/add", CHRISTMAS))
    assert "How they are paid for By the time used Cost in all 1 363.20 PLN" in later
    assert "2026-11 0.00 PLN 502.60 PLN 502.60 PLN 2026-12 0.00 PLN 580.00 PLN 580.00 PLN" in later  # 2900 x 26 / 30
    ahead = said(await browser.post("/seats/add", {**CHRISTMAS, "terms": "PREPAID"}))
    assert "How they are paid for Paid ahead Cost in all 1 363.20 PLN" in ahead
    assert "2026-11 0.00 PLN 1 363.20 PLN 1 363.20 PLN" in ahead
    assert "Light: 29.00 PLN a month. All of it on this month's invoice, at today's price." in ahead
    permanent = {name: value for name, value in CHRISTMAS.items() if name != "to"} | {"permanent": "yes"}
    assert "Cost in all 580.00 PLN a month" in said(await browser.post("/seats/add", permanent))
    refused = await browser.post("/seats/add", {**permanent, "terms": "PREPAID"})
    assert refused.status_code == 422
    assert "Is needed for what is paid ahead." in said(refused)
    assert await everything(database, world.tenant_id) == before


async def test_licences_that_are_paid_ahead_are_added_as_such(browser: Browser, admin: Actor, world: World) -> None:
    await browser.sign_in(admin)
    review = await browser.post("/seats/add", {**CHRISTMAS, "count": "1", "terms": "PREPAID"})
    await browser.post("/seats/add", {**hidden(review), "confirmed": "yes"})
    assert [licence.terms for licence in await licences(world)] == [LicenceTerms.PREPAID]
