"""What must be true of a tenant at all times: each query returns the rows that break it, so none."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import TextClause, text

from domain.kit.database import Database
from infra.invariants_of_billing import BILLING
from infra.invariants_of_intake import INTAKE
from infra.invariants_of_routing import ROUTING

QUERIES = {
    "no two people on one licence, nobody on two seats": """
        SELECT a.id FROM seat_assignment a JOIN seat_assignment b
          ON a.tenant_id = b.tenant_id AND a.id < b.id AND a.period && b.period
         AND (a.licence_id = b.licence_id OR a.agent_id = b.agent_id)
         AND a.cancelled_at IS NULL AND b.cancelled_at IS NULL
    """,
    "never more people on seats of a kind than licences of it": """
        WITH moments AS (SELECT DISTINCT kind, lower(period) AS at FROM seat_assignment WHERE cancelled_at IS NULL)
        SELECT at FROM moments m
        WHERE (SELECT count(*) FROM seat_assignment a
               WHERE a.kind = m.kind AND a.period @> at AND a.cancelled_at IS NULL)
            > (SELECT count(*) FROM seat_licence l
               WHERE l.kind = m.kind AND l.period @> at AND l.cancelled_at IS NULL)
    """,
    "an assignment lies inside its licence and has its kind": """
        SELECT a.id FROM seat_assignment a JOIN seat_licence l ON l.tenant_id = a.tenant_id AND l.id = a.licence_id
        WHERE a.kind <> l.kind OR a.licence_period <> l.period
           OR a.cancelled_at IS NULL AND (NOT a.period <@ l.period OR l.cancelled_at IS NOT NULL)
    """,
    "nobody is given a planned seat twice, or one of another season": """
        SELECT p.id FROM planned_invitation p
        JOIN seat_assignment a ON a.tenant_id = p.tenant_id AND a.id = p.assignment_id
        JOIN seat_licence l ON l.tenant_id = a.tenant_id AND l.id = a.licence_id
        WHERE (a.agent_id, a.kind) <> (p.agent_id, p.kind)
           OR l.season_id IS NOT NULL AND l.season_id IS DISTINCT FROM p.season_id
        UNION ALL
        SELECT assignment_id FROM planned_invitation WHERE cancelled_at IS NULL
        GROUP BY assignment_id HAVING count(assignment_id) > 1
    """,
    "whoever waits for a seat can come in one day, and waits for a season that was not called off": """
        SELECT p.id FROM planned_invitation p
        JOIN agent a ON a.tenant_id = p.tenant_id AND a.id = p.agent_id
        JOIN member m ON m.tenant_id = a.tenant_id AND m.id = a.member_id
        LEFT JOIN season s ON s.tenant_id = p.tenant_id AND s.id = p.season_id
        WHERE p.granted_at IS NULL AND p.cancelled_at IS NULL
          AND (m.state = 'SUSPENDED' OR s.cancelled_at IS NOT NULL)
    """,
    "a season has as many licences as it was planned with, and none once it was called off": """
        SELECT s.id FROM season s LEFT JOIN seat_licence l ON l.tenant_id = s.tenant_id AND l.season_id = s.id
        GROUP BY s.id, s.scheduled_at, s.cancelled_at, s.full_count, s.light_count
        HAVING s.cancelled_at IS NOT NULL AND count(l.id) FILTER (WHERE l.cancelled_at IS NULL) > 0
            OR s.scheduled_at IS NULL AND count(l.id) > 0
            OR s.scheduled_at IS NOT NULL AND count(l.id) < s.full_count + s.light_count
    """,
    "the balance of day passes is the sum of their ledger, never below none": """
        SELECT id FROM (
            SELECT id, position, balance, sum(count) OVER ledger AS total, row_number() OVER ledger AS place
            FROM pass_entry WINDOW ledger AS (PARTITION BY kind ORDER BY position)
        ) x WHERE balance <> total OR balance < 0 OR position <> place
    """,
    "nobody spends two day passes on a day": """
        SELECT agent_id FROM pass_entry WHERE agent_id IS NOT NULL GROUP BY agent_id, day HAVING count(*) > 1
    """,
    "a spent day pass is a licence of that day, its person's alone, and every licence of one day is a spent pass": """
        SELECT e.id FROM pass_entry e
        JOIN tenant t ON t.id = e.tenant_id
        JOIN seat_licence l ON l.tenant_id = e.tenant_id AND l.id = e.licence_id
        JOIN seat_assignment a ON a.tenant_id = e.tenant_id AND a.id = e.assignment_id
        WHERE l.terms <> 'ONE_DAY' OR l.kind <> e.kind OR a.licence_id <> l.id OR a.agent_id <> e.agent_id
           OR (lower(l.period) AT TIME ZONE t.timezone)::date <> e.day
           OR upper(l.period) > (e.day + 1)::timestamp AT TIME ZONE t.timezone
        UNION ALL
        SELECT l.id FROM seat_licence l WHERE l.terms = 'ONE_DAY' AND NOT EXISTS (
            SELECT FROM pass_entry e WHERE e.tenant_id = l.tenant_id AND e.licence_id = l.id)
        UNION ALL
        SELECT a.id FROM seat_assignment a
        JOIN pass_entry e ON e.tenant_id = a.tenant_id AND e.licence_id = a.licence_id
        WHERE a.id <> e.assignment_id
    """,
    "whoever sent words to a customer sat on a full seat then, or was told to get up by that very instant": """
        SELECT e.id FROM entry e LEFT JOIN seat_assignment a
          ON a.tenant_id = e.tenant_id AND a.id = e.sender_assignment_id
        WHERE e.kind = 'OUTBOUND'
          AND (a.id IS NULL OR a.kind <> 'FULL' OR a.cancelled_at IS NOT NULL
               OR e.at < lower(a.period) OR e.at > upper(a.period)
               OR e.at = upper(a.period) AND (a.ended_at IS NULL OR a.ended_at > e.at)
               OR a.agent_id IS DISTINCT FROM e.sender_agent_id)
    """,
    "only outbound entries are delivered": """
        SELECT d.id FROM delivery d JOIN entry e ON e.tenant_id = d.tenant_id AND e.id = d.entry_id
        WHERE e.kind <> 'OUTBOUND'
        UNION ALL
        SELECT e.id FROM entry e WHERE e.kind = 'OUTBOUND' AND NOT EXISTS (
            SELECT FROM delivery d WHERE d.tenant_id = e.tenant_id AND d.entry_id = e.id)
    """,
    "an approved draft went out in its author's name, sent by whoever approved it": """
        SELECT d.id FROM draft_decision d
        JOIN entry draft ON draft.tenant_id = d.tenant_id AND draft.id = d.entry_id
        JOIN entry sent ON sent.tenant_id = d.tenant_id AND sent.id = d.result_id
        WHERE d.outcome = 'APPROVED'
          AND ((sent.author_kind, sent.author_id) IS DISTINCT FROM (draft.author_kind, draft.author_id)
               OR sent.sender_assignment_id IS DISTINCT FROM d.assignment_id
               OR sent.body = draft.body AND d.edited)
    """,
    "a ticket is in one place, the one its latest transition says": """
        SELECT t.id FROM ticket t LEFT JOIN LATERAL (
            SELECT to_state, team_id, assignee_id, at FROM ticket_transition x
            WHERE x.tenant_id = t.tenant_id AND x.ticket_id = t.id ORDER BY x.position DESC LIMIT 1
        ) x ON true
        WHERE (x.to_state, x.team_id, x.at) IS DISTINCT FROM (t.state, t.team_id, t.state_since)
           OR x.assignee_id IS DISTINCT FROM t.assignee_id
    """,
    "a need asks for what its fingerprint says": """
        SELECT n.id FROM need n WHERE n.fingerprint <> concat_ws(
            ' ', n.channel, CASE WHEN n.needs_contact THEN 'contact' ELSE 'inside' END, coalesce(n.language, '-'),
            coalesce((SELECT string_agg(replace(s.skill_id::text, '-', '') || ':' || s.level, ',' ORDER BY s.skill_id)
                      FROM need_skill s WHERE s.tenant_id = n.tenant_id AND s.need_id = n.id), '-'))
    """,
    "a call that goes on is for whoever reaches customers, and only what it leaves is worked as mail": """
        SELECT t.id FROM ticket t WHERE t.worked_as <> t.channel
          AND NOT EXISTS (SELECT FROM call c WHERE c.tenant_id = t.tenant_id AND c.ticket_id = t.id)
        UNION ALL
        SELECT t.id FROM call c JOIN ticket t ON t.tenant_id = c.tenant_id AND t.id = c.ticket_id
        WHERE c.ended_at IS NULL AND (t.worked_as <> 'PHONE' OR NOT t.needs_contact OR t.state IN ('RESOLVED', 'CLOSED')
            OR t.assignee_id IS NOT NULL AND c.answered_at IS NULL)
    """,
    "a ticket is resolved when and as often as its resolutions say": """
        (SELECT ticket_id, at FROM ticket_transition WHERE to_state = 'RESOLVED'
         EXCEPT ALL SELECT ticket_id, at FROM resolution)
        UNION ALL
        (SELECT ticket_id, at FROM resolution
         EXCEPT ALL SELECT ticket_id, at FROM ticket_transition WHERE to_state = 'RESOLVED')
    """,
    "transitions of a ticket join up": """
        SELECT id FROM (
            SELECT id, from_state, lag(to_state) OVER (PARTITION BY ticket_id ORDER BY position) AS before
            FROM ticket_transition
        ) x WHERE from_state IS DISTINCT FROM before
    """,
    "no ticket lies in the hands of somebody whose ended seat was recorded": """
        SELECT t.id FROM ticket t WHERE t.assignee_id IS NOT NULL
          AND NOT EXISTS (
            SELECT FROM seat_assignment a WHERE a.tenant_id = t.tenant_id AND a.agent_id = t.assignee_id
              AND a.ended_at IS NULL AND a.cancelled_at IS NULL)
    """,
    "no ticket lies in the hands of somebody who cannot come in": """
        SELECT t.id FROM ticket t
        JOIN agent a ON a.tenant_id = t.tenant_id AND a.id = t.assignee_id
        JOIN member m ON m.tenant_id = a.tenant_id AND m.id = a.member_id
        WHERE m.state <> 'ACTIVE'
    """,
    "nobody who is kept out has a seat, or is to have one": """
        SELECT s.id FROM seat_assignment s
        JOIN agent a ON a.tenant_id = s.tenant_id AND a.id = s.agent_id
        JOIN member m ON m.tenant_id = a.tenant_id AND m.id = a.member_id
        WHERE m.state = 'SUSPENDED' AND s.ended_at IS NULL AND s.cancelled_at IS NULL
    """,
    "the paid amount of an order is the sum of its ledger": """
        SELECT o.id FROM "order" o
        WHERE o.paid_amount <> coalesce((
            SELECT sum(e.amount) FROM payment p JOIN payment_entry e
              ON e.tenant_id = p.tenant_id AND e.payment_id = p.id
            WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id), 0)
    """,
    "the cash received for an order is the sum of its cash payments' ledger": """
        SELECT o.id FROM "order" o
        WHERE o.cash_received_amount <> coalesce((
            SELECT sum(e.amount) FROM payment p JOIN payment_entry e
              ON e.tenant_id = p.tenant_id AND e.payment_id = p.id
            WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.method = 'CASH_ON_DELIVERY'), 0)
    """,
    "the cash agreed for an order is the sum of its cash payments": """
        SELECT o.id FROM "order" o
        WHERE o.cash_on_delivery_amount <> coalesce((
            SELECT sum(p.amount) FROM payment p
            WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.method = 'CASH_ON_DELIVERY'), 0)
    """,
    "numbers of tickets are a row without a gap": """
        SELECT number FROM (SELECT number, row_number() OVER (ORDER BY number) AS place FROM ticket) x
        WHERE number <> place
    """,
    "versions of an aggregate's events are a row without a gap": """
        SELECT aggregate_id FROM event GROUP BY aggregate_id
        HAVING min(aggregate_version) <> 1 OR max(aggregate_version) <> count(*)
    """,
    "customers, orders, tickets and calls are at the version of their latest event": """
        SELECT x.id FROM (
            SELECT id, version FROM customer
            UNION ALL SELECT id, version FROM "order"
            UNION ALL SELECT id, version FROM ticket
            UNION ALL SELECT id, version FROM call
        ) x LEFT JOIN (SELECT aggregate_id, max(aggregate_version) AS latest FROM event GROUP BY 1) e
          ON e.aggregate_id = x.id
        WHERE x.version <> coalesce(e.latest, 0)
    """,
    "lines, payments and parcels of an order are numbered from 1 without a gap": """
        SELECT order_id FROM (
            SELECT order_id, position, 'line' AS kind FROM order_line
            UNION ALL SELECT order_id, position, 'payment' FROM payment
            UNION ALL SELECT order_id, position, 'parcel' FROM shipment
        ) x GROUP BY order_id, kind HAVING min(position) <> 1 OR max(position) <> count(*)
    """,
    "stamped events have no gap and one aggregate's are in version order": """
        SELECT aggregate_id FROM (
            SELECT aggregate_id, sequence, row_number() OVER (ORDER BY sequence) AS place,
                   aggregate_version,
                   lag(aggregate_version) OVER (PARTITION BY aggregate_id ORDER BY sequence) AS before
            FROM event WHERE sequence IS NOT NULL
        ) x WHERE sequence <> place OR aggregate_version <= before
    """,
    **BILLING,
    **INTAKE,
    **ROUTING,
}


def in_one_statement(queries: Mapping[str, str]) -> TextClause:
    """All of the queries at once: for each row that breaks one, the name of the query and the row as text."""
    parts = (
        f"SELECT '{name.replace(chr(39), chr(39) * 2)}' AS name, x::text AS row FROM ({query}) x"  # noqa: S608
        for name, query in queries.items()
    )
    return text(" UNION ALL ".join(parts).replace(":", "\\:"))


EVERY = in_one_statement(QUERIES)


async def broken(database: Database, tenant_id: UUID) -> dict[str, list[str]]:
    """Every invariant that does not hold for the tenant, with the rows that break it as text; in one statement."""
    found: dict[str, list[str]] = {}
    async with database.reading(tenant_id) as session:
        for name, row in await session.execute(EVERY):
            found.setdefault(name, []).append(row)
    return found
