-- The database of Sezon and the roles that use it. For PostgreSQL 15 to 18; run by a superuser, with psql:
--
--     psql -h HOST -U postgres -d postgres -f roles.sql
--
-- It may be run again at any time: what is right is left alone, what has drifted is put right. Then set a password
-- for each role that signs in: \password owner, \password app, \password platform (or passwords.sql, which takes them
-- from the environment). Another name for the database: add -v database=NAME.

\set ON_ERROR_STOP on
\if :{?database}
\else
    \set database sezon
\endif

-- owner     runs migrations. It is subject to row-level security like everybody else: every policy is forced.
-- app       is the API, the workers and the panel. It owns nothing and creates nothing.
-- platform  is the relay and the schedule: it crosses tenants, in the few tables that migrations grant to it.
-- search    signs in nowhere. It owns the functions that must look across tenants' policies.
WITH wanted (name, login, inherit, bypass) AS (
    VALUES
        ('owner', true, false, false),
        ('app', true, false, false),
        ('platform', true, false, true),
        ('search', false, false, true)
)
SELECT format(
    '%s ROLE %I WITH %s %s %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION',
    CASE WHEN role.rolname IS NULL THEN 'CREATE' ELSE 'ALTER' END,
    name,
    CASE WHEN login THEN 'LOGIN' ELSE 'NOLOGIN' END,
    CASE WHEN inherit THEN 'INHERIT' ELSE 'NOINHERIT' END,
    CASE WHEN bypass THEN 'BYPASSRLS' ELSE 'NOBYPASSRLS' END
)
FROM wanted
LEFT JOIN pg_roles AS role ON role.rolname = name
WHERE (
    role.rolcanlogin, role.rolinherit, role.rolbypassrls,
    role.rolsuper, role.rolcreatedb, role.rolcreaterole, role.rolreplication
) IS DISTINCT FROM (login, inherit, bypass, false, false, false, false)
\gexec

-- Migrations hand functions over to search (ALTER FUNCTION ... OWNER TO search). That needs the membership, and CREATE
-- on the schema for search, below. owner inherits nothing from it: to change such a function, SET ROLE search.
SELECT 'GRANT search TO owner'
WHERE NOT pg_has_role('owner', 'search', 'MEMBER')
\gexec

SELECT format('CREATE DATABASE %I OWNER owner TEMPLATE template0 ENCODING ''UTF8'' LOCALE ''C.UTF-8''', :'database')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec

SELECT format('ALTER DATABASE %I OWNER TO owner', :'database')
FROM pg_database WHERE datname = :'database' AND pg_get_userbyid(datdba) <> 'owner'
\gexec

REVOKE ALL ON DATABASE :"database" FROM PUBLIC, app, platform, search;
GRANT CONNECT ON DATABASE :"database" TO app, platform;

\connect :"database"

ALTER SCHEMA public OWNER TO owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC, app, platform, search;
GRANT USAGE ON SCHEMA public TO app, platform;
GRANT USAGE, CREATE ON SCHEMA public TO search;

-- A large object would be a place to keep data that no policy guards.
REVOKE EXECUTE ON FUNCTION lo_creat(integer), lo_create(oid), lo_from_bytea(oid, bytea) FROM PUBLIC;

CREATE EXTENSION IF NOT EXISTS btree_gin WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
