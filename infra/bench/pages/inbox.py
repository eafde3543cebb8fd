"""The inbox: the 50 newest open tickets with customer, agent, order and what was said last."""

from typing import Any

from infra.bench.pages.page import Page, PageName, edges, instant, maybe, nodes, record, typed_id

GRAPHQL = """
query Inbox {
  tickets(first: 50, order: NEWEST_FIRST, filter: {open: true}) {
    edges {
      node {
        id
        number
        subject
        state
        arrivedAt
        customer { name }
        assignee { name }
        order { number status }
        lastEntry { kind at body }
      }
    }
  }
}
"""

_TICKET = record(
    id=typed_id("ticket", "t.id"),
    number="t.number",
    subject="t.subject",
    state="t.state",
    arrivedAt=instant("t.arrived_at"),
    customer=record(name="c.name"),
    assignee=maybe("a.id", name="a.name"),
    order=maybe("o.id", number="o.number", status="o.status"),
    lastEntry=maybe("e.kind", kind="e.kind", at=instant("e.at"), body="e.body"),
)

SQL = f"""
SELECT {record(data=record(tickets=edges(_TICKET, order="t.arrived_at DESC, t.id DESC")))}::text
FROM (
    SELECT id, number, subject, state, arrived_at, customer_id, assignee_id, order_id
    FROM ticket
    WHERE tenant_id = $1 AND state IN ('QUEUED', 'ASSIGNED', 'WAITING')
    ORDER BY arrived_at DESC, id DESC
    LIMIT 50
) t
JOIN customer c ON c.tenant_id = $1 AND c.id = t.customer_id
LEFT JOIN agent a ON a.tenant_id = $1 AND a.id = t.assignee_id
LEFT JOIN "order" o ON o.tenant_id = $1 AND o.id = t.order_id
LEFT JOIN LATERAL (
    SELECT kind, at, body FROM entry
    WHERE tenant_id = $1 AND ticket_id = t.id
    ORDER BY at DESC, id DESC
    LIMIT 1
) e ON true
"""  # noqa: S608


def sizes(data: dict[str, Any]) -> dict[str, int]:
    return {"tickets": len(nodes(data["tickets"]))}


PAGE = Page(name=PageName.INBOX, graphql=GRAPHQL, sql=SQL, sizes=sizes, full={"tickets": 50})
