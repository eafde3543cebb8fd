"""What happens to a tenant and its API clients."""

from dataclasses import dataclass
from uuid import UUID

from domain.kit.errors import Language
from domain.kit.events import Event


@dataclass(frozen=True)
class TenantFounded(Event):
    slug: str
    shop_name: str
    timezone: str
    currency: str
    language: Language


@dataclass(frozen=True)
class ApiClientCreated(Event):
    client_name: str
    scopes: tuple[str, ...]


@dataclass(frozen=True)
class ApiClientRevoked(Event):
    """Its tokens ended with it."""


@dataclass(frozen=True)
class DeadLetterRetried(Event):
    """Work that was set aside is tried again."""

    job_id: UUID
    job: str
