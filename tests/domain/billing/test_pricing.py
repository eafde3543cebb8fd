"""Setting what seats cost."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.billing import pricing, queries
from domain.billing.errors import PriceInThePast, PriceMissing, PricesInOtherCurrency
from domain.billing.models import Price, PriceSeries, PriceUnit
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM
from domain.seats.models import SeatKind
from tests.conftest import NOW, FoundShop, Shop
from tests.state import events_of

TODAY = date(2026, 11, 2)
FULL, LIGHT = SeatKind.FULL, SeatKind.LIGHT
MONTH, DAY, PASS = PriceUnit.MONTH, PriceUnit.DAY, PriceUnit.PASS


async def set_price(
    database: Database,
    shop: Shop,
    amount: int,
    first_day: date,
    *,
    kind: SeatKind = LIGHT,
    unit: PriceUnit = MONTH,
    currency: str = "PLN",
    now: datetime = NOW,
) -> Price:
    async with database.writing(shop.tenant_id) as session:
        return await pricing.set_price(
            session,
            kind=kind,
            unit=unit,
            amount=amount,
            currency=currency,
            first_day=first_day,
            by=SYSTEM,
            now=now,
        )


async def stored(database: Database, shop: Shop) -> list[tuple[str, str, int, datetime, int]]:
    async with database.reading(shop.tenant_id) as session:
        found = await session.scalars(select(Price).order_by(Price.id))
        return [(row.kind, row.unit, row.amount, row.valid_from, row.revision) for row in found]


async def test_a_new_shop_has_the_usual_prices_from_the_beginning_of_its_first_day(
    database: Database, shop: Shop
) -> None:
    async with database.writing(shop.tenant_id) as session:
        await pricing.set_usual_prices(session, currency="PLN", now=NOW)
    begin = datetime(2026, 11, 1, 23, tzinfo=UTC)
    assert await stored(database, shop) == [
        ("FULL", "MONTH", 14900, begin, 1),
        ("LIGHT", "MONTH", 2900, begin, 1),
        ("FULL", "PASS", 1490, begin, 1),
        ("LIGHT", "PASS", 290, begin, 1),
    ]
    assert [name for name, _, _ in await events_of(database, shop.tenant_id, aggregate="price")] == ["PriceSet"] * 4


async def test_a_shop_of_another_currency_has_no_price_until_one_is_set(database: Database, shop: Shop) -> None:
    async with database.writing(shop.tenant_id) as session:
        await pricing.set_usual_prices(session, currency="EUR", now=NOW)
    async with database.reading(shop.tenant_id) as session:
        prices = await queries.price_list(session)
    assert prices.currency is None
    with pytest.raises(PriceMissing):
        prices.at(FULL, NOW)


async def test_one_price_of_time_and_one_of_passes_is_in_force_at_an_instant(database: Database, shop: Shop) -> None:
    await set_price(database, shop, 2900, TODAY)
    await set_price(database, shop, 290, TODAY, unit=PASS)
    await set_price(database, shop, 150, date(2026, 12, 1), unit=DAY)
    async with database.reading(shop.tenant_id) as session:
        prices = await queries.price_list(session)
    december = datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert prices.at(LIGHT, december - timedelta(microseconds=1)).amount == 2900
    assert (prices.at(LIGHT, december).unit, prices.at(LIGHT, december).amount) == (DAY, 150)
    assert prices.at(LIGHT, december, series=PriceSeries.PASS).amount == 290


async def test_a_price_that_has_begun_is_never_changed(database: Database, shop: Shop) -> None:
    await set_price(database, shop, 2900, TODAY)
    before = await stored(database, shop)
    for day in (TODAY, TODAY + timedelta(days=1)):
        with pytest.raises(PriceInThePast) as refused:
            await set_price(database, shop, 1, day, now=NOW + timedelta(days=1))
        assert refused.value.earliest == NOW + timedelta(days=1)
    assert await stored(database, shop) == before
    assert len(await events_of(database, shop.tenant_id, aggregate="price")) == 1


async def test_a_price_that_has_not_begun_can_be_set_again_and_the_last_one_counts(
    database: Database, shop: Shop
) -> None:
    await set_price(database, shop, 2900, TODAY)
    for amount in (39000, 3900):
        await set_price(database, shop, amount, date(2026, 12, 1))
    begin = datetime(2026, 11, 30, 23, tzinfo=UTC)
    assert (await stored(database, shop))[1:] == [
        ("LIGHT", "MONTH", 39000, begin, 1),
        ("LIGHT", "MONTH", 3900, begin, 2),
    ]
    async with database.reading(shop.tenant_id) as session:
        assert (await queries.price_list(session)).at(LIGHT, begin).amount == 3900


async def test_what_was_never_priced_can_be_priced_afterwards(database: Database, shop: Shop) -> None:
    await set_price(database, shop, 2900, date(2026, 10, 15))
    await set_price(database, shop, 1900, date(2026, 10, 1))
    async with database.reading(shop.tenant_id) as session:
        prices = await queries.price_list(session)
    assert prices.at(LIGHT, datetime(2026, 10, 14, 21, tzinfo=UTC)).amount == 1900
    assert prices.at(LIGHT, datetime(2026, 10, 14, 22, tzinfo=UTC)).amount == 2900


async def test_all_prices_of_a_shop_are_in_one_currency(database: Database, shop: Shop) -> None:
    await set_price(database, shop, 2900, TODAY)
    with pytest.raises(PricesInOtherCurrency) as refused:
        await set_price(database, shop, 700, TODAY, kind=FULL, currency="EUR")
    assert refused.value.currency == "PLN"
    assert len(await stored(database, shop)) == 1
    with pytest.raises(IntegrityError, match="ex_price_currency"):
        async with database.writing(shop.tenant_id) as session:
            await session.execute(
                text(
                    "INSERT INTO price SELECT tenant_id, gen_random_uuid(), 'FULL', series, unit, amount, 'EUR',"
                    " valid_from, revision, set_at, NULL FROM price"
                )
            )


@pytest.mark.parametrize(
    ("amount", "currency", "day", "field"),
    [
        (-1, "PLN", TODAY, "amount"),
        (100_000_001, "PLN", TODAY, "amount"),
        (1, "zł", TODAY, "currency"),
        (1, "PLN", date(1, 1, 1), "from"),
        (1, "PLN", date(9999, 12, 31), "from"),
    ],
)
async def test_a_price_that_nobody_means_is_refused(
    database: Database, shop: Shop, amount: int, currency: str, day: date, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await set_price(database, shop, amount, day, currency=currency)
    assert refused.value.field == field
    assert await stored(database, shop) == []


@pytest.mark.parametrize("change", ["UPDATE price SET amount = 1", "DELETE FROM price"])
async def test_a_price_list_is_added_to_and_nothing_else(database: Database, shop: Shop, change: str) -> None:
    await set_price(database, shop, 2900, TODAY)
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.writing(shop.tenant_id) as session:
            await session.execute(text(change))


async def test_a_shop_sees_its_own_prices(database: Database, shop: Shop, found_shop: FoundShop) -> None:
    await set_price(database, shop, 2900, TODAY)
    assert await stored(database, await found_shop()) == []
