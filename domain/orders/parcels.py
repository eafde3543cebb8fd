"""Parcels of orders: noted once, however often the shop tells of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from domain.kit import events, inputs, texts
from domain.kit.database import TenantSession
from domain.kit.errors import InvalidInput
from domain.kit.events import Actor
from domain.kit.ids import new_id
from domain.orders.events import ShipmentRecorded
from domain.orders.models import Order, Shipment


@dataclass(frozen=True)
class ShipmentDetails:
    carrier: str
    tracking_number: str | None
    shipped_at: datetime
    delivered_at: datetime | None = None


async def record(
    session: TenantSession, *, order: Order, shipments: Sequence[ShipmentDetails], by: Actor, now: datetime
) -> None:
    """Note parcels of a locked order, or that known ones have arrived; they are left to the next flush.

    Raises InvalidInput naming the parcel by its place.
    """
    known = await _known(session, order) if shipments else {}
    for number, told in enumerate(shipments):
        with inputs.inside(number):
            shipment = _checked(told)
            parcel = known.get(_name(shipment))
            if parcel is None:
                parcel = known[_name(shipment)] = _added(session, order, shipment, position=len(known) + 1)
            elif shipment.delivered_at is not None and parcel.delivered_at is None:
                _refuse_before(shipment.delivered_at, parcel.shipped_at)
                parcel.delivered_at = shipment.delivered_at
            else:
                continue
        order.updated_at = now
        recorded = ShipmentRecorded(parcel.id, parcel.carrier, parcel.tracking_number)
        events.record(session, order, recorded, by=by, at=now)


def _checked(shipment: ShipmentDetails) -> ShipmentDetails:
    delivered_at = shipment.delivered_at
    checked = ShipmentDetails(
        texts.label(shipment.carrier, field="carrier"),
        texts.optional_label(shipment.tracking_number, field="trackingNumber"),
        inputs.instant(shipment.shipped_at, field="shippedAt"),
        inputs.instant(delivered_at, field="deliveredAt") if delivered_at is not None else None,
    )
    if delivered_at is not None:
        _refuse_before(delivered_at, shipment.shipped_at)
    return checked


def _refuse_before(delivered_at: datetime, shipped_at: datetime) -> None:
    if delivered_at < shipped_at:
        raise InvalidInput("deliveredAt", "must not be before shippedAt", "nie może być przed shippedAt")


def _name(parcel: ShipmentDetails | Shipment) -> tuple[str, str | None, datetime | None]:
    """What makes a parcel itself: its carrier and tracking number or, without one, the instant at which it left."""
    number = parcel.tracking_number
    return parcel.carrier, number, parcel.shipped_at if number is None else None


async def _known(session: TenantSession, order: Order) -> dict[tuple[str, str | None, datetime | None], Shipment]:
    found = await session.scalars(
        select(Shipment).where(Shipment.tenant_id == order.tenant_id, Shipment.order_id == order.id)
    )
    return {_name(parcel): parcel for parcel in found}


def _added(session: TenantSession, order: Order, shipment: ShipmentDetails, *, position: int) -> Shipment:
    parcel = Shipment(
        tenant_id=order.tenant_id,
        id=new_id(),
        order_id=order.id,
        position=position,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.shipped_at,
        delivered_at=shipment.delivered_at,
    )
    session.add(parcel)
    return parcel
