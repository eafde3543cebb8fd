"""`sezon price`: what a shop's seats cost. Shops read their prices; the operator sets them here."""

from datetime import date, datetime

import typer

from domain.billing import pricing
from domain.billing.models import Price, PriceUnit
from domain.kit.database import Database
from domain.kit.events import SYSTEM
from domain.kit.money import written
from domain.seats.models import SeatKind
from domain.tenants.queries import tenant_id_of
from infra.commands.administration import administer
from infra.embedded.errors import CannotRun


async def set_in_shop(
    database: Database,
    *,
    shop: str,
    kind: SeatKind,
    unit: PriceUnit,
    amount: int,
    currency: str,
    first_day: date,
    now: datetime,
) -> Price:
    """Set a price of a shop named by its slug. Raises CannotRun for an unknown one, and as `pricing.set_price`."""
    tenant_id = await tenant_id_of(database, slug=shop)
    if tenant_id is None:
        raise CannotRun(f"There is no shop {shop}.")
    async with database.writing(tenant_id) as session:
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


def set_price(*, shop: str, kind: str, unit: str, amount: int, currency: str, first_day: date) -> None:
    """Set what a kind of seat costs from a day on, and say so."""
    price = administer(
        lambda database, _, now: set_in_shop(
            database,
            shop=shop,
            kind=SeatKind(kind.upper()),
            unit=PriceUnit(unit.upper()),
            amount=amount,
            currency=currency,
            first_day=first_day,
            now=now,
        )
    )
    typer.echo(
        f"From {first_day} on, {price.kind.lower()} seats of {shop} cost "
        f"{written(price.amount, price.currency)} {price.currency} a {price.unit.lower()}."
    )
