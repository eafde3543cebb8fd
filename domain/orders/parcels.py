"""Parcels of orders: noted once, however often the shop tells of them."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import func, select

from domain.kit import events, texts
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


async def record(session: TenantSession, order: Order, shipment: ShipmentDetails, *, by: Actor, now: datetime) -> None:
    """Note a parcel of a locked order, or that a known one has arrived. Raises InvalidInput."""
    if shipment.delivered_at is not None and shipment.delivered_at < shipment.shipped_at:
        raise InvalidInput("deliveredAt", "must not be before shippedAt", "nie może być przed shippedAt")
    shipment = replace(
        shipment,
        carrier=texts.label(shipment.carrier, field="carrier"),
        tracking_number=texts.label(shipment.tracking_number, field="trackingNumber")
        if shipment.tracking_number
        else None,
    )
    known = await _known(session, order, shipment)
    if known is not None:
        if shipment.delivered_at is not None and known.delivered_at is None:
            known.delivered_at, order.updated_at = shipment.delivered_at, now
            recorded = ShipmentRecorded(known.id, known.carrier, known.tracking_number)
            events.record(session, order, recorded, by=by, at=now)
        return
    count = await session.scalar(
        select(func.count())
        .select_from(Shipment)
        .where(Shipment.tenant_id == order.tenant_id, Shipment.order_id == order.id)
    )
    row = Shipment(
        tenant_id=order.tenant_id,
        id=new_id(),
        order_id=order.id,
        position=(count or 0) + 1,
        carrier=shipment.carrier,
        tracking_number=shipment.tracking_number,
        shipped_at=shipment.shipped_at,
        delivered_at=shipment.delivered_at,
    )
    session.add(row)
    order.updated_at = now
    events.record(session, order, ShipmentRecorded(row.id, row.carrier, row.tracking_number), by=by, at=now)
    await session.flush()


async def _known(session: TenantSession, order: Order, shipment: ShipmentDetails) -> Shipment | None:
    """The parcel of the same carrier with the same tracking number, or, without one, sent at the same instant."""
    found = select(Shipment).where(
        Shipment.tenant_id == order.tenant_id, Shipment.order_id == order.id, Shipment.carrier == shipment.carrier
    )
    if shipment.tracking_number is not None:
        found = found.where(Shipment.tracking_number == shipment.tracking_number)
    else:
        found = found.where(Shipment.tracking_number.is_(None), Shipment.shipped_at == shipment.shipped_at)
    return await session.scalar(found.limit(1))
