"""Many orders as they are, whole and locked, in one statement for each table."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.orders.details import LineDetails
from domain.orders.models import Customer, Order, OrderLine, Payment, PaymentEntry, Shipment
from domain.orders.parcels import Parcel, ShipmentDetails
from domain.orders.payments import Balance, PaymentDetails
from domain.orders.revision import Booked, KnownOrder, KnownPayment


async def lock_known(session: TenantSession, *, external_ids: Collection[str]) -> dict[str, KnownOrder]:
    """Those of the orders that are here, by external id, locked in id order until the transaction ends."""
    if not external_ids:
        return {}
    orders = await _locked(session, external_ids=external_ids)
    if not orders:
        return {}
    ids = [row.id for row in orders]
    lines, payments = await _lines(session, ids), await _payments(session, ids)
    parcels, parcel_ids = await _parcels(session, ids)
    return {
        row.external_id: KnownOrder(
            id=row.id,
            version=row.version,
            customer_external_id=row.customer_external_id,
            number=row.number,
            status=row.status,
            currency=row.currency,
            total_amount=row.total_amount,
            balance=Balance(row.paid_amount, row.cash_received_amount),
            placed_at=row.placed_at,
            promised_on=row.promised_on,
            lines=lines[row.id],
            payments=payments[row.id],
            parcels=parcels[row.id],
            parcel_ids=parcel_ids[row.id],
        )
        for row in orders
    }


async def _locked(session: TenantSession, *, external_ids: Collection[str]) -> Sequence[Any]:
    columns = (
        Order.id,
        Order.version,
        Order.external_id,
        Order.number,
        Order.status,
        Order.currency,
        Order.total_amount,
        Order.paid_amount,
        Order.cash_received_amount,
        Order.placed_at,
        Order.promised_on,
    )
    found = await session.execute(
        select(*columns, Customer.external_id.label("customer_external_id"))
        .join(Customer, (Customer.tenant_id == Order.tenant_id) & (Customer.id == Order.customer_id))
        .where(Order.tenant_id == session.tenant_id, bulk.among(Order.external_id, external_ids))
        .order_by(Order.id)
        .with_for_update(key_share=True, of=Order)
    )
    return found.all()


async def _lines(session: TenantSession, order_ids: Collection[UUID]) -> dict[UUID, list[LineDetails]]:
    columns = (OrderLine.order_id, OrderLine.sku, OrderLine.name, OrderLine.quantity, OrderLine.unit_amount)
    found = await session.execute(
        select(*columns)
        .where(OrderLine.tenant_id == session.tenant_id, bulk.among(OrderLine.order_id, order_ids))
        .order_by(OrderLine.order_id, OrderLine.position)
    )
    lines: dict[UUID, list[LineDetails]] = defaultdict(list)
    for order_id, sku, name, quantity, unit_amount in found:
        lines[order_id].append(LineDetails(sku, name, quantity, unit_amount))
    return lines


async def _payments(session: TenantSession, order_ids: Collection[UUID]) -> dict[UUID, list[KnownPayment]]:
    columns = (Payment.id, Payment.order_id, Payment.method, Payment.amount, Payment.external_reference)
    found = await session.execute(
        select(*columns)
        .where(Payment.tenant_id == session.tenant_id, bulk.among(Payment.order_id, order_ids))
        .order_by(Payment.order_id, Payment.position)
    )
    rows = found.all()
    ledgers = await _ledgers(session, [row.id for row in rows])
    payments: dict[UUID, list[KnownPayment]] = defaultdict(list)
    for id, order_id, method, amount, reference in rows:
        payments[order_id].append(KnownPayment(id, PaymentDetails(method, amount, reference), ledgers[id]))
    return payments


async def _ledgers(session: TenantSession, payment_ids: Collection[UUID]) -> dict[UUID, list[Booked]]:
    columns = (PaymentEntry.payment_id, PaymentEntry.amount, PaymentEntry.at, PaymentEntry.source)
    found = await session.execute(
        select(*columns).where(
            PaymentEntry.tenant_id == session.tenant_id, bulk.among(PaymentEntry.payment_id, payment_ids)
        )
    )
    ledgers: dict[UUID, list[Booked]] = defaultdict(list)
    for payment_id, amount, at, source in found:
        ledgers[payment_id].append(Booked(amount, at, source))
    return ledgers


async def _parcels(
    session: TenantSession, order_ids: Collection[UUID]
) -> tuple[dict[UUID, list[Parcel]], dict[UUID, dict[int, UUID]]]:
    """The parcels of each order, and their ids by position."""
    columns = (Shipment.carrier, Shipment.tracking_number, Shipment.shipped_at, Shipment.delivered_at)
    found = await session.execute(
        select(Shipment.id, Shipment.order_id, Shipment.position, *columns)
        .where(Shipment.tenant_id == session.tenant_id, bulk.among(Shipment.order_id, order_ids))
        .order_by(Shipment.order_id, Shipment.position)
    )
    parcels: dict[UUID, list[Parcel]] = defaultdict(list)
    ids: dict[UUID, dict[int, UUID]] = defaultdict(dict)
    for id, order_id, position, carrier, number, shipped_at, delivered_at in found:
        parcels[order_id].append(Parcel(position, ShipmentDetails(carrier, number, shipped_at, delivered_at)))
        ids[order_id][position] = id
    return parcels, ids
