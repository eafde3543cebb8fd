"""Finding by words: text indexes that begin with the tenant, and the one function that uses them."""

import sqlalchemy as sa
from alembic import op

from migrations.support import grant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

CUSTOMER = "name, email, external_id"
ORDER = "number, external_id"
TICKET = "subject"

SEARCHED = {
    "customer": "SELECT",
    "order": "SELECT",
    "ticket": "SELECT",
    "member": "SELECT (tenant_id, id, name, email, created_at)",
    "agent": "SELECT (tenant_id, id, member_id)",
    "seat_licence": "SELECT (tenant_id, id, label, created_at)",
    "seat_assignment": "SELECT (tenant_id, licence_id, agent_id, cancelled_at)",
    "team": "SELECT (tenant_id, id, key, name, created_at)",
    "api_client": "SELECT (tenant_id, id, name, created_at)",
}
"""What the function's owner may read: what is searched and what leads to it, and never what a ticket's entries say.

Whole rows where there is an index of words: its statistics, without which a common word takes 1,000 times as long, are
for those alone who may read the whole table.
"""

MOST_WORDS = 6

MOST_PEOPLE = 200
"""Of how many of the newest people with such a name the orders, tickets and seats are found as well."""

NEWEST = 2_000
"""How many of the newest rows are looked through before the index is asked: a common word is found among them at once,
where the index would bring every row that has it."""


def upgrade() -> None:
    # Words in lower case without accents, a space before each: '% zak%' then finds words that begin so, and nothing
    # that was typed is left that LIKE could take for a wildcard.
    op.execute(
        """
        CREATE FUNCTION folded(words text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN ' ' OPERATOR(pg_catalog.||) pg_catalog.regexp_replace(
            pg_catalog.lower(public.unaccent(
                'public.unaccent'::pg_catalog.regdictionary, pg_catalog.array_to_string(words, ' ')
            )),
            '[^[:alnum:]]+', ' ', 'g'
        )
        """
    )
    op.execute("REVOKE ALL ON FUNCTION folded(text[]) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION folded(text[]) TO app, search")
    for table, words in (("customer", CUSTOMER), ("order", ORDER), ("ticket", TICKET)):
        op.create_index(
            f"ix_{table}_words",
            table,
            ["tenant_id", sa.text(f"folded(ARRAY[{words}]) gin_trgm_ops")],
            postgresql_using="gin",
        )
    op.create_index(
        "ix_outbox_dead",
        "outbox",
        ["tenant_id", "dead_at", "id"],
        postgresql_where=sa.text("dead_at IS NOT NULL"),
    )
    for table, rights in SEARCHED.items():
        grant(table, rights, to="search")
    op.execute(_found())
    op.execute("REVOKE ALL ON FUNCTION found(text, text, integer) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION found(text, text, integer) TO app")
    op.execute("ALTER FUNCTION found(text, text, integer) OWNER TO search")


def downgrade() -> None:
    op.execute("SET LOCAL ROLE search")
    op.execute("DROP FUNCTION found(text, text, integer)")
    op.execute("RESET ROLE")
    for table, rights in SEARCHED.items():
        op.execute(f'REVOKE {rights} ON "{table}" FROM search')
    op.drop_index("ix_outbox_dead", table_name="outbox")
    for table in ("customer", "order", "ticket"):
        op.drop_index(f"ix_{table}_words", table_name=table)
    op.execute("DROP FUNCTION folded(text[])")


def _has_words(text: str) -> str:
    """The condition that the text has all the words; those that were not said are gone once a plan is made.

    So the planner knows how rare each of them is, and the index is asked for all of them together.
    """
    rest = (f"(wanted[{place}] IS NULL OR {text} LIKE wanted[{place}])" for place in range(2, MOST_WORDS + 1))
    return " AND ".join([f"{text} LIKE wanted[1]", *rest])


def _folded(columns: str) -> str:
    return f"public.folded(ARRAY[{columns}])"


def _by_words(table: str, columns: str, *, at: str, into: str, most: str) -> str:
    """Statements that put the newest rows with the words into an array: found among the newest of all, else by index.

    Materialised, because a planner that hopes to meet enough of them on its way through all rows, newest first, goes
    through all of them when words are common and never together.
    """
    of_tenant = f'FROM public."{table}" AS one WHERE one.tenant_id = tenant'
    return f"""
            {into} := ARRAY(
                SELECT newest.id FROM (
                    SELECT one.id, one.{at} AS at, {_folded(columns)} AS text {of_tenant}
                    ORDER BY one.{at} DESC, one.id DESC LIMIT {NEWEST}
                ) AS newest
                WHERE {_has_words("newest.text")}
                ORDER BY newest.at DESC, newest.id DESC LIMIT {most}
            );
            IF cardinality({into}) < {most} THEN
                {into} := ARRAY(
                    WITH hit AS MATERIALIZED (
                        SELECT one.id, one.{at} AS at {of_tenant} AND {_has_words(_folded(columns))}
                    )
                    SELECT hit.id FROM hit ORDER BY hit.at DESC, hit.id DESC LIMIT {most}
                );
            END IF;
    """


