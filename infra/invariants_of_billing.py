"""What must be true of a tenant's books: whatever was charged is computed again, in SQL, from the ledgers."""

_ROUNDED = """
    div(n, whole) + CASE WHEN 2 * mod(n, whole) > whole OR 2 * mod(n, whole) = whole AND mod(div(n, whole), 2) = 1
                         THEN 1 ELSE 0 END
"""
"""`n / whole` to the whole number, a half to the even one."""

_LENGTH = "(extract(epoch FROM upper({0}.period) - lower({0}.period)) * 1000000)"
"""Of a row's period, in microseconds."""

_DAYS = """(1 + ((upper({0}.period) - interval '1 microsecond') AT TIME ZONE tenant.timezone)::date
    - (lower({0}.period) AT TIME ZONE tenant.timezone)::date)"""
"""The days of the shop's zone that a row's period touches."""

_WORTH = """
    SELECT kind, unit, unit_amount, price_id, amount, quantity, whole, period, {at} AS at, {timezone} AS timezone,
           unit_amount::numeric * quantity AS n, {series} AS series
    FROM {source}
"""

_OF_WHOLE = f"""
    worth.amount <> {_ROUNDED}
    OR price.id IS NULL OR worth.price_id <> price.id OR worth.unit <> price.unit OR worth.unit_amount <> price.amount
    OR CASE worth.unit
       WHEN 'MONTH' THEN quantity <> {_LENGTH.format("worth")} OR whole <> extract(epoch FROM
           (date_trunc('month', lower(period) AT TIME ZONE worth.timezone) + interval '1 month')
               AT TIME ZONE worth.timezone
           - date_trunc('month', lower(period) AT TIME ZONE worth.timezone) AT TIME ZONE worth.timezone) * 1000000
       WHEN 'DAY' THEN whole <> 1 OR quantity <> 1
           + ((upper(period) - interval '1 microsecond') AT TIME ZONE worth.timezone)::date
           - (lower(period) AT TIME ZONE worth.timezone)::date
       ELSE (quantity, whole) <> (1, 1) END
    OR date_trunc('month', lower(period) AT TIME ZONE worth.timezone)
       <> date_trunc('month', (upper(period) - interval '1 microsecond') AT TIME ZONE worth.timezone)
"""
"""A row does not cost the share of the price in force that its time has of the whole, or lies in two months."""

_CHANGED = """
    EXISTS (SELECT FROM price WHERE price.kind = worth.kind AND price.series = worth.series AND worth.series = 'TIME'
            AND price.valid_from > lower(period) AND price.valid_from < upper(period))
"""
"""Another price came into force while a row's time ran."""

_PRICE = """
    LEFT JOIN LATERAL (
        SELECT id, unit, amount FROM price
        WHERE price.kind = worth.kind AND price.series = worth.series AND price.valid_from <= worth.at
        ORDER BY valid_from DESC, revision DESC LIMIT 1
    ) price ON true
"""

