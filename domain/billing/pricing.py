"""Setting prices. The list is the operator's: a shop reads it, and pays what it said at the time."""

from datetime import date, datetime

from sqlalchemy import func, select

from domain.billing import queries
from domain.billing.errors import PriceInThePast, PricesInOtherCurrency
from domain.billing.events import PriceSet
from domain.billing.models import Price, PriceSeries, PriceUnit
from domain.kit import events, inputs, texts
from domain.kit.database import TenantSession
from domain.kit.events import SYSTEM, Actor, ActorKind, History
from domain.kit.ids import new_id
from domain.seats.days import beginning_of
from domain.seats.models import SeatKind

MOST = 100_000_000

USUAL: dict[str, dict[tuple[SeatKind, PriceUnit], int]] = {
    "PLN": {
        (SeatKind.FULL, PriceUnit.MONTH): 14_900,
        (SeatKind.LIGHT, PriceUnit.MONTH): 2_900,
        (SeatKind.FULL, PriceUnit.PASS): 1_490,
        (SeatKind.LIGHT, PriceUnit.PASS): 290,
    }
}
"""What a new shop pays, by its currency. In another one nothing is invoiced until its prices are set."""


async def set_usual_prices(session: TenantSession, *, currency: str, now: datetime) -> None:
    """Give a new shop the usual prices of its currency, if there are any, from this day on."""
    today = now.astimezone(await queries.zone_of_shop(session)).date()
    for (kind, unit), amount in USUAL.get(currency, {}).items():
        await set_price(
            session, kind=kind, unit=unit, amount=amount, currency=currency, first_day=today, by=SYSTEM, now=now
        )


async def set_price(
    session: TenantSession,
    *,
    kind: SeatKind,
    unit: PriceUnit,
    amount: int,
    currency: str,
    first_day: date,
    by: Actor,
    now: datetime,
) -> Price:
    """Set what a kind costs from the beginning of a day in the shop's zone on; a price by month ends one by day.

    One that has not begun may be set again. Before the first price of its series nothing was priced, so a new first one
    may begin in the past. Raises PriceInThePast, PricesInOtherCurrency, InvalidInput.
    """
    inputs.whole(amount, field="amount", least=0, most=MOST)
    texts.currency(currency, field="currency")
    inputs.day(first_day, field="from")
    await queries.take_turn(session)
    valid_from = beginning_of(first_day, await queries.zone_of_shop(session))
    series = PriceSeries.PASS if unit is PriceUnit.PASS else PriceSeries.TIME
    revision = await _revision(session, kind=kind, series=series, valid_from=valid_from, now=now)
    await _refuse_other_currency(session, currency)
    price = Price(
        tenant_id=session.tenant_id,
        id=new_id(),
        kind=kind,
        series=series,
        unit=unit,
        amount=amount,
        currency=currency,
        valid_from=valid_from,
        revision=revision,
        set_at=now,
        set_by_id=by.id if by.kind is ActorKind.MEMBER else None,
    )
    session.add(price)
    history = History(Price.__tablename__, price.id)
    events.record(session, history, PriceSet(kind, unit, valid_from), by=by, at=now)
    await session.flush()
    return price


async def _revision(
    session: TenantSession, *, kind: SeatKind, series: PriceSeries, valid_from: datetime, now: datetime
) -> int:
    of_series = (Price.tenant_id == session.tenant_id, Price.kind == kind, Price.series == series)
    first = await session.scalar(select(func.min(Price.valid_from)).where(*of_series))
    if first is not None and first <= valid_from <= now:
        raise PriceInThePast(now)
    revision = await session.scalar(select(func.max(Price.revision)).where(*of_series, Price.valid_from == valid_from))
    return (revision or 0) + 1


async def _refuse_other_currency(session: TenantSession, currency: str) -> None:
    other: str | None = await session.scalar(
        select(Price.currency).where(Price.tenant_id == session.tenant_id, Price.currency != currency).limit(1)
    )
    if other is not None:
        raise PricesInOtherCurrency(other)
