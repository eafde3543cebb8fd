"""What is paid ahead: charged when bought and when extended, given back from what was charged."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.billing.errors import PriceMissing
from domain.billing.models import PriceUnit
from domain.billing.previews import PlannedUse, preview_of
from domain.billing.proration import at_rate
from domain.billing.settling import Charge, given_back, settle
from domain.kit.errors import InvalidInput
from domain.kit.ids import new_id
from domain.seats.models import LicenceTerms, Period
from domain.seats.periods import start_of
from domain.tenants.models import Tenant
from tests.domain.billing.books import Books
from tests.domain.billing.test_proration import HOUR, LIGHT, WARSAW, local, rate, span
from tests.domain.invariants import broken
from tests.state import events_of, everything

BOUGHT = local(2026, 10, 10, 12)
NOVEMBER, DECEMBER, JANUARY, END = local(2026, 11, 1), local(2026, 12, 1), local(2027, 1, 1), local(2027, 1, 16)
PREPAID = LicenceTerms.PREPAID

CHARGES = [
    ("charge", span(NOVEMBER, DECEMBER), 2900),
    ("charge", span(DECEMBER, JANUARY), 2900),
    ("charge", span(JANUARY, END), 1403),
]


@pytest.fixture
async def prepaid(books: Books) -> Books:
    """A shop with a price that rises in December."""
    await books.price(2900)
    await books.price(3900, date(2026, 12, 1))
    return books


async def buy(books: Books) -> list[UUID]:
    return await books.buy(NOVEMBER, END, terms=PREPAID, now=BOUGHT)


async def test_a_licence_is_charged_once_month_by_month_at_the_price_of_its_purchase(prepaid: Books) -> None:
    use = [PlannedUse(LIGHT, PREPAID, 1, span(NOVEMBER, END))]
    async with prepaid.database.reading(prepaid.tenant_id) as session:
        foreseen = await preview_of(session, use=use, zone=WARSAW, now=BOUGHT)
    await buy(prepaid)
    for moment in (BOUGHT, NOVEMBER, local(2027, 6, 1)):
        await prepaid.keep(moment)
    assert await prepaid.entries() == CHARGES
    assert await prepaid.invoices() == [(1, "2026-10", 7203)]
    assert [(str(month), total) for month, total in foreseen.totals.items()] == [("2026-10", 7203)]
    assert await prepaid.lines() == [
        ("LIGHT", "PREPAID", 720 * HOUR, 720 * HOUR, 2900),
        ("LIGHT", "PREPAID", 744 * HOUR, 744 * HOUR, 2900),
        ("LIGHT", "PREPAID", 360 * HOUR, 744 * HOUR, 1403),
    ]
    assert len(await prepaid.uses()) == 3  # its use is recorded, and charged once
    assert await broken(prepaid.database, prepaid.tenant_id) == {}


async def test_what_a_licence_no_longer_runs_for_is_given_back_from_what_was_charged(prepaid: Books) -> None:
    [licence] = await buy(prepaid)
    await prepaid.keep(BOUGHT)
    await prepaid.end(licence, at=local(2026, 12, 11), now=local(2026, 12, 5))
    await prepaid.keep(local(2026, 12, 5))
    back = [
        ("credit", span(local(2026, 12, 11), JANUARY), -1965),  # 2900 x 21 / 31 = 1964.52
        ("credit", span(JANUARY, END), -1403),
    ]
    assert await prepaid.entries() == CHARGES + back
    await prepaid.end(licence, at=local(2026, 12, 6))
    await prepaid.keep(JANUARY)
    back.append(("credit", span(local(2026, 12, 6), local(2026, 12, 11)), -467))  # 2900 x 26 / 31 = 2432.26
    assert await prepaid.entries() == CHARGES + back
    assert await prepaid.invoices() == [(1, "2026-10", 7203), (2, "2026-12", -3835)]
    assert (await prepaid.lines())[3:] == [
        ("LIGHT", "CREDIT", 5 * 24 * HOUR, 744 * HOUR, -467),
        ("LIGHT", "CREDIT", 21 * 24 * HOUR, 744 * HOUR, -1965),
        ("LIGHT", "CREDIT", 15 * 24 * HOUR, 15 * 24 * HOUR, -1403),
    ]
    assert await broken(prepaid.database, prepaid.tenant_id) == {}


async def test_an_extension_is_charged_at_the_price_of_its_day_and_the_rest_stays_as_it_was(prepaid: Books) -> None:
    [licence] = await buy(prepaid)
    await prepaid.keep(BOUGHT)
    await prepaid.extend(licence, end=local(2027, 2, 1), now=local(2026, 12, 5))
    await prepaid.keep(local(2026, 12, 20))  # however late the pass is
    assert (await prepaid.entries())[3:] == [("charge", span(END, local(2027, 2, 1)), 2013)]  # 3900 x 16 / 31 = 2012.90
    await prepaid.keep(local(2027, 6, 1))
    assert await prepaid.invoices() == [(1, "2026-10", 7203), (2, "2026-12", 2013)]
    assert await broken(prepaid.database, prepaid.tenant_id) == {}


async def test_what_was_given_back_is_charged_anew_when_the_licence_is_extended_again(prepaid: Books) -> None:
    [licence] = await buy(prepaid)
    await prepaid.keep(BOUGHT)
    await prepaid.end(licence, at=JANUARY, now=local(2026, 11, 5))
    await prepaid.keep(local(2026, 11, 5))
    await prepaid.extend(licence, end=END, now=local(2026, 12, 5))
    await prepaid.keep(local(2026, 12, 5))
    assert (await prepaid.entries())[3:] == [
        ("credit", span(JANUARY, END), -1403),
        ("charge", span(JANUARY, END), 1887),  # 3900 x 15 / 31 = 1887.10
    ]
    assert await broken(prepaid.database, prepaid.tenant_id) == {}


async def test_a_licence_that_was_cancelled_is_given_back_to_the_last_unit(prepaid: Books) -> None:
    [licence] = await buy(prepaid)
    await prepaid.keep(BOUGHT)
    await prepaid.end(licence, at=local(2026, 12, 20), now=local(2026, 10, 11))
    await prepaid.keep(local(2026, 10, 11))
    await prepaid.end(licence, at=local(2026, 10, 12))
    await prepaid.keep(NOVEMBER)
    assert sum(amount for _, _, amount in await prepaid.entries()) == 0
    assert await prepaid.invoices() == [(1, "2026-10", 0)]
    assert await broken(prepaid.database, prepaid.tenant_id) == {}


async def test_a_licence_that_was_cancelled_before_any_pass_costs_nothing_as_one_that_was_cancelled_after_it(
    prepaid: Books,
) -> None:
    [licence] = await buy(prepaid)
    await prepaid.end(licence, at=BOUGHT + timedelta(minutes=1))
    await prepaid.keep(NOVEMBER)
    assert await prepaid.entries() == [
        *CHARGES,
        *(("credit", period, -amount) for _, period, amount in CHARGES),
    ]
    assert await prepaid.invoices() == [(1, "2026-10", 0)]
    assert await broken(prepaid.database, prepaid.tenant_id) == {}


async def test_a_licence_that_was_cancelled_without_a_price_is_not_waited_for(books: Books) -> None:
    [licence] = await buy(books)
    await books.end(licence, at=BOUGHT + timedelta(minutes=1))
    kept = await books.keep(NOVEMBER)
    assert (kept.entries, kept.missing) == (0, ())


async def test_a_pass_that_ran_long_after_gives_back_as_much(prepaid: Books) -> None:
    [licence] = await buy(prepaid)
    await prepaid.keep(BOUGHT)
    await prepaid.end(licence, at=local(2026, 12, 11), now=local(2026, 12, 5))
    await prepaid.keep(local(2027, 6, 1))
    assert (await prepaid.entries())[3:] == [
        ("credit", span(local(2026, 12, 11), JANUARY), -1965),
        ("credit", span(JANUARY, END), -1403),
    ]
    assert await prepaid.invoices() == [(1, "2026-10", 7203), (2, "2026-12", -3368)]


async def test_each_change_is_charged_at_its_own_instant_whenever_the_pass_is(prepaid: Books) -> None:
    bought = local(2026, 11, 30, 23, 30)
    for kept in (False, True):
        [licence] = await prepaid.buy(DECEMBER, JANUARY, terms=PREPAID, now=bought)
        if kept:
            await prepaid.keep(bought)
        await prepaid.extend(licence, end=END, now=local(2026, 12, 1, 0, 5))
    await prepaid.keep(DECEMBER)
    entries = await prepaid.entries()
    assert sorted(entries, key=lambda entry: entry[2]) == [
        ("charge", span(JANUARY, END), 1887),  # 3900 x 15 / 31 = 1887.10
        ("charge", span(JANUARY, END), 1887),
        ("charge", span(DECEMBER, JANUARY), 2900),
        ("charge", span(DECEMBER, JANUARY), 2900),
    ]
    assert await prepaid.invoices() == [(1, "2026-11", 5800)]
    await prepaid.keep(JANUARY)
    assert await prepaid.invoices() == [(1, "2026-11", 5800), (2, "2026-12", 3774)]
    assert await broken(prepaid.database, prepaid.tenant_id) == {}


async def test_what_is_given_up_and_taken_again_between_two_passes_is_credited_and_charged(prepaid: Books) -> None:
    [licence] = await buy(prepaid)
    await prepaid.keep(BOUGHT)
    await prepaid.end(licence, at=JANUARY, now=local(2026, 12, 5))
    await prepaid.extend(licence, end=END, now=local(2026, 12, 6))  # as long as was paid for
    await prepaid.keep(local(2026, 12, 7))
    await prepaid.keep(local(2026, 12, 8))
    assert (await prepaid.entries())[3:] == [
        ("credit", span(JANUARY, END), -1403),
        ("charge", span(JANUARY, END), 1887),
    ]
    assert await broken(prepaid.database, prepaid.tenant_id) == {}


@pytest.mark.parametrize("behind", ["the pass", "who changes it"])
async def test_clocks_that_differ_settle_nothing_twice(prepaid: Books, behind: str) -> None:
    [licence] = await buy(prepaid)
    await prepaid.keep(BOUGHT)
    noon, minute, moment = local(2026, 10, 11, 12), timedelta(minutes=1), timedelta(seconds=10)
    await prepaid.end(licence, at=JANUARY, now=noon)
    if behind == "the pass":
        await prepaid.keep(noon + 10 * minute)
    later = noon + 8 * minute if behind == "the pass" else noon - minute
    await prepaid.extend(licence, end=END, now=later)
    await prepaid.end(licence, at=JANUARY, now=later + moment)
    await prepaid.extend(licence, end=END, now=later + 2 * moment)
    await prepaid.keep(noon + 9 * minute)
    settled = await prepaid.entries()
    credit, charge = ("credit", span(JANUARY, END), -1403), ("charge", span(JANUARY, END), 1403)
    assert settled == [*CHARGES, credit, charge, credit, charge]
    assert (await prepaid.keep(noon + 30 * minute)).entries == 0
    assert await prepaid.entries() == settled
    assert await broken(prepaid.database, prepaid.tenant_id) == {}


async def test_what_had_no_price_when_it_was_bought_is_charged_once_it_has_one(books: Books) -> None:
    await buy(books)
    kept = await books.keep(NOVEMBER)
    assert (kept.entries, kept.missing) == (0, (PriceMissing(LIGHT, BOUGHT),))
    await books.price(3100, date(2026, 10, 10), now=local(2027, 6, 1))
    await books.keep(local(2027, 6, 1))
    assert [amount for _, _, amount in await books.entries()] == [3100, 3100, 1500]
    assert await books.invoices() == [(1, "2026-10", 7700)]


async def test_by_day_each_day_begun_is_charged_and_time_is_given_back(books: Books) -> None:
    await books.price(190, unit=PriceUnit.DAY)
    [licence] = await books.buy(NOVEMBER, local(2026, 11, 11), terms=PREPAID, now=BOUGHT)
    await books.keep(BOUGHT)
    await books.end(licence, at=local(2026, 11, 6), now=local(2026, 11, 2))
    await books.keep(local(2026, 11, 2))
    assert await books.entries() == [
        ("charge", span(NOVEMBER, local(2026, 11, 11)), 1900),
        ("credit", span(local(2026, 11, 6), local(2026, 11, 11)), -950),
    ]
    assert await broken(books.database, books.tenant_id) == {}


@pytest.mark.parametrize("passes", ["after each", "at the end"])
async def test_by_day_a_day_begun_is_paid_once_however_often_the_licence_ends_in_it(books: Books, passes: str) -> None:
    await books.price(190, unit=PriceUnit.DAY)
    first, noon, last = local(2026, 11, 9), local(2026, 11, 11, 12), local(2026, 11, 13)
    moment = BOUGHT

    async def kept() -> None:
        if passes == "after each":
            await books.keep(moment)

    [licence] = await books.buy(first, noon, terms=PREPAID, now=BOUGHT)
    await kept()
    for end in (local(2026, 11, 11, 18), last):  # the first of which is still the day that is paid for
        moment += timedelta(days=1)
        await books.extend(licence, end=end, now=moment)
        await kept()
    for end in (local(2026, 11, 12, 12), noon, local(2026, 11, 10, 6)):
        moment += timedelta(days=1)
        await books.end(licence, at=end, now=moment)
        await kept()
    await books.keep(NOVEMBER)
    assert await books.entries() == [
        ("charge", span(first, noon), 570),
        ("charge", span(local(2026, 11, 12), last), 190),
        ("credit", span(local(2026, 11, 12), last), -190),
        ("credit", span(local(2026, 11, 11), noon), -190),
    ]
    assert (await books.lines())[2:] == [("LIGHT", "CREDIT", 1, 3, -190), ("LIGHT", "CREDIT", 1, 1, -190)]
    assert await broken(books.database, books.tenant_id) == {}


async def test_by_day_the_day_in_which_a_licence_ends_is_not_given_back(books: Books) -> None:
    await books.price(190, unit=PriceUnit.DAY)
    last = local(2026, 11, 13)
    [licence, cancelled] = await books.buy(local(2026, 11, 9), last, count=2, terms=PREPAID, now=BOUGHT)
    await books.keep(BOUGHT)
    await books.end(licence, at=local(2026, 11, 11, 12), now=local(2026, 11, 2))
    await books.end(cancelled, at=local(2026, 11, 2))
    await books.keep(local(2026, 11, 2))
    assert sorted(await books.entries(), key=lambda entry: entry[2]) == [
        ("credit", span(local(2026, 11, 9), last), -760),
        ("credit", span(local(2026, 11, 12), last), -190),
        ("charge", span(local(2026, 11, 9), last), 760),
        ("charge", span(local(2026, 11, 9), last), 760),
    ]
    assert await broken(books.database, books.tenant_id) == {}


async def test_by_day_a_day_that_was_paid_to_noon_by_the_month_is_given_back_from_noon(books: Books) -> None:
    await books.price(3000)
    await books.price(190, date(2026, 11, 1), unit=PriceUnit.DAY)
    begin, noon, end = local(2026, 11, 5), local(2026, 11, 10, 12), local(2026, 11, 20)
    [licence] = await books.buy(begin, noon, terms=PREPAID, now=local(2026, 10, 2))
    await books.keep(local(2026, 10, 2))
    await books.extend(licence, end=end, now=local(2026, 11, 2))
    await books.keep(local(2026, 11, 2))
    six = local(2026, 11, 10, 6)
    await books.end(licence, at=six, now=local(2026, 11, 3))
    await books.keep(local(2026, 11, 3))
    assert await books.entries() == [
        ("charge", span(begin, noon), 550),  # 3000 x 5.5 / 30
        ("charge", span(noon, end), 1900),
        ("credit", span(six, noon), -25),  # 550 x 0.25 / 5.5
        ("credit", span(noon, end), -1900),
    ]
    assert await broken(books.database, books.tenant_id) == {}


async def test_by_day_the_day_that_is_an_hour_longer_costs_and_gives_back_as_much(books: Books) -> None:
    await books.price(190, unit=PriceUnit.DAY)
    bought = local(2026, 10, 2)
    [licence] = await books.buy(local(2026, 10, 24, 15), local(2026, 10, 27), terms=PREPAID, now=bought)
    await books.keep(bought)
    await books.end(licence, at=local(2026, 10, 25), now=local(2026, 10, 3))
    await books.keep(local(2026, 10, 3))
    assert [amount for _, _, amount in await books.entries()] == [570, -380]
    assert await broken(books.database, books.tenant_id) == {}


@pytest.mark.parametrize(
    ("timezone", "ended", "next_day"),
    [
        ("Africa/Cairo", datetime(2027, 4, 29, 10, tzinfo=UTC), datetime(2027, 4, 29, 22, tzinfo=UTC)),
        ("America/Havana", datetime(2027, 11, 6, 16, tzinfo=UTC), datetime(2027, 11, 7, 4, tzinfo=UTC)),
    ],
    ids=["whose midnight is skipped", "whose midnight comes twice"],
)
async def test_by_day_a_credit_begins_with_a_day(
    books: Books, timezone: str, ended: datetime, next_day: datetime
) -> None:
    async with books.database.writing(books.tenant_id) as session:
        (await session.get_one(Tenant, books.tenant_id)).timezone = timezone
    await books.price(190, unit=PriceUnit.DAY)
    begin, end = ended - timedelta(days=2), ended + timedelta(hours=30)
    [licence] = await books.buy(begin, end, terms=PREPAID, now=begin)
    await books.keep(begin)
    await books.end(licence, at=ended, now=begin + timedelta(days=1))
    await books.keep(begin + timedelta(days=1))
    assert await books.entries() == [("charge", span(begin, end), 760), ("credit", span(next_day, end), -190)]
    assert await broken(books.database, books.tenant_id) == {}


async def test_the_trail_knows_what_was_charged_and_given_back(prepaid: Books) -> None:
    [licence] = await prepaid.buy(NOVEMBER, DECEMBER, terms=PREPAID, now=BOUGHT)
    await prepaid.keep(BOUGHT)
    await prepaid.end(licence, at=local(2026, 11, 16), now=local(2026, 11, 2))
    await prepaid.keep(local(2026, 11, 2))
    told = await events_of(prepaid.database, prepaid.tenant_id, aggregate="prepaid_entry")
    licence_id, end = str(licence), DECEMBER.isoformat()
    assert told == [
        ("PrepaidCharged", 1, {"licence_id": licence_id, "start": NOVEMBER.isoformat(), "end": end}),
        ("PrepaidCredited", 1, {"licence_id": licence_id, "start": local(2026, 11, 16).isoformat(), "end": end}),
    ]


async def test_what_is_paid_ahead_has_an_end(prepaid: Books) -> None:
    [licence] = await buy(prepaid)
    before = await everything(prepaid.database, prepaid.tenant_id)
    with pytest.raises(InvalidInput) as refused:
        await prepaid.buy(NOVEMBER, None, terms=PREPAID, now=BOUGHT)
    assert refused.value.field == "to"
    with pytest.raises(InvalidInput) as refused:
        await prepaid.extend(licence, end=None, now=BOUGHT)
    assert refused.value.field == "to"
    with pytest.raises(InvalidInput) as refused:
        await prepaid.buy(NOVEMBER, END, terms=LicenceTerms.ONE_DAY, now=BOUGHT)
    assert refused.value.field == "terms"
    assert await everything(prepaid.database, prepaid.tenant_id) == before


FIRST = datetime(2027, 1, 1, tzinfo=UTC)
ENDS = st.lists(st.one_of(st.none(), st.integers(1, 400 * 24 * 60)), min_size=1, max_size=12)
AMOUNTS = st.integers(0, 10**7)


@given(ENDS, AMOUNTS)
def test_however_often_its_end_moves_what_is_paid_is_the_time_it_runs_for_and_no_unit_is_lost(
    ends: list[int | None], amount: int
) -> None:
    """Each end is so many minutes after the beginning; none is a licence that was cancelled."""
    charges: list[Charge] = []
    returned: dict[str, int] = {}
    for minutes in ends:
        wanted = span(FIRST, FIRST + timedelta(minutes=minutes or 0))
        settlement = settle(wanted, charges)
        if settlement.owed is not None:
            assert settlement.returned == ()
            for portion in at_rate(rate(amount), settlement.owed, zone=WARSAW):
                end = portion.period.upper
                assert end is not None
                charges.append(Charge(new_id(), portion.period, portion.amount, end))
        for charge, rest in settlement.returned:
            returned[charge.id.hex] = returned.get(charge.id.hex, 0) + given_back(charge, rest)
        charges = [_after(charge, settlement.returned) for charge in charges]
        assert _paid(charges) == (wanted.upper or FIRST) - FIRST
        assert settle(wanted, charges).owed is None
        assert settle(wanted, charges).returned == ()
        for charge in charges:
            unused = (charge.period.upper or FIRST) - charge.paid_until
            share = Fraction(charge.amount * (unused // timedelta.resolution), _length(charge.period))
            assert abs(returned.get(charge.id.hex, 0) - share) <= Fraction(1, 2)
            if charge.paid_until == charge.period.lower:
                assert returned[charge.id.hex] == charge.amount


def _after(charge: Charge, returned: tuple[tuple[Charge, Period], ...]) -> Charge:
    for other, rest in returned:
        if other.id == charge.id:
            return Charge(charge.id, charge.period, charge.amount, start_of(rest))
    return charge


def _paid(charges: list[Charge]) -> timedelta:
    return sum((charge.paid_until - start_of(charge.period) for charge in charges), timedelta())


def _length(period: Period) -> int:
    return ((period.upper or FIRST) - start_of(period)) // timedelta.resolution
