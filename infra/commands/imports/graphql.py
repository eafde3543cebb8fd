"""How rows are written in GraphQL: the input of an order, and the documents that import rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.orders.customers import CustomerDetails
from domain.orders.details import OrderDetails
from domain.tenants.permissions import Permission


@dataclass(frozen=True)
class Kind:
    """A kind of rows: what it is called, the field and scope that import it, and the name of its rows in the input."""

    name: str
    field: str
    scope: Permission

    @property
    def document(self) -> str:
        result = self.field.removesuffix("Import").capitalize() + "Imported"
        given = self.field[0].upper() + self.field[1:] + "Input"
        return (
            f"mutation Import($input: {given}!) {{ outcome: {self.field}(input: $input) {{ "
            "__typename ... on Failure { code message } "
            f"... on {result} {{ rows {{ index outcome failures {{ code field message }} }} }} }} }}"
        )

    def input(self, rows: Sequence[Any]) -> dict[str, Any]:
        """The input for some rows: those that are refused do not hold up the others."""
        return {self.name: rows, "policy": "SKIP_FAILED"}


ORDERS = Kind("orders", "ordersImport", Permission.ORDERS_WRITE)
TICKETS = Kind("tickets", "ticketsImport", Permission.TICKETS_OPEN)


def order_input(order: OrderDetails) -> dict[str, Any]:
    """The order as `OrderImportInput`."""
    return {
        "externalId": order.external_id,
        "number": order.number,
        "customer": customer_input(order.customer),
        "currency": order.currency,
        "totalAmount": order.total_amount,
        "placedAt": order.placed_at.isoformat(),
        "lines": [
            {"sku": line.sku, "name": line.name, "quantity": line.quantity, "unitAmount": line.unit_amount}
            for line in order.lines
        ],
        "payments": [
            {
                "method": payment.method,
                "amount": payment.amount,
                "reference": payment.reference,
                "receivedAt": payment.received_at.isoformat() if payment.received_at else None,
            }
            for payment in order.payments
        ],
        "promisedOn": order.promised_on.isoformat() if order.promised_on else None,
        "status": order.status,
        "shipments": [
            {
                "carrier": parcel.carrier,
                "trackingNumber": parcel.tracking_number,
                "shippedAt": parcel.shipped_at.isoformat(),
                "deliveredAt": parcel.delivered_at.isoformat() if parcel.delivered_at else None,
            }
            for parcel in order.shipments
        ],
    }


def customer_input(customer: CustomerDetails) -> dict[str, Any]:
    """The customer as `CustomerInput`."""
    return {
        "externalId": customer.external_id,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "language": customer.language,
    }
