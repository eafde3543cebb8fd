"""One order with all that somebody who is asked about it wants to see, and what was said about it in ten tickets."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from infra.bench.pages.page import Page, PageName, edges, instant, maybe, nodes, record, typed_id

GRAPHQL = """
query Order($id: ID!) {
  order(id: $id) {
    id
    number
    status
    currency
    totalAmount
    paidAmount
    placedAt
    promisedOn
    whereabouts { code missingAmount promisedOn late }
    customer { id name email phone language }
    lines(first: 50) { edges { node { position sku name quantity unitAmount } } }
    payments(first: 10) {
      edges { node { method amount externalReference entries(first: 20) { edges { node { amount at source } } } } }
    }
    shipments(first: 10) { edges { node { carrier trackingNumber shippedAt deliveredAt } } }
    tickets(first: 10, order: NEWEST_FIRST) {
      edges {
        node {
          id
          number
          subject
          state
          arrivedAt
          assignee { id name }
          entries(first: 50) { edges { node { kind at authorKind body } } }
          transitions(first: 20) { edges { node { fromState toState reason at } } }
        }
      }
    }
  }
}
"""

_MISSING = (
    "greatest(o.total_amount - o.paid_amount - greatest(o.cash_on_delivery_amount - o.cash_received_amount, 0), 0)"
)
_WHEREABOUTS = record(
    code=f"""CASE o.status WHEN 'PLACED' THEN CASE WHEN {_MISSING} > 0 THEN 'AWAITING_PAYMENT' ELSE 'TO_PACK' END
             WHEN 'PACKED' THEN 'TO_SHIP' WHEN 'SHIPPED' THEN 'ON_ITS_WAY' ELSE o.status END""",
    missingAmount=_MISSING,
    promisedOn="o.promised_on",
    late="""o.status NOT IN ('DELIVERED', 'CANCELLED') AND o.promised_on < (
                $2::timestamptz AT TIME ZONE (SELECT timezone FROM tenant WHERE id = $1))::date""",
)
_LINE = record(position="l.position", sku="l.sku", name="l.name", quantity="l.quantity", unitAmount="l.unit_amount")
_PAID = record(amount="e.amount", at=instant("e.at"), source="e.source")
_PAYMENT = record(method="p.method", amount="p.amount", externalReference="p.external_reference", entries="p.entries")
_PARCEL = record(
    carrier="s.carrier",
    trackingNumber="s.tracking_number",
    shippedAt=instant("s.shipped_at"),
    deliveredAt=instant("s.delivered_at"),
)
_ENTRY = record(kind="e.kind", at=instant("e.at"), authorKind="e.author_kind", body="e.body")
_TRANSITION = record(fromState="x.from_state", toState="x.to_state", reason="x.reason", at=instant("x.at"))
_TICKET = record(
    id=typed_id("ticket", "t.id"),
    number="t.number",
    subject="t.subject",
    state="t.state",
    arrivedAt=instant("t.arrived_at"),
    assignee=maybe("a.id", id=typed_id("agent", "a.id"), name="a.name"),
    entries="t.entries",
    transitions="t.transitions",
)
_ORDER = record(
    id=typed_id("order", "o.id"),
    number="o.number",
    status="o.status",
    currency="o.currency",
    totalAmount="o.total_amount",
    paidAmount="o.paid_amount",
    placedAt=instant("o.placed_at"),
    promisedOn="o.promised_on",
    whereabouts=_WHEREABOUTS,
    customer=record(
        id=typed_id("customer", "c.id"),
        name="c.name",
        email="c.email",
        phone="c.phone",
        language="c.language",
    ),
    lines=f"""(SELECT {edges(_LINE, order="l.position, l.id")} FROM (
        SELECT id, position, sku, name, quantity, unit_amount FROM order_line
        WHERE tenant_id = $1 AND order_id = o.id ORDER BY position, id LIMIT 50) l)""",  # noqa: S608
    payments=f"""(SELECT {edges(_PAYMENT, order="p.position, p.id")} FROM (
        SELECT id, position, method, amount, external_reference, (
            SELECT {edges(_PAID, order="e.at, e.id")} FROM (
                SELECT id, amount, at, source FROM payment_entry
                WHERE tenant_id = $1 AND payment_id = payment.id ORDER BY at, id LIMIT 20) e) AS entries
        FROM payment WHERE tenant_id = $1 AND order_id = o.id ORDER BY position, id LIMIT 10) p)""",  # noqa: S608
    shipments=f"""(SELECT {edges(_PARCEL, order="s.position, s.id")} FROM (
        SELECT id, position, carrier, tracking_number, shipped_at, delivered_at FROM shipment
        WHERE tenant_id = $1 AND order_id = o.id ORDER BY position, id LIMIT 10) s)""",  # noqa: S608
    tickets=f"""(SELECT {edges(_TICKET, order="t.arrived_at DESC, t.id DESC")} FROM (
        SELECT id, number, subject, state, arrived_at, assignee_id, (
            SELECT {edges(_ENTRY, order="e.at, e.id")} FROM (
                SELECT id, kind, at, author_kind, body FROM entry
                WHERE tenant_id = $1 AND ticket_id = ticket.id ORDER BY at, id LIMIT 50) e) AS entries, (
            SELECT {edges(_TRANSITION, order="x.position, x.id")} FROM (
                SELECT id, position, from_state, to_state, reason, at FROM ticket_transition
                WHERE tenant_id = $1 AND ticket_id = ticket.id ORDER BY position, id LIMIT 20) x) AS transitions
        FROM ticket WHERE tenant_id = $1 AND order_id = o.id ORDER BY arrived_at DESC, id DESC LIMIT 10) t
        LEFT JOIN agent a ON a.tenant_id = $1 AND a.id = t.assignee_id)""",  # noqa: S608
)

SQL = f"""
SELECT {record(data=record(order=_ORDER))}::text
FROM "order" o
JOIN customer c ON c.tenant_id = $1 AND c.id = o.customer_id
WHERE o.tenant_id = $1 AND o.id = $3
"""  # noqa: S608

CHOICES = """
SELECT json_build_object('id', 'order_' || replace(order_id::text, '-', ''))
FROM ticket
WHERE tenant_id = $1 AND order_id IN (SELECT order_id FROM shipment WHERE tenant_id = $1)
  AND order_id IN (SELECT id FROM "order" WHERE tenant_id = $1 AND paid_amount > 0)
