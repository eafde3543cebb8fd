"""The shop's programs: letting one in, and shutting it out."""

from typing import TYPE_CHECKING
from uuid import UUID

import strawberry

from api.graphql.mutations import Call, mutation
from api.graphql.payloads import id_of, once, payload, to_one
from domain.tenants import clients
from domain.tenants.clients import ClientId
from domain.tenants.errors import ClientNotFound, ScopesNotForClients
from domain.tenants.permissions import Permission

if TYPE_CHECKING:
    from api.graphql.types.tenants import ApiClient

Described = strawberry.field


@strawberry.input(description="A program to let in.")
class ApiClientCreateInput:
    name: str = Described(description="What the shop calls it.")
    scopes: list[Permission] = Described(description="What its tokens may be given; some permissions are for people.")


@strawberry.input(description="A program to shut out.")
class ApiClientRevokeInput:
    client_id: UUID = id_of("api_client", description="The API client, by its typed id.")


@payload(description="The API client can ask for tokens.")
class ApiClientCreated:
    created_id: strawberry.Private[UUID]
    client: "ApiClient | None" = to_one("created_id", description="The new API client.")
    client_id: str = Described(description="What it names itself by when it asks for a token: `client_id`.")
    client_secret: str | None = once(
        default=None,
        description=(
            "What it proves itself with: `client_secret`. Told in this answer alone and kept nowhere: null when the "
            "answer is a replay. If it was lost on its way, revoke the client and create another."
        ),
    )


@payload(description="The API client and all its tokens are worth nothing any more.")
class ApiClientRevoked:
    revoked_id: strawberry.Private[UUID]
    client: "ApiClient | None" = to_one("revoked_id", description="The API client, as it is now.")


@mutation(requires=Permission.CLIENTS_MANAGE, failures=(ScopesNotForClients,))
async def api_client_create(call: Call, input: ApiClientCreateInput) -> ApiClientCreated:
    """Let a program of the shop in. It acts for itself: on no seat, and for no member."""
    client, secret = await clients.create_client(
        call.session, name=input.name, scopes=input.scopes, by=call.by, now=call.now
    )
    return ApiClientCreated(created_id=client.id, client_id=str(ClientId.of(client)), client_secret=str(secret))


@mutation(requires=Permission.CLIENTS_MANAGE, failures=(ClientNotFound,))
async def api_client_revoke(call: Call, input: ApiClientRevokeInput) -> ApiClientRevoked:
    """Shut a program out, with all its tokens, at once. Again changes nothing."""
    client = await clients.revoke_client(call.session, client_id=input.client_id, by=call.by, now=call.now)
    return ApiClientRevoked(revoked_id=client.id)
