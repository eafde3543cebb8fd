"""The rules of tenancy, read from PostgreSQL's own catalogue: a table that breaks one fails here."""

import re

import asyncpg
import pytest
from sqlalchemy import text

from domain.kit.base import View
from domain.kit.database import (
    AppCouldBypass,
    Database,
    TenantMissing,
    TenantSession,
    engine_for,
    refuse_if_app_can_bypass,
)
from domain.kit.ids import new_id
from domain.kit.straight import DIALECT
from domain.metadata import metadata
from tests.conftest import Shop
from tests.servers import Servers

TABLES = sorted(metadata.tables)
OUTSIDE = {"alembic_version"}
GLOBAL_KEYS = {("tenant", "pk_tenant"), ("tenant", "uq_tenant_slug")}
"""The one table that is the tenant itself has keys without a tenant: its id and its slug."""

POLICY = "= (NULLIF(current_setting('app.tenant_id'::text, true), ''::text))::uuid)"


@pytest.fixture
async def catalogue(servers: Servers) -> asyncpg.Connection:
    connection = await asyncpg.connect(servers.owner_url)
    yield connection
    await connection.close()


async def test_every_table_of_the_schema_is_known_to_the_models(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        "SELECT relname FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'm', 'v', 'f')"
    )
    assert {row["relname"] for row in rows} == set(TABLES) | set(View.metadata.tables) | OUTSIDE


async def test_a_view_has_its_models_columns_and_is_only_read(
    catalogue: asyncpg.Connection,
) -> None:
    for view in View.metadata.sorted_tables:
        columns = await catalogue.fetch(
            "SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute"
            " WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attname",
            f"public.{view.name}",
        )
        said = {column.name: column.type.compile(DIALECT).lower() for column in view.columns}
        assert {row["attname"]: row["type"].replace("character varying", "varchar") for row in columns} == said
        rights = await catalogue.fetch(
            "SELECT grantee::regrole::text AS role, privilege_type AS may FROM pg_class, aclexplode(relacl)"
            " WHERE oid = $1::regclass AND grantee <> relowner",
            f"public.{view.name}",
        )
        assert [(row["role"], row["may"]) for row in rights] == [("app", "SELECT")]


@pytest.mark.parametrize("table", TABLES)
async def test_every_table_forces_the_one_policy_on_reading_and_writing(
    catalogue: asyncpg.Connection, table: str
) -> None:
    row = await catalogue.fetchrow(
        "SELECT relrowsecurity, relforcerowsecurity, relowner::regrole::text AS owner "
        "FROM pg_class WHERE oid = $1::regclass",
        f'public."{table}"',
    )
    assert dict(row) == {"relrowsecurity": True, "relforcerowsecurity": True, "owner": "owner"}
    policies = await catalogue.fetch(
        "SELECT cmd, permissive, roles, qual, with_check FROM pg_policies WHERE tablename = $1", table
    )
    column = "id" if table == "tenant" else "tenant_id"
    assert [dict(policy) for policy in policies] == [
        {
            "cmd": "ALL",
            "permissive": "PERMISSIVE",
            "roles": ["public"],
            "qual": f"({column} {POLICY}",
            "with_check": f"({column} {POLICY}",
        }
    ]


async def test_every_key_and_foreign_key_contains_the_tenant(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        """
        SELECT c.conrelid::regclass::text AS on_table, c.conname AS name
        FROM pg_constraint c
        WHERE c.connamespace = 'public'::regnamespace AND c.contype IN ('p', 'u', 'x', 'f')
          AND c.conrelid <> 'alembic_version'::regclass
          AND NOT EXISTS (
              SELECT FROM unnest(c.conkey) WITH ORDINALITY AS k (attnum, place)
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
              WHERE k.place = 1 AND a.attname = 'tenant_id'
          )
        """
    )
    assert {(row["on_table"], row["name"]) for row in rows} == GLOBAL_KEYS


async def test_every_unique_index_belongs_to_a_checked_key(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        """
        SELECT i.indexrelid::regclass::text AS name FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
        WHERE t.relnamespace = 'public'::regnamespace AND i.indisunique AND t.relname <> 'alembic_version'
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
        """
    )
    assert [row["name"] for row in rows] == []


