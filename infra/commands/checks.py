"""What `sezon doctor` looks at. Each check returns what it found, or raises Wrong with what to do."""

import os
import platform
import stat
from collections.abc import Mapping
from pathlib import Path

import asyncpg
from pydantic import AmqpDsn, PostgresDsn, RedisDsn

from domain.kit.settings import Settings, SmtpSecurity
from infra import check_python

PATIENCE = 5.0
VERSIONS = range(15, 19)


class Wrong(Exception):
    """A check failed: what is wrong, and what to do about it."""

    def __init__(self, what: str, *, remedy: str) -> None:
        super().__init__(what)
        self.remedy = remedy


def python_and_libc() -> str:
    sentence = check_python.problem()
    if sentence:
        raise Wrong(sentence, remedy="Install a newer one, or run on another machine.")
    return f"Python {platform.python_version()}, glibc {platform.libc_ver()[1]}"


def folder_rights(folder: Path) -> str:
    """The data folder is writable and private, or can be made."""
    if folder.is_dir():
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & 0o077:
            raise Wrong(f"{folder} can be read by others (mode {mode:o})", remedy=f"chmod 700 {folder}")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise Wrong(f"{folder} cannot be written", remedy="Give this user the right to, or choose another folder.")
        return f"{folder} is private"
    parent = next(each for each in folder.absolute().parents if each.exists())
    if not os.access(parent, os.W_OK | os.X_OK):
        raise Wrong(f"{folder} cannot be made", remedy="Give this user the right to, or choose another folder.")
    return f"{folder} is not there yet"


async def database_as_app(told: Settings) -> str:
    """`app` reaches the database and cannot pass a tenant's policy."""
    from domain.kit.database import AppCouldBypass, engine_for, refuse_if_app_can_bypass

    found = await _role(told.database_url)
    if found["creates"]:
        raise Wrong("app may create tables or temporary tables", remedy="Run infra/roles.sql again.")
    engine = engine_for(told.database_url, pool_size=1, name="sezon-doctor")
    try:
        await refuse_if_app_can_bypass(engine)
    except AppCouldBypass as error:
        raise Wrong(str(error), remedy="Run infra/roles.sql and `sezon migrate` again.") from None
    finally:
        await engine.dispose()
    return f"PostgreSQL {found['version']} as {found['role']}; cannot pass a tenant's policy"


async def database_as_owner(told: Settings) -> str:
    """`owner` reaches the database and the migrations are all there."""
    from migrations.run import head

    if told.owner_url is None:
        return "SEZON_OWNER_URL is not set; only migrations need it"
    found = await _role(told.owner_url)
    if found["superuser"] or found["bypasses"]:
        raise Wrong(f"{found['role']} is not subject to policies", remedy="Run infra/roles.sql again.")
    if found["revision"] != head():
        raise Wrong(f"the schema is at {found['revision'] or 'nothing'}, not {head()}", remedy="Run `sezon migrate`.")
    return f"as {found['role']}; migrations are at {head()}"


async def database_as_platform(told: Settings) -> str:
    """`platform` reaches the database across tenants."""
    if told.platform_url is None:
        return "SEZON_PLATFORM_URL is not set; only the relay needs it"
    found = await _role(told.platform_url)
    if not found["bypasses"]:
        raise Wrong(f"{found['role']} does not see across tenants", remedy="Run infra/roles.sql again.")
    return f"as {found['role']}"


async def _role(url: PostgresDsn) -> Mapping[str, object]:
    try:
        connection = await asyncpg.connect(str(url), timeout=PATIENCE)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Wrong(
            str(error) or type(error).__name__, remedy="Start the server, or correct the address and its password."
        ) from None
    try:
        found = await connection.fetchrow(
            """
            SELECT current_user AS role, rolsuper AS superuser, rolbypassrls AS bypasses,
                   current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
                   has_schema_privilege('public', 'CREATE')
                   OR has_database_privilege(current_database(), 'CREATE, TEMP') AS creates,
                   to_regclass('public.alembic_version') IS NOT NULL
                   AND has_table_privilege(to_regclass('public.alembic_version'), 'SELECT') AS migrated
            FROM pg_roles WHERE rolname = current_user
            """
        )
        revision = await connection.fetchval("SELECT version_num FROM alembic_version") if found["migrated"] else None
    finally:
        await connection.close()
    if found["number"] // 10000 not in VERSIONS:
        raise Wrong(f"the server is PostgreSQL {found['version']}", remedy="Use PostgreSQL 15 to 18.")
    return {**found, "revision": revision}


async def broker(told: Settings) -> str:
    """The broker answers and keeps what it is given."""
    if isinstance(told.broker_url, RedisDsn):
        return await _redis(told.broker_url)
    return await _rabbitmq(told.broker_url)


async def _redis(url: RedisDsn) -> str:
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    client = Redis.from_url(str(url), socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    try:
        memory, saving = await client.info("memory"), await client.info("persistence")
    except (RedisError, OSError) as error:
        raise Wrong(str(error), remedy="Start the broker, or correct SEZON_BROKER_URL.") from None
    finally:
        await client.aclose()
    if memory["maxmemory_policy"] != "noeviction":
        raise Wrong("the broker throws messages away when full", remedy="Set maxmemory-policy to noeviction.")
    if not saving["aof_enabled"]:
        raise Wrong("the broker forgets its messages at a restart", remedy="Set appendonly to yes.")
    return "answers, keeps its messages"


async def _rabbitmq(url: AmqpDsn) -> str:
    import asyncio

    import pika  # type: ignore[import-untyped]
    from pika.exceptions import AMQPError  # type: ignore[import-untyped]

    parameters = pika.URLParameters(str(url))
    parameters.socket_timeout = parameters.blocked_connection_timeout = PATIENCE
    try:
        connection = await asyncio.to_thread(pika.BlockingConnection, parameters)
    except (AMQPError, OSError) as error:
        raise Wrong(repr(error), remedy="Start the broker, or correct SEZON_BROKER_URL.") from None
    connection.close()
    return "answers"


async def mail(told: Settings) -> str:
    """The mail server takes a connection and the sign-in."""
    import aiosmtplib

    client = aiosmtplib.SMTP(
        hostname=told.smtp_host,
        port=told.smtp_port,
        timeout=PATIENCE,
        use_tls=told.smtp_security is SmtpSecurity.TLS,
        start_tls=told.smtp_security is SmtpSecurity.STARTTLS,
    )
    try:
        await client.connect()
        if told.smtp_username is not None and told.smtp_password is not None:
            await client.login(told.smtp_username, told.smtp_password.get_secret_value())
        await client.quit()
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Wrong(str(error), remedy="Start the mail server, or correct SEZON_SMTP_*.") from None
    return f"{told.smtp_host}:{told.smtp_port} takes mail"
