"""What must be true of queues and of lines that help each other out at all times."""

ROUTING = {
    "a move that the router chose, or that was asked of it, says what decided it, and no other does": """
        SELECT id FROM ticket_transition WHERE (reason IN ('routed', 'taken')) <> (routing_reason IS NOT NULL)
    """,
    "a pass decides once at each of its places": """
        SELECT min(id::text)::uuid AS id FROM routing_decision WHERE pass_id IS NOT NULL
        GROUP BY tenant_id, pass_id, place HAVING count(*) > 1
    """,
    "a decision in a pass finds it, made at that instant, unless it is older than all that are kept": """
        SELECT d.id FROM routing_decision d LEFT JOIN routing_pass p ON p.tenant_id = d.tenant_id AND p.id = d.pass_id
        WHERE d.pass_id IS NOT NULL AND p.at IS DISTINCT FROM d.at
          AND (p.id IS NOT NULL OR d.at > (SELECT min(at) FROM routing_pass))
    """,
    "a ticket asks to be taken since its arrival or since it last came back after work": """
        SELECT t.id FROM ticket t
        WHERE t.asked_at <> greatest(t.arrived_at, (
            SELECT max(m.at) FROM ticket_transition m
            WHERE m.tenant_id = t.tenant_id AND m.ticket_id = t.id
              AND m.from_state <> 'QUEUED' AND m.to_state = 'QUEUED'
              AND m.reason NOT IN ('declined', 'not answered', 'agent left')))
    """,
    "a line helps out as long as it is named for the queue, and no longer": """
        SELECT e.id FROM overflow_episode e
        WHERE e.ended_at IS NULL AND NOT EXISTS (
            SELECT FROM overflow_line l
            WHERE l.tenant_id = e.tenant_id AND l.team_id = e.team_id AND l.line_id = e.line_id)
    """,
    "an episode counts the tickets that were given to its line meanwhile": """
        SELECT e.id FROM overflow_episode e
        WHERE e.moved <> (
            SELECT count(*) FROM routing_decision d
            WHERE d.tenant_id = e.tenant_id AND d.team_id = e.team_id AND d.detail ->> 'line' = e.line_id::text
              AND d.at >= e.began_at AND (e.ended_at IS NULL OR d.at <= e.ended_at))
    """,
}