async def test_only_exclusions_keep_a_gist_index_for_it_could_be_taken_for_a_lookup_by_tenant_and_id(
    catalogue: asyncpg.Connection,
) -> None:
    rows = await catalogue.fetch(
        """
        SELECT i.indexrelid::regclass::text AS name
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
        WHERE c.relnamespace = 'public'::regnamespace AND a.amname = 'gist' AND NOT i.indisexclusion
        """
    )
    assert [row["name"] for row in rows] == []


async def test_no_foreign_key_cascades_an_update_and_none_leads_out_of_the_tenant(
    catalogue: asyncpg.Connection,
) -> None:
    rows = await catalogue.fetch(
        """
        SELECT c.conname AS name
        FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = c.confkey[1]
        WHERE c.connamespace = 'public'::regnamespace AND c.contype = 'f'
          AND (c.confupdtype <> 'a'
               OR a.attname <> CASE WHEN c.confrelid = 'tenant'::regclass THEN 'id' ELSE 'tenant_id' END)
        """
    )
    assert [row["name"] for row in rows] == []


async def test_there_is_no_trigger_and_no_native_enum_and_no_view_without_invoker_rights(
    catalogue: asyncpg.Connection,
) -> None:
    assert await catalogue.fetchval("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal") == 0
    assert (
        await catalogue.fetchval(
            "SELECT count(*) FROM pg_type WHERE typtype = 'e' AND typnamespace = 'public'::regnamespace"
        )
        == 0
    )
    views = await catalogue.fetch(
        """
        SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
          AND (relkind = 'm' OR relkind = 'v' AND NOT coalesce(reloptions @> '{security_invoker=true}', false))
        """
    )
    assert views == []


async def test_every_definer_function_is_owned_by_search_pinned_and_closed_to_the_public(
    catalogue: asyncpg.Connection,
) -> None:
    rows = await catalogue.fetch(
        """
        SELECT p.proname AS name, p.proowner::regrole::text AS owner,
               'search_path=pg_catalog, pg_temp' = ANY (p.proconfig) AS pinned,
               has_function_privilege('app', p.oid, 'EXECUTE') AS for_app,
               has_function_privilege('platform', p.oid, 'EXECUTE') AS for_platform,
               EXISTS (SELECT FROM aclexplode(p.proacl) x WHERE x.grantee = 0) AS for_public
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
        """
    )
    rule = {"owner": "search", "pinned": True, "for_app": True, "for_platform": False, "for_public": False}
    assert {row["name"] for row in rows} >= BEFORE_THE_TENANT
    assert [dict(row) for row in rows] == [{"name": row["name"], **rule} for row in rows]


BEFORE_THE_TENANT = {"tenant_id_of"}
"""What is asked while the tenant is being found, by a shop's slug. Every other function looks at one tenant alone."""


async def test_every_definer_function_takes_the_tenant_from_the_transaction_and_asks_every_table_for_it(
    catalogue: asyncpg.Connection,
) -> None:
    rows = await catalogue.fetch(
        """
        SELECT p.proname AS name, p.prosrc AS body, pg_get_function_arguments(p.oid) AS arguments
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
        """
    )
    for row in rows:
        if row["name"] in BEFORE_THE_TENANT:
            continue
        body = " ".join(row["body"].split())
        assert "tenant constant uuid := nullif(current_setting('app.tenant_id', true), '')::uuid;" in body
        assert "uuid" not in row["arguments"]
        assert "EXECUTE" not in body
        tables = list(re.finditer(r"(?:FROM|JOIN) public\.(\S+)(?: AS (\w+))?", body))
        assert tables
        for table in tables:
            name = table[2] or table[1].strip('"')
            assert f"{name}.tenant_id = " in body[table.end() : table.end() + 250], (row["name"], table[1])


async def test_the_owner_of_the_search_reads_what_is_searched_and_never_what_customers_say(
    catalogue: asyncpg.Connection,
) -> None:
    rows = await catalogue.fetch(
        """
        SELECT c.relname AS table, has_table_privilege('search', c.oid, 'SELECT') AS whole,
               array_agg(a.attname::text ORDER BY a.attname) AS columns,
               has_any_column_privilege('search', c.oid, 'INSERT, UPDATE, REFERENCES')
               OR has_table_privilege('search', c.oid, 'DELETE, TRUNCATE, TRIGGER') AS changes
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
          AND has_column_privilege('search', c.oid, a.attnum, 'SELECT')
        GROUP BY c.relname, c.oid
        """
    )
    assert [row["table"] for row in rows if row["changes"]] == []
    assert {row["table"]: None if row["whole"] else row["columns"] for row in rows} == {
        "agent": ["id", "member_id", "tenant_id"],
        "api_client": ["created_at", "id", "name", "tenant_id"],
        "customer": None,
        "member": ["created_at", "email", "id", "name", "tenant_id"],
        "order": None,
        "seat_assignment": ["agent_id", "cancelled_at", "licence_id", "tenant_id"],
        "seat_licence": ["created_at", "id", "label", "tenant_id"],
        "team": ["created_at", "id", "key", "name", "tenant_id"],
        "tenant": ["id", "slug"],
        "ticket": None,
    }


