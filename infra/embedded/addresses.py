"""Where the parts of one stack are, and what each of its processes is told about the others."""

from dataclasses import dataclass
from pathlib import Path

from infra.embedded.data_folder import Ports, Secrets
from infra.embedded.ports import LOOPBACK
from infra.embedded.postgres import SUPERUSER
from infra.embedded.roles import DATABASE


@dataclass(frozen=True, kw_only=True)
class DatabaseElsewhere:
    """A database on a server that somebody else runs, prepared by `infra/roles.sql`."""

    app_url: str
    owner_url: str
    platform_url: str
    superuser_url: str


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """The addresses of one stack, passwords included; servers that run elsewhere take the place of its own."""

    port: int
    ports: Ports
    secrets: Secrets
    database: DatabaseElsewhere | None = None
    broker: str | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def graphql_url(self) -> str:
        return f"{self.url}/graphql"

    @property
    def token_url(self) -> str:
        return f"{self.url}/oauth/token"

    @property
    def admin_url(self) -> str:
        return f"{self.url}/admin"

    @property
    def database_url(self) -> str:
        return self.database.app_url if self.database else self._own("app", self.secrets.app)

    @property
    def owner_url(self) -> str:
        return self.database.owner_url if self.database else self._own("owner", self.secrets.owner)

    @property
    def platform_url(self) -> str:
        return self.database.platform_url if self.database else self._own("platform", self.secrets.platform)

    @property
    def superuser_url(self) -> str:
        return self.database.superuser_url if self.database else self._own(SUPERUSER, self.secrets.superuser)

    @property
    def broker_url(self) -> str:
        return self.broker or f"redis://:{self.secrets.valkey}@{LOOPBACK}:{self.ports.valkey}/0"

    def settings(self, *, environment: str, clock_file: Path | None) -> dict[str, str]:
        """The `SEZON_*` settings of API and worker."""
        return {
            "SEZON_ENVIRONMENT": environment,
            "SEZON_DATABASE_URL": self.database_url,
            "SEZON_BROKER_URL": self.broker_url,
            "SEZON_SECRET_KEY": self.secrets.secret_key,
            "SEZON_PUBLIC_URL": self.url,
            "SEZON_HOST": LOOPBACK,
            "SEZON_PORT": str(self.port),
            "SEZON_SMTP_HOST": LOOPBACK,
            "SEZON_SMTP_PORT": str(self.ports.mail),
            **({"SEZON_CLOCK_FILE": str(clock_file)} if clock_file is not None else {}),
        }

    def for_relay(self) -> dict[str, str]:
        """What the relay and the schedule are told beyond `settings`."""
        return {"SEZON_PLATFORM_URL": self.platform_url}

    def for_administration(self) -> dict[str, str]:
        """What migrations and the command line are told beyond `settings`."""
        return {"SEZON_OWNER_URL": self.owner_url, **self.for_relay()}

    def _own(self, role: str, password: str) -> str:
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.ports.postgres}/{DATABASE}"
