"""The refusals of the order operations."""

from dataclasses import dataclass
from uuid import UUID

from domain.kit.errors import DomainError


@dataclass
class CustomerNotFound(DomainError):
    """There is no such customer, by the id or by the shop's own id, whichever was given."""

    customer_id: UUID | None = None
    external_id: str | None = None

    en = "There is no such customer."
    pl = "Nie ma takiego klienta."


@dataclass
class OrderNotFound(DomainError):
    """There is no such order, by the id or by the shop's own id, or it is another customer's."""

    order_id: UUID | None = None
    external_id: str | None = None

    en = "There is no such order of this customer."
    pl = "Nie ma takiego zamówienia tego klienta."


@dataclass
class OrderExists(DomainError):
    """The shop has sent an order with this id before; `order_id` is that one."""

    external_id: str
    order_id: UUID

    en = "The order “{external_id}” is here already. Use orderUpdate to change it."
    pl = "Zamówienie „{external_id}” już tu jest. Aby je zmienić, użyj orderUpdate."


@dataclass
class OrderStatusRefused(DomainError):
    """Goods do not travel backwards."""

    order_id: UUID
    current: str
    wanted: str

    en = "An order that is {current} cannot become {wanted}."
    pl = "Zamówienie o statusie {current} nie może otrzymać statusu {wanted}."


@dataclass
class PaymentNotFound(DomainError):
    payment_id: UUID

    en = "There is no such payment on this order."
    pl = "To zamówienie nie ma takiej płatności."
