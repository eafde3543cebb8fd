"""What an import of orders writes, gathered row by row and written table by table."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.kit import bulk
from domain.kit.database import TenantSession
from domain.kit.events import History, Recorder
from domain.kit.ids import new_id
from domain.kit.imports import MadeMeanwhile
from domain.orders.details import OrderDetails
from domain.orders.events import (
    OrderCorrected,
    OrderCreated,
    OrderPromised,
    OrderStatusChanged,
    PaymentRecorded,
    ShipmentRecorded,
)
from domain.orders.models import Order, OrderLine, Payment, PaymentEntry, Shipment
from domain.orders.payments import WITH_THE_ORDER, Balance, agreed_cash
from domain.orders.revision import KnownOrder, Revision

Values = dict[str, Any]


class Sheet:
    """The rows of each table; the events go to the recorder."""

    def __init__(self, recorder: Recorder, *, now: datetime) -> None:
        self._recorder, self._now = recorder, now
        self._orders: list[Values] = []
        self._changed_orders: list[Values] = []
        self._relined: list[UUID] = []
        self._lines: list[Values] = []
        self._payments: list[Values] = []
        self._changed_payments: list[Values] = []
        self._entries: list[Values] = []
        self._parcels: list[Values] = []
        self._changed_parcels: dict[UUID, Values] = {}

    def create(self, told: OrderDetails, revision: Revision, *, customer_id: UUID) -> UUID:
        """An order that was not here; returns its id."""
        history = History(Order.__tablename__, new_id())
        created = OrderCreated(told.external_id, revision.number, customer_id, told.total_amount, told.currency)
        self._recorder.record(history, created)
        balance = self._detail(history, told, revision, payment_ids={}, parcel_ids={}) or Balance()
        self._line(history.id, told)
        values = _values(told, revision, balance) | {
            "id": history.id,
            "version": history.version,
            "external_id": told.external_id,
            "customer_id": customer_id,
            "currency": told.currency,
            "created_at": self._now,
            "updated_at": self._now,
        }
        self._orders.append(values)
        return history.id

    def change(self, known: KnownOrder, told: OrderDetails, revision: Revision) -> None:
        """An order that is here and is described differently."""
        history = History(Order.__tablename__, known.id, known.version)
        if revision.parts:
            corrected = OrderCorrected(tuple(revision.parts), revision.number, told.total_amount)
            self._recorder.record(history, corrected)
        payment_ids = {position: payment.id for position, payment in enumerate(known.payments, start=1)}
        balance = self._detail(history, told, revision, payment_ids=payment_ids, parcel_ids=known.parcel_ids)
        if revision.moved:
            self._recorder.record(history, OrderStatusChanged(known.status, told.status))
        if revision.promised:
            self._recorder.record(history, OrderPromised.on(told.promised_on))
        if "lines" in revision.parts:
            self._relined.append(known.id)
            self._line(known.id, told)
        values = _values(told, revision, balance or known.balance)
        self._changed_orders.append(values | {"id": known.id, "version": history.version, "updated_at": self._now})

    async def write(self, session: TenantSession) -> None:
        """Insert, change and delete what was gathered. Raises MadeMeanwhile."""
        new = sorted(self._orders, key=lambda order: str(order["external_id"]))
        if len(await bulk.add_new(session, Order, new, key="external_id")) < len(new):
            raise MadeMeanwhile
        await bulk.change(session, Order, self._changed_orders)
        await bulk.remove(session, OrderLine.order_id, self._relined)
        await bulk.add(session, OrderLine, self._lines)
        await bulk.change(session, Payment, self._changed_payments)
        await bulk.add(session, Payment, self._payments)
        await bulk.add(session, PaymentEntry, self._entries)
        await bulk.add(session, Shipment, self._parcels)
        await bulk.change(session, Shipment, list(self._changed_parcels.values()))

    def _detail(
        self,
        history: History,
        told: OrderDetails,
        revision: Revision,
        *,
        payment_ids: Mapping[int, UUID],
        parcel_ids: Mapping[int, UUID],
    ) -> Balance | None:
        """Payments, their money and parcels; returns the order's balance, if it is another one now."""
        ids = self._pay(history.id, told, revision, payment_ids)
        balance = None
        for receipt in revision.receipts:
            balance = receipt.balance
            self._entries.append(
                {
                    "id": new_id(),
                    "payment_id": ids[receipt.position],
                    "amount": receipt.amount,
                    "at": receipt.at,
                    "source": WITH_THE_ORDER,
                }
            )
            recorded = PaymentRecorded(ids[receipt.position], receipt.amount, WITH_THE_ORDER, balance.paid)
            self._recorder.record(history, recorded)
        self._send(history, revision, parcel_ids)
        return balance

    def _line(self, order_id: UUID, told: OrderDetails) -> None:
        for position, line in enumerate(told.lines, start=1):
            self._lines.append(
                {
                    "id": new_id(),
                    "order_id": order_id,
                    "position": position,
                    "sku": line.sku,
                    "name": line.name,
                    "quantity": line.quantity,
                    "unit_amount": line.unit_amount,
                }
            )

    def _pay(
        self, order_id: UUID, told: OrderDetails, revision: Revision, known: Mapping[int, UUID]
    ) -> dict[int, UUID]:
        """The ids of the order's payments by position, with those that are new."""
        ids = dict(known)
        for position in revision.payments:
            payment = told.payments[position - 1]
            values: Values = {
                "id": ids.get(position) or new_id(),
                "method": payment.method,
                "amount": payment.amount,
                "external_reference": payment.reference,
            }
            if position in ids:
                self._changed_payments.append(values)
            else:
                ids[position] = values["id"]
                self._payments.append(values | {"order_id": order_id, "position": position, "created_at": self._now})
        return ids

    def _send(self, history: History, revision: Revision, known: Mapping[int, UUID]) -> None:
        new: dict[int, Values] = {}
        for parcel in revision.parcels:
            details, position = parcel.details, parcel.position
            if parcel.new:
                new[position] = {
                    "id": new_id(),
                    "order_id": history.id,
                    "position": position,
                    "carrier": details.carrier,
                    "tracking_number": details.tracking_number,
                    "shipped_at": details.shipped_at,
                    "delivered_at": details.delivered_at,
                }
            elif position in new:
                new[position]["delivered_at"] = details.delivered_at
            else:
                self._changed_parcels[known[position]] = {
                    "id": known[position],
                    "tracking_number": details.tracking_number,
                    "delivered_at": details.delivered_at,
                }
            id = new[position]["id"] if position in new else known[position]
            self._recorder.record(history, ShipmentRecorded(id, details.carrier, details.tracking_number))
        self._parcels += new.values()


def _values(told: OrderDetails, revision: Revision, balance: Balance) -> Values:
    """The columns of an order that its description decides."""
    return {
        "number": revision.number,
        "status": told.status,
        "total_amount": told.total_amount,
        "paid_amount": balance.paid,
        "cash_on_delivery_amount": agreed_cash(told.payments),
        "cash_received_amount": balance.cash,
        "placed_at": told.placed_at,
        "promised_on": told.promised_on,
    }
