"""What must be true of intake rules at all times."""

INTAKE = {
    "intake rules in force stand at places from 1 on, and each says something": """
        SELECT r.id FROM (
            SELECT tenant_id, id, position, row_number() OVER (ORDER BY position) AS place
            FROM intake_rule WHERE archived_at IS NULL
        ) r
        WHERE position <> place OR NOT EXISTS (
            SELECT FROM intake_rule_version v WHERE v.tenant_id = r.tenant_id AND v.rule_id = r.id)
    """,
    "the versions of an intake rule are counted from 1": """
        SELECT id FROM (
            SELECT id, number, row_number() OVER (PARTITION BY rule_id ORDER BY number) AS place
            FROM intake_rule_version
        ) v WHERE number <> place
    """,
    "an intake rule's version that sets skills has some, and no other has": """
        SELECT v.id FROM intake_rule_version v
        WHERE v.sets_skills <> EXISTS (
            SELECT FROM intake_rule_skill s WHERE s.tenant_id = v.tenant_id AND s.version_id = v.id)
    """,
    "what intake rules did to a ticket was done by versions that there are, and its tags are there": """
        SELECT i.id FROM ticket_intake i CROSS JOIN jsonb_array_elements(i.acts) AS act
        WHERE NOT EXISTS (
            SELECT FROM intake_rule_version v
            WHERE v.tenant_id = i.tenant_id AND v.id = (act ->> 'version_id')::uuid)
        UNION ALL
        SELECT i.id FROM ticket_intake i CROSS JOIN jsonb_array_elements(i.acts) AS act
        CROSS JOIN jsonb_array_elements_text(coalesce(act -> 'tags', '[]')) AS said
        WHERE NOT EXISTS (
            SELECT FROM ticket_tag t WHERE t.tenant_id = i.tenant_id AND t.ticket_id = i.ticket_id AND t.tag = said)
    """,
}