GROUP BY order_id HAVING count(*) >= 10
ORDER BY order_id DESC
LIMIT $2
"""
"""The newest that were paid and sent, and of which ten tickets are."""


def arguments(now: datetime, variables: Mapping[str, str]) -> list[Any]:
    return [now, UUID(variables["id"].removeprefix("order_"))]


def sizes(data: dict[str, Any]) -> dict[str, int]:
    order = data["order"]
    payments, tickets = nodes(order["payments"]), nodes(order["tickets"])
    return {
        "lines": len(order["lines"]["edges"]),
        "payments": len(payments),
        "payment entries": min(len(payment["entries"]["edges"]) for payment in payments),
        "parcels": len(order["shipments"]["edges"]),
        "tickets": len(tickets),
        "entries": min(len(ticket["entries"]["edges"]) for ticket in tickets),
        "transitions": min(len(ticket["transitions"]["edges"]) for ticket in tickets),
    }


PAGE = Page(
    name=PageName.ORDER,
    graphql=GRAPHQL,
    sql=SQL,
    arguments=arguments,
    choices=CHOICES,
    sizes=sizes,
    full={
        "lines": 1,
        "payments": 1,
        "payment entries": 1,
        "parcels": 1,
        "tickets": 10,
        "entries": 2,
        "transitions": 1,
    },
)
