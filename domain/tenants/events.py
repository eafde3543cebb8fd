"""What happens to a tenant and its API clients."""

from dataclasses import dataclass

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
