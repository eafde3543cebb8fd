"""The page that is measured, twice: as a program asks for it, and as one statement that a person wrote by hand."""

from uuid import UUID

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

SQL = """
SELECT json_build_object('data', json_build_object('tickets', json_build_object('edges',
    coalesce(json_agg(json_build_object('node', json_build_object(
        'id', 'ticket_' || replace(t.id::text, '-', ''),
        'number', t.number,
        'subject', t.subject,
        'state', t.state,
        'arrivedAt', to_char(t.arrived_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
        'customer', json_build_object('name', c.name),
        'assignee', CASE WHEN a.id IS NOT NULL THEN json_build_object('name', a.name) END,
        'order', CASE WHEN o.id IS NOT NULL THEN json_build_object('number', o.number, 'status', o.status) END,
        'lastEntry', CASE WHEN e.kind IS NOT NULL THEN json_build_object(
            'kind', e.kind,
            'at', to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
            'body', e.body
        ) END
    )) ORDER BY t.arrived_at DESC, t.id DESC), '[]')
)))
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
"""
"""The same page; its one parameter is the tenant. Instants in it have whole seconds."""


def set_tenant(tenant_id: UUID) -> str:
    """What begins a transaction of the tenant."""
    return f"SET LOCAL app.tenant_id = '{tenant_id}'"