HISTORIES = [
    "agent_online",
    "customer_mailbox",
    "draft_decision",
    "entry",
    "event",
    "intake_failure",
    "intake_rule_skill",
    "intake_rule_version",
    "invoice",
    "invoice_line",
    "need",
    "need_skill",
    "pass_entry",
    "payment_entry",
    "prepaid_entry",
    "price",
    "resolution",
    "routing_stay",
    "seat_reminder",
    "ticket_given_back",
    "ticket_intake",
    "ticket_tag",
    "ticket_transition",
    "usage_interval",
]


async def test_histories_and_ledgers_can_be_added_to_and_nothing_else(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        """
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
          AND has_table_privilege('app', c.oid, 'INSERT')
          AND NOT has_any_column_privilege('app', c.oid, 'UPDATE') AND NOT has_table_privilege('app', c.oid, 'DELETE')
        ORDER BY 1
        """
    )
    assert [row["relname"] for row in rows] == HISTORIES


async def test_what_a_seat_is_can_never_be_changed(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        """
        SELECT attrelid::regclass::text || '.' || attname AS name FROM pg_attribute
        WHERE attrelid IN ('seat_licence'::regclass, 'seat_assignment'::regclass, 'entry'::regclass)
          AND attname IN ('kind', 'agent_id', 'licence_id', 'sender_kind', 'sender_assignment_id')
          AND has_column_privilege('app', attrelid, attnum, 'UPDATE')
        """
    )
    assert [row["name"] for row in rows] == []


async def test_the_relay_sees_that_there_is_work_and_never_what_customers_say(catalogue: asyncpg.Connection) -> None:
    rows = await catalogue.fetch(
        """
        SELECT DISTINCT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
          AND has_any_column_privilege('platform', c.oid, 'SELECT')
        """
    )
    assert {row["relname"] for row in rows} == {"tenant", "outbox", "inbox", "schedule", "event"}
    assert not await catalogue.fetchval("SELECT has_column_privilege('platform', 'event', 'data', 'SELECT')")


@pytest.mark.parametrize("table", TABLES)
async def test_the_application_sees_no_row_without_a_tenant(database: Database, shop: Shop, table: str) -> None:
    async with database.engine.connect() as connection:
        rows = (await connection.execute(text(f'SELECT count(*) FROM "{table}"'))).scalar_one()
    assert rows == 0


async def test_a_session_without_a_tenant_refuses_to_begin(database: Database) -> None:
    async with TenantSession(database.engine) as session:
        with pytest.raises(TenantMissing):
            await session.execute(text("SELECT 1"))


async def test_the_tenant_is_gone_with_the_transaction(database: Database, shop: Shop) -> None:
    async with database.reading(shop.tenant_id) as session:
        assert (await session.execute(text("SELECT count(*) FROM tenant"))).scalar_one() == 1
        await session.rollback()
        assert (await session.execute(text("SELECT current_setting('app.tenant_id')"))).scalar_one() == str(
            shop.tenant_id
        )
    async with database.engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM tenant"))).scalar_one() == 0


async def test_a_tenant_can_write_no_row_of_another(database: Database, shop: Shop) -> None:
    with pytest.raises(Exception, match="row-level security"):
        async with database.writing(shop.tenant_id) as session:
            await session.execute(
                text("INSERT INTO counter (tenant_id, name, next) VALUES (:other, 'ticket', 1)"), {"other": new_id()}
            )


async def test_the_application_starts_only_where_it_cannot_bypass(database: Database, servers: Servers) -> None:
    await refuse_if_app_can_bypass(database.engine)
    for url, problem in ((servers.owner_url, "owner of table"), (servers.platform_url, "BYPASSRLS")):
        engine = engine_for(url, pool_size=1)
        with pytest.raises(AppCouldBypass, match=problem):
            await refuse_if_app_can_bypass(engine)
        await engine.dispose()
