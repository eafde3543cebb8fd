"""Parcels of orders: noted once, however often the shop tells of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from domain.kit import events, inputs, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.kit.inputs import Faults
from domain.orders.errors import ShipmentFixed
from domain.orders.events import ShipmentRecorded
from domain.orders.models import Order, Shipment


@dataclass(frozen=True)
class ShipmentDetails:
    carrier: str
    tracking_number: str | None
    shipped_at: datetime
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class Parcel:
    """A parcel at its place in the order, from 1; `new` when it was not known before."""

    position: int
    details: ShipmentDetails
    new: bool = False


def checked(shipment: ShipmentDetails, faults: Faults, *, now: datetime) -> ShipmentDetails:
    """The parcel with its texts trimmed, and what is wrong with it among the faults."""
    arrived = shipment.delivered_at
    known = len(faults.found)
    taken = ShipmentDetails(
        faults.take(texts.label, shipment.carrier, field="carrier"),
        faults.take(texts.optional_label, shipment.tracking_number, field="trackingNumber"),
        faults.take(inputs.happened, shipment.shipped_at, field="shippedAt", now=now),
        faults.take(inputs.happened, arrived, field="deliveredAt", now=now) if arrived is not None else None,
    )
    readable = not faults.full and len(faults.found) == known
    if readable and arrived is not None and arrived < shipment.shipped_at:
        faults.note(InvalidInput("deliveredAt", "must not be before shippedAt", "nie może być przed shippedAt"))
    return taken


def news(known: Iterable[Parcel], told: Sequence[ShipmentDetails], faults: Faults) -> Iterator[Parcel]:
    """What is told of checked parcels for the first time: that they are there, their numbers, their arrival. Pure.

    Another instant than the one that is known is among the faults.
    """
    parcels = {_name(parcel.details): parcel for parcel in known}
    untold = parcels.keys() - {_name(shipment) for shipment in told}
    for number, shipment in enumerate(told):
        name = _name(shipment)
        if untold and name not in parcels and (bare := _name(replace(shipment, tracking_number=None))) in untold:
            untold.remove(bare)
            parcels[name] = parcels.pop(bare)  # it was told of before it had a number
        parcel = parcels.get(name)
        if parcel is None:
            parcels[name] = Parcel(len(parcels) + 1, shipment, new=True)
            yield parcels[name]
            continue
        with faults.inside(number):
            _refuse_other_instants(parcel.details, shipment, faults)
        details = replace(
            parcel.details,
            tracking_number=shipment.tracking_number,
            delivered_at=parcel.details.delivered_at or shipment.delivered_at,
        )
        if details != parcel.details:
            parcels[name] = Parcel(parcel.position, details)
            yield parcels[name]


async def record(
    session: TenantSession, *, order: Order, shipments: Sequence[ShipmentDetails], by: Actor, now: datetime
) -> None:
    """Note parcels of a locked order, or that known ones have arrived; they are left to the next flush.

    Raises InvalidInput or ShipmentFixed, naming the parcel by its place.
    """
    if not shipments:
        return
    faults = Faults()
    told = []
    for number, shipment in enumerate(shipments):
        with faults.inside(number):
            told.append(checked(shipment, faults, now=now))
    faults.raise_first()
    rows = await _known(session, order)
    known = [Parcel(row.position, _details(row)) for row in rows.values()]
    for parcel in news(known, told, faults):
        if parcel.new:
            rows[parcel.position] = _added(session, order, parcel)
        row = rows[parcel.position]
        row.tracking_number, row.delivered_at = parcel.details.tracking_number, parcel.details.delivered_at
        order.updated_at = now
        events.record(session, order, ShipmentRecorded(row.id, row.carrier, row.tracking_number), by=by, at=now)
    faults.raise_first()


def _refuse_other_instants(known: ShipmentDetails, told: ShipmentDetails, faults: Faults) -> None:
    if told.shipped_at != known.shipped_at:
        faults.note(ShipmentFixed("shippedAt"))
    if told.delivered_at is not None and told.delivered_at != (known.delivered_at or told.delivered_at):
        faults.note(ShipmentFixed("deliveredAt"))


def _name(parcel: ShipmentDetails) -> tuple[str, str | None, datetime | None]:
    """What makes a parcel itself: its carrier and tracking number or, without one, the instant at which it left."""
    number = parcel.tracking_number
    return parcel.carrier, number, parcel.shipped_at if number is None else None


def _details(row: Shipment) -> ShipmentDetails:
    return ShipmentDetails(row.carrier, row.tracking_number, row.shipped_at, row.delivered_at)


async def _known(session: TenantSession, order: Order) -> dict[int, Shipment]:
    """The order's parcels by position."""
    found = await session.scalars(
        select(Shipment).where(Shipment.tenant_id == order.tenant_id, Shipment.order_id == order.id)
    )
    return {parcel.position: parcel for parcel in found}


def _added(session: TenantSession, order: Order, parcel: Parcel) -> Shipment:
    details = parcel.details
    row = Shipment(
        tenant_id=order.tenant_id,
        id=new_id(),
        order_id=order.id,
        position=parcel.position,
        carrier=details.carrier,
        tracking_number=details.tracking_number,
        shipped_at=details.shipped_at,
        delivered_at=details.delivered_at,
    )
    session.add(row)
    return row
