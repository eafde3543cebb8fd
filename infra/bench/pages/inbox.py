"""The inbox: the 50 newest open tickets with customer, agent, order and what was said last."""

from typing import Any

from infra.bench.pages.page import Page, PageName, edges, instant, maybe, nodes, record, text, typed_id, word

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
    subject=text("t.subject"),
    state=word("t.state"),
    arrivedAt=instant("t.arrived_at"),
    customer=record(name=text("c.name")),
    assignee=maybe("a.id", name=text("a.name")),
    order=maybe("o.id", number=text("o.number"), status=word("o.status")),
    lastEntry=maybe("e.kind", kind=word("e.kind"), at=instant("e.at"), body=text("e.body")),
)

SQL = f"""
SELECT concat('{{"data":{{"tickets":', {edges(_TICKET, order="t.arrived_at DESC, t.id DESC")}, '}}}}')
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
