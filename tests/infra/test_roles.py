"""The roles have exactly the rights that tenancy is built on, after all migrations; asked of PostgreSQL's catalogue."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.servers import Servers

ROLES = ("app", "owner", "platform", "search")


@pytest.fixture
async def as_owner(servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(servers.owner_url)
    yield connection
    await connection.close()


@pytest.fixture
async def as_app(servers: Servers) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(servers.app_url)
    yield connection
    await connection.close()


async def test_each_role_has_its_attributes_and_no_other(as_owner: asyncpg.Connection) -> None:
    rows = await as_owner.fetch(
        """
        SELECT rolname, rolcanlogin, rolbypassrls, rolinherit,
               rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication AS mighty
        FROM pg_roles WHERE rolname = ANY($1) ORDER BY rolname
        """,
        ROLES,
    )
    assert [tuple(row) for row in rows] == [
        ("app", True, False, False, False),
        ("owner", True, False, False, False),
        ("platform", True, True, False, False),
        ("search", False, True, False, False),
    ]


async def test_the_one_membership_is_owner_in_search(as_owner: asyncpg.Connection) -> None:
    rows = await as_owner.fetch(
        """
        SELECT member::regrole::text, roleid::regrole::text, admin_option FROM pg_auth_members
        WHERE roleid::regrole::text = ANY($1) OR member::regrole::text = ANY($1)
        """,
        ROLES,
    )
    assert [tuple(row) for row in rows] == [("owner", "search", False)]


async def test_owner_owns_the_database_and_its_schema_and_the_others_nothing_but_functions_of_search(
    as_owner: asyncpg.Connection,
) -> None:
    owners = await as_owner.fetchrow(
        """
        SELECT datdba::regrole::text, (SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'public')
        FROM pg_database WHERE datname = current_database()
        """
    )
    assert tuple(owners) == ("owner", "owner")
    owned = await as_owner.fetch(
        """
        SELECT DISTINCT refobjid::regrole::text, classid::regclass::text FROM pg_shdepend
        WHERE deptype = 'o' AND refclassid = 'pg_authid'::regclass
            AND refobjid::regrole::text IN ('app', 'platform', 'search')
        """
    )
    assert [tuple(row) for row in owned] == [("search", "pg_proc")]


async def test_rights_on_database_and_schema_are_exactly_these(as_owner: asyncpg.Connection) -> None:
    rows = await as_owner.fetch(
        """
        SELECT role, has_database_privilege(role, current_database(), 'CONNECT') AS connects,
               has_database_privilege(role, current_database(), 'CREATE, TEMP') AS creates,
               has_schema_privilege(role, 'public', 'USAGE') AS uses,
               has_schema_privilege(role, 'public', 'CREATE') AS adds
        FROM unnest($1::text[]) AS role ORDER BY role
        """,
        ROLES,
    )
    assert [tuple(row) for row in rows] == [
        ("app", True, False, True, False),
        ("owner", True, True, True, True),
        ("platform", True, False, True, False),
        ("search", False, False, True, True),
    ]


async def test_everybody_else_has_no_right_at_all(as_owner: asyncpg.Connection) -> None:
    granted = await as_owner.fetchval(
        """
        SELECT count(*) FROM (
            SELECT (aclexplode(datacl)).grantee FROM pg_database WHERE datname = current_database()
            UNION ALL SELECT (aclexplode(nspacl)).grantee FROM pg_namespace WHERE nspname = 'public'
        ) AS granted WHERE grantee = 0
        """
    )
    assert granted == 0


async def test_the_extensions_are_in_the_public_schema(as_owner: asyncpg.Connection) -> None:
    rows = await as_owner.fetch(
        "SELECT extname FROM pg_extension WHERE extnamespace = 'public'::regnamespace ORDER BY extname"
    )
    assert [row["extname"] for row in rows] == ["btree_gin", "btree_gist", "pg_trgm", "unaccent"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "SELECT lo_create(0)",
        "SET ROLE owner",
        "SET ROLE search",
        "ALTER ROLE app BYPASSRLS",
    ],
)
async def test_app_is_refused(as_app: asyncpg.Connection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_app.execute(statement)


async def test_owner_can_hand_a_function_over_to_search(as_owner: asyncpg.Connection) -> None:
    async with as_owner.transaction():
        await as_owner.execute("CREATE FUNCTION handed() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'")
        await as_owner.execute("ALTER FUNCTION handed() OWNER TO search")
        assert (
            await as_owner.fetchval("SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'handed'") == "search"
        )
        await as_owner.execute("SET LOCAL ROLE search; DROP FUNCTION handed()")


async def test_polish_letters_fold_and_sort_by_code_point(as_owner: asyncpg.Connection) -> None:
    row = await as_owner.fetchrow(
        """
        SELECT lower('ŁÓDŹ') AS lower, unaccent('łódź') AS plain, similarity('Łódź', 'łódź') AS same,
               (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS collate
        """
    )
    assert tuple(row) == ("łódź", "lodz", 1.0, "C.UTF-8")
