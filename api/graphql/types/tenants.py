"""The shop and its programs."""

from datetime import datetime
from enum import Enum

from api.graphql.reading import Node, column, computed, ordering, reads
from api.graphql.reading.keysets import keyset
from domain.kit.errors import Language
from domain.tenants import models
from domain.tenants.permissions import Permission


@reads(models.Tenant, requires=None, description="A shop.")
class Tenant(Node):
    slug: str = column(models.Tenant.slug, description="The short name by which staff name their shop to sign in.")
    name: str = column(models.Tenant.name, description="The shop's name.")
    timezone: str = column(models.Tenant.timezone, description="The zone of its days, such as Europe/Warsaw.")
    currency: str = column(models.Tenant.currency, description="Its own currency, ISO 4217.")
    language: Language = column(models.Tenant.language, description="The language it speaks to customers by default.")
    mail_from: str = column(models.Tenant.mail_from, description="The address that its customers see as the sender.")
    created_at: datetime = column(models.Tenant.created_at, description="Since when it has been on Sezon.")


def _scopes(scopes: list[str]) -> list[Permission]:
    return [Permission(scope) for scope in scopes]


@ordering
class ApiClientOrdering(Enum):
    """How API clients are listed."""

    NEWEST_FIRST = keyset(
        models.ApiClient.created_at.desc(), models.ApiClient.id.desc(), description="The newest first."
    )
    OLDEST_FIRST = keyset(models.ApiClient.created_at, models.ApiClient.id, description="The oldest first.")


@reads(
    models.ApiClient,
    requires=Permission.CLIENTS_MANAGE,
    description="A program of the shop. It acts for itself: on no seat, for no member.",
)
class ApiClient(Node):
    name: str = column(models.ApiClient.name, description="What the shop calls it.")
    scopes: list[Permission] = computed(
        _scopes, needs=(models.ApiClient.scopes,), description="What its tokens may be given."
    )
    created_at: datetime = column(models.ApiClient.created_at, description="When it was made.")
    revoked_at: datetime | None = column(
        models.ApiClient.revoked_at, description="Since when it is shut out; null while it is not."
    )