BILLING = {
    "an invoice's total is the sum of its lines, which are numbered from 1": """
        SELECT i.id FROM invoice i LEFT JOIN LATERAL (
            SELECT sum(amount) AS total, count(*) AS lines, max(position) AS last FROM invoice_line l
            WHERE l.tenant_id = i.tenant_id AND l.invoice_id = i.id
        ) l ON true
        WHERE l.lines = 0 OR i.total <> l.total OR l.last <> l.lines
    """,
    "numbers of invoices are a row without a gap, in the order of months": """
        SELECT id FROM (
            SELECT id, number, row_number() OVER (ORDER BY month) AS place FROM invoice
        ) x WHERE number <> place
    """,
    "what an invoice charges for use is the share of the price in force then": f"""
        SELECT worth.price_id FROM ({
        _WORTH.format(
            at="lower(period)",
            timezone="(SELECT timezone FROM invoice i WHERE i.id = invoice_line.invoice_id)",
            series="CASE basis WHEN 'PASS' THEN 'PASS' ELSE 'TIME' END",
            source="invoice_line WHERE basis IN ('USED', 'PASS')",
        )
    }) worth {_PRICE} WHERE {_OF_WHOLE} OR {_CHANGED}
    """,
    "what is charged ahead is the share of the price in force when it was bought": f"""
        SELECT worth.price_id FROM ({
        _WORTH.format(
            at="at",
            timezone="(SELECT timezone FROM tenant)",
            series="'TIME'",
            source="prepaid_entry WHERE charge_id IS NULL",
        )
    }) worth {_PRICE} WHERE {_OF_WHOLE}
    """,
    "a credit gives back what was charged for its time, and all credits of a charge end where it ends": f"""
        SELECT id FROM (
            SELECT credit.id, credit.amount,
                   credit.unit_amount <> charge.amount OR NOT credit.period <@ charge.period
                   OR CASE charge.unit WHEN 'DAY' THEN credit.unit IS DISTINCT FROM 'DAY'
                          OR (credit.quantity, credit.whole) <> ({_DAYS.format("credit")}, {_DAYS.format("charge")})
                          OR lower(credit.period) <> lower(charge.period)
                             AND (lower(credit.period) AT TIME ZONE tenant.timezone)::date
                               = ((lower(credit.period) - interval '1 microsecond') AT TIME ZONE tenant.timezone)::date
                      ELSE credit.unit IS NOT NULL
                          OR (credit.quantity, credit.whole) <> ({_LENGTH.format("credit")}, {_LENGTH.format("charge")})
                      END AS wrong,
                   credit.whole,
                   charge.amount * CASE WHEN edge = upper(charge.period) THEN 0 WHEN charge.unit = 'DAY' THEN 1
                       + ((upper(charge.period) - interval '1 microsecond') AT TIME ZONE tenant.timezone)::date
                       - (edge AT TIME ZONE tenant.timezone)::date
                       ELSE extract(epoch FROM upper(charge.period) - edge) * 1000000 END AS n,
                   CASE edge WHEN lower(credit.period) THEN 1 ELSE -1 END AS sign
            FROM (
                SELECT *, ARRAY[lower(period), upper(period)] AS edges FROM prepaid_entry WHERE charge_id IS NOT NULL
            ) credit
            JOIN prepaid_entry charge ON charge.tenant_id = credit.tenant_id AND charge.id = credit.charge_id
            CROSS JOIN unnest(edges) edge CROSS JOIN (SELECT timezone FROM tenant) tenant
        ) x GROUP BY id, amount HAVING bool_or(wrong) OR -amount <> sum(sign * ({_ROUNDED}))
        UNION ALL
        SELECT charge.id FROM prepaid_entry charge JOIN prepaid_entry credit
          ON credit.tenant_id = charge.tenant_id AND credit.charge_id = charge.id
        GROUP BY charge.id, charge.period
        HAVING sum(upper(credit.period) - lower(credit.period)) <> upper(charge.period) - min(lower(credit.period))
    """,
    "an invoice says of what was paid ahead what its ledger says": """
        SELECT l.id FROM invoice_line l JOIN prepaid_entry e ON e.tenant_id = l.tenant_id AND e.id = l.prepaid_id
        WHERE (l.basis = 'CREDIT') <> (e.charge_id IS NOT NULL)
           OR (l.kind, l.licence_id, l.period, l.quantity, l.whole, l.unit_amount, l.amount)
              <> (e.kind, e.licence_id, e.period, e.quantity, e.whole, e.unit_amount, e.amount)
           OR (l.unit, l.price_id) IS DISTINCT FROM (e.unit, e.price_id)
    """,
    "all of a recorded use is on its invoice, once": f"""
        SELECT u.id FROM usage_interval u JOIN invoice_line l ON l.tenant_id = u.tenant_id AND l.usage_id = u.id
        GROUP BY u.id, u.period, u.kind, u.licence_id
        HAVING sum({_LENGTH.format("l")}) <> {_LENGTH.format("u")} OR bool_or(NOT l.period <@ u.period)
            OR bool_or((l.kind, l.licence_id) <> (u.kind, u.licence_id))
    """,
    "whatever was there when an invoice was issued, and belonged on it, is on one": """
        WITH last AS (
            SELECT issued_at, (month + interval '1 month')::timestamp AT TIME ZONE timezone AS ended
            FROM invoice ORDER BY month DESC LIMIT 1
        )
        SELECT u.id FROM usage_interval u, last
        WHERE u.terms <> 'PREPAID' AND upper(u.period) <= ended AND recorded_at < issued_at
          AND NOT EXISTS (SELECT FROM invoice_line l WHERE l.tenant_id = u.tenant_id AND l.usage_id = u.id)
        UNION ALL
        SELECT e.id FROM prepaid_entry e, last
        WHERE e.at < ended AND recorded_at < issued_at
          AND NOT EXISTS (SELECT FROM invoice_line l WHERE l.tenant_id = e.tenant_id AND l.prepaid_id = e.id)
    """,
    "recorded use is the life of its licence, from its beginning and without a gap": """
        SELECT l.id FROM usage_interval u JOIN seat_licence l ON l.tenant_id = u.tenant_id AND l.id = u.licence_id
        GROUP BY l.id, l.period, l.kind, l.terms, l.cancelled_at
        HAVING l.cancelled_at IS NOT NULL OR bool_or(NOT u.period <@ l.period)
            OR bool_or((u.kind, u.terms) <> (l.kind, l.terms))
            OR sum(upper(u.period) - lower(u.period)) <> max(upper(u.period)) - lower(l.period)
    """,
}