def _own_or_of_people(table: str, *, at: str) -> str:
    """The statement that returns the newest rows that have the words themselves or are of people who have."""
    of_tenant = f'FROM public."{table}" AS one WHERE one.tenant_id = tenant'
    return f"""
            RETURN QUERY
            WITH hit AS MATERIALIZED (
                SELECT one.id, one.{at} AS at {of_tenant} AND one.id = ANY (own)
                UNION
                SELECT one.id, one.{at} AS at {of_tenant} AND one.customer_id = ANY (people)
            )
            SELECT hit.id FROM hit ORDER BY hit.at DESC, hit.id DESC LIMIT most;
    """


def _found() -> str:
    return f"""
    CREATE FUNCTION found(kind text, words text, most integer) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE STRICT SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan
    AS $$
    DECLARE
        tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;
        wanted constant text[] := ARRAY(
            SELECT '% ' || word || '%'
            FROM unnest(string_to_array(btrim(public.folded(ARRAY[left(words, 100)])), ' ')) AS word
            WHERE word <> '' ORDER BY length(word) DESC LIMIT {MOST_WORDS}
        );
        exact constant bigint := CASE WHEN words ~ '^[0-9]{{1,18}}$' THEN words::bigint END;
        most_people constant integer := CASE WHEN kind IN ('customer', 'member') THEN most ELSE {MOST_PEOPLE} END;
        people uuid[];
        own uuid[];
    BEGIN
        IF tenant IS NULL OR wanted[1] IS NULL THEN
            RETURN;
        END IF;
        IF kind = 'ticket' AND exact IS NOT NULL THEN
            RETURN QUERY SELECT t.id FROM public.ticket AS t WHERE t.tenant_id = tenant AND t.number = exact;
            IF FOUND THEN
                RETURN;
            END IF;
        END IF;
        IF kind IN ('customer', 'order', 'ticket') THEN
            {_by_words("customer", CUSTOMER, at="created_at", into="people", most="most_people")}
        ELSIF kind IN ('member', 'seat') THEN
            people := ARRAY(
                SELECT member.id FROM public.member
                WHERE member.tenant_id = tenant AND {_has_words(_folded("name, email"))}
                ORDER BY member.created_at DESC, member.id DESC LIMIT most_people
            );
        END IF;
        CASE kind
        WHEN 'customer', 'member' THEN
            RETURN QUERY SELECT unnest(people);
        WHEN 'order' THEN
            {_by_words("order", ORDER, at="placed_at", into="own", most="most")}
            {_own_or_of_people("order", at="placed_at")}
        WHEN 'ticket' THEN
            {_by_words("ticket", TICKET, at="arrived_at", into="own", most="most")}
            {_own_or_of_people("ticket", at="arrived_at")}
        WHEN 'seat' THEN
            RETURN QUERY SELECT licence.id FROM public.seat_licence AS licence
            WHERE licence.tenant_id = tenant AND ({_has_words(_folded("label"))} OR EXISTS (
                SELECT FROM public.seat_assignment AS sitting
                JOIN public.agent ON agent.tenant_id = sitting.tenant_id AND agent.id = sitting.agent_id
                WHERE sitting.tenant_id = tenant AND sitting.licence_id = licence.id
                  AND sitting.cancelled_at IS NULL AND agent.member_id = ANY (people)
            ))
            ORDER BY licence.created_at DESC, licence.id DESC LIMIT most;
        WHEN 'team' THEN
            RETURN QUERY SELECT team.id FROM public.team
            WHERE team.tenant_id = tenant AND {_has_words(_folded("name, key"))}
            ORDER BY team.created_at DESC, team.id DESC LIMIT most;
        WHEN 'client' THEN
            RETURN QUERY SELECT client.id FROM public.api_client AS client
            WHERE client.tenant_id = tenant AND {_has_words(_folded("name"))}
            ORDER BY client.created_at DESC, client.id DESC LIMIT most;
        END CASE;
    END
    $$
    """
