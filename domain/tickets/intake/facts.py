"""Customers and orders as conditions see them."""

from domain.orders.models import Customer, Order
from domain.tickets.intake.variables import CustomerFacts, OrderFacts


def customer_facts(customer: Customer, *, open_tickets: int, orders: int) -> CustomerFacts:
    """The customer, with how many other tickets and orders they have."""
    return CustomerFacts(customer.external_id, customer.language, customer.email, open_tickets, orders)


def order_facts(order: Order) -> OrderFacts:
    """The order."""
    return OrderFacts(
        status=order.status,
        currency=order.currency,
        total_amount=order.total_amount,
        paid_amount=order.paid_amount,
        cash_on_delivery_amount=order.cash_on_delivery_amount,
        cash_received_amount=order.cash_received_amount,
        placed_at=order.placed_at,
        promised_on=order.promised_on,
    )
