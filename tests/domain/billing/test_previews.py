"""What planned seats will cost."""

from datetime import date, datetime

import pytest

from domain.billing.errors import PriceMissing
from domain.billing.models import PriceUnit
from domain.billing.months import Month
from domain.billing.previews import PlannedUse, preview, preview_of
from domain.billing.proration import PriceList
from domain.kit.database import Database
from domain.seats.models import LicenceTerms, SeatKind
from tests.conftest import NOW, Shop
from tests.domain.billing.test_pricing import TODAY, set_price
from tests.domain.billing.test_proration import FULL, LIGHT, WARSAW, local, rate, span

SEASON = span(local(2026, 11, 3), local(2027, 1, 16))


def planned(
    kind: SeatKind, count: int, *, terms: LicenceTerms = LicenceTerms.ARREARS, end: datetime | None = SEASON.upper
) -> PlannedUse:
    return PlannedUse(kind, terms, count, span(local(2026, 11, 3), end))


async def test_a_season_costs_its_seats_each_rounded_on_its_own(database: Database, shop: Shop) -> None:
    await set_price(database, shop, 2900, TODAY)
    await set_price(database, shop, 14900, TODAY, kind=FULL)
    async with database.reading(shop.tenant_id) as session:
        found = await preview_of(session, use=[planned(LIGHT, 20), planned(FULL, 4)], zone=WARSAW, now=NOW)
    assert found.currency == "PLN"
    assert [(str(line.month), line.kind, line.count, line.portion.amount, line.amount) for line in found.lines] == [
        ("2026-11", "LIGHT", 20, 2707, 54140),  # 2900 x 28 / 30 = 2706.67
        ("2026-11", "FULL", 4, 13907, 55628),  # 14900 x 28 / 30 = 13906.67
        ("2026-12", "LIGHT", 20, 2900, 58000),
        ("2026-12", "FULL", 4, 14900, 59600),
        ("2027-01", "LIGHT", 20, 1403, 28060),  # 2900 x 15 / 31 = 1403.23
        ("2027-01", "FULL", 4, 7210, 28840),  # 14900 x 15 / 31 = 7209.68
    ]
    assert found.totals == {Month(2026, 11): 109768, Month(2026, 12): 117600, Month(2027, 1): 56900}
    assert found.total == 284268


async def test_time_to_come_costs_what_the_list_says_of_it_and_time_paid_ahead_what_it_says_now(
    database: Database, shop: Shop
) -> None:
    await set_price(database, shop, 2900, TODAY)
    await set_price(database, shop, 3900, date(2026, 12, 1))
    async with database.reading(shop.tenant_id) as session:
        found = await preview_of(
            session,
            use=[planned(LIGHT, 1), planned(LIGHT, 1, terms=LicenceTerms.PREPAID)],
            zone=WARSAW,
            now=NOW,
        )
    assert [(line.terms, str(line.month), str(line.portion.month), line.amount) for line in found.lines] == [
        ("ARREARS", "2026-11", "2026-11", 2707),
        ("PREPAID", "2026-11", "2026-11", 2707),
        ("PREPAID", "2026-11", "2026-12", 2900),
        ("PREPAID", "2026-11", "2027-01", 1403),
        ("ARREARS", "2026-12", "2026-12", 3900),
        ("ARREARS", "2027-01", "2027-01", 1887),  # 3900 x 15 / 31 = 1887.10
    ]


def test_a_day_pass_costs_its_price_once() -> None:
    prices = PriceList([rate(290, unit=PriceUnit.PASS)])
    found = preview(
        [planned(LIGHT, 3, terms=LicenceTerms.ONE_DAY, end=local(2026, 11, 4))], prices=prices, zone=WARSAW, now=NOW
    )
    assert [(str(line.month), line.amount) for line in found.lines] == [("2026-11", 870)]


async def test_a_shop_without_prices_is_told_what_is_missing(database: Database, shop: Shop) -> None:
    async with database.reading(shop.tenant_id) as session:
        with pytest.raises(PriceMissing) as refused:
            await preview_of(session, use=[planned(FULL, 1)], zone=WARSAW, now=NOW)
    assert (refused.value.kind, refused.value.at) == (FULL, local(2026, 11, 3))
