"""The refusals of the order operations."""

from dataclasses import dataclass
from uuid import UUID

from domain.kit.errors import DomainError, InvalidInput


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


@dataclass
class OrderPartFixed(DomainError):
    """An order keeps its customer and its currency for good."""

    order_id: UUID
    current: str

    en = "This cannot change once an order is here; it is {current}."
    pl = "Nie można tego zmienić, gdy zamówienie już tu jest; obecnie jest to {current}."


@dataclass
class OrderContentFixed(DomainError):
    """What was bought and what is to be paid can change until the order is packed, or cancelled."""

    order_id: UUID
    status: str

    en = "The order is {status} already: what was bought, when, and what is to be paid for it stay as they are."
    pl = "Zamówienie ma już status {status}: co kupiono, kiedy i ile trzeba zapłacić, pozostaje bez zmian."


@dataclass
class PaymentFixed(DomainError):
    """Money was booked on the payment."""

    payment_id: UUID

    en = "Money was booked on this payment, so this stays as it is."
    pl = "Na tej płatności zaksięgowano pieniądze, więc pozostaje to bez zmian."


@dataclass
class ShipmentFixed(InvalidInput):
    """When a parcel left and when it arrived stay as they were told first."""

    problem: str = "is another instant than what was told of this parcel before, which stays"
    problem_pl: str = "to inna chwila niż podana wcześniej dla tej paczki, która pozostaje bez zmian"


@dataclass
class PaymentMissing(DomainError):
    """A payment that was agreed can become another one, but is not taken away."""

    payment_id: UUID
    known: int

    en = "The order has {known} payments. Tell all of them, in their order; one that changed can be told anew."
    pl = "Zamówienie ma płatności: {known}. Podaj wszystkie, w ich kolejności; zmienioną można podać na nowo."
