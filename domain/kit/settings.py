"""Everything a process is told from outside, read once from `SEZON_*` environment variables."""

from enum import StrEnum
from functools import lru_cache
from pathlib import Path

from pydantic import Field, PostgresDsn, RedisDsn, SecretStr, model_validator
from pydantic.networks import AmqpDsn
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"


class SmtpSecurity(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


class Settings(BaseSettings):
    """The configuration of one process; construction fails with every problem named.

    Database addresses are plain `postgresql://user:password@host:port/name`.
    """

    model_config = SettingsConfigDict(env_prefix="SEZON_", frozen=True)

    environment: Environment = Environment.DEVELOPMENT
    database_url: PostgresDsn = Field(description="As `app`: API, workers and panel.")
    owner_url: PostgresDsn | None = Field(default=None, description="As `owner`: migrations alone.")
    platform_url: PostgresDsn | None = Field(default=None, description="As `platform`: relay and schedule alone.")
    broker_url: RedisDsn | AmqpDsn = Field(description="Redis, Valkey or RabbitMQ: the doorbell of the workers.")

    secret_key: SecretStr = Field(min_length=32, description="Signs what is sent by mail, such as invitation links.")
    public_url: str = Field(default="http://127.0.0.1:8000", description="Where people and shops reach this service.")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)

    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=25, ge=1, le=65535)
    smtp_security: SmtpSecurity = SmtpSecurity.NONE
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    mail_from: str = Field(default="sezon@localhost", description="Sender of mail to staff.")

    clock_file: Path | None = Field(
        default=None, description="A file with an offset in seconds, added to the time; for test stacks alone."
    )
    metrics_port: int | None = Field(default=None, description="Where a process serves its counters, on loopback.")
    pool_size: int = Field(default=10, ge=1, description="Database connections a process keeps.")

    @model_validator(mode="after")
    def _production_tells_the_true_time(self) -> "Settings":
        if self.environment is Environment.PRODUCTION and self.clock_file is not None:
            raise ValueError("SEZON_CLOCK_FILE moves the clock and is refused in production; unset it.")
        return self


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The process's settings, read from the environment at the first call."""
    return Settings()
