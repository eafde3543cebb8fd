"""How far the goods of an order are, and what a customer who asks “where is my order” can be told: pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from domain.orders.errors import OrderStatusRefused
from domain.orders.models import OrderStatus

_ROAD = [OrderStatus.PLACED, OrderStatus.PACKED, OrderStatus.SHIPPED, OrderStatus.DELIVERED]


class WhereaboutsCode(StrEnum):
    """The one thing that an order waits for, or that has become of it."""

    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    TO_PACK = "TO_PACK"
    TO_SHIP = "TO_SHIP"
    ON_ITS_WAY = "ON_ITS_WAY"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True)
class Whereabouts:
    """Where an order is; `late` when its promised day has passed and it has not arrived."""

    code: WhereaboutsCode
    missing_amount: int
    promised_on: date | None
    late: bool


def check(*, order_id: UUID, current: OrderStatus, wanted: OrderStatus) -> None:
    """Raises OrderStatusRefused for a step back, or out of an end: delivered, cancelled."""
    if wanted is current:
        return
    if current is OrderStatus.CANCELLED or current is OrderStatus.DELIVERED:
        raise OrderStatusRefused(order_id, current, wanted)
    if wanted is not OrderStatus.CANCELLED and _ROAD.index(wanted) < _ROAD.index(current):
        raise OrderStatusRefused(order_id, current, wanted)


def due_on_delivery(*, agreed_amount: int, received_amount: int) -> int:
    """What is still to be paid at the door: the cash agreed less the cash that came, never below 0; minor units."""
    return max(agreed_amount - received_amount, 0)


def whereabouts(
    *,
    status: OrderStatus,
    total_amount: int,
    paid_amount: int,
    due_on_delivery: int,
    promised_on: date | None,
    today: date,
) -> Whereabouts:
    """What to tell a customer today. `due_on_delivery` is what is still to be paid at the door, minor units."""
    missing = max(total_amount - paid_amount - due_on_delivery, 0)
    codes = {
        OrderStatus.PLACED: WhereaboutsCode.AWAITING_PAYMENT if missing else WhereaboutsCode.TO_PACK,
        OrderStatus.PACKED: WhereaboutsCode.TO_SHIP,
        OrderStatus.SHIPPED: WhereaboutsCode.ON_ITS_WAY,
        OrderStatus.DELIVERED: WhereaboutsCode.DELIVERED,
        OrderStatus.CANCELLED: WhereaboutsCode.CANCELLED,
    }
    ended = status in (OrderStatus.DELIVERED, OrderStatus.CANCELLED)
    late = promised_on is not None and today > promised_on and not ended
    return Whereabouts(codes[status], missing, promised_on, late)
