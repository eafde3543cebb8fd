"""Looking up prices, use and invoices."""

from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from domain.billing.models import Price
from domain.billing.proration import PriceList, Rate
from domain.kit.database import TenantSession
from domain.tenants.models import Tenant


async def take_turn(session: TenantSession) -> None:
    """Wait until nobody else sets a price or keeps books in this tenant, and keep others waiting until it is done."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"billing:{session.tenant_id}", 0))
    await session.execute(select(turn))


async def zone_of_shop(session: TenantSession) -> ZoneInfo:
    """The zone whose months and days are billed."""
    return ZoneInfo((await session.scalars(select(Tenant.timezone).where(Tenant.id == session.tenant_id))).one())


async def price_list(session: TenantSession) -> PriceList:
    """The shop's price list: of prices that begin at the same instant, the last revision."""
    found = await session.scalars(select(Price).where(Price.tenant_id == session.tenant_id).order_by(Price.revision))
    return PriceList(
        {
            (price.kind, price.series, price.valid_from): Rate(
                price.id, price.kind, price.unit, price.amount, price.currency, price.valid_from
            )
            for price in found
        }.values()
    )
