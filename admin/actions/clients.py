"""Letting programs of the shop in and shutting them out. A secret is shown once, on the page that answers the press."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import CLIENTS, client_page
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.kit.secrets import Credential
from domain.tenants import clients
from domain.tenants.clients import ClientId
from domain.tenants.models import ApiClient
from domain.tenants.permissions import CLIENT_SCOPES, Permission

NEEDS = Permission.CLIENTS_MANAGE

SCOPES = [permission for permission in Permission if permission in CLIENT_SCOPES]
"""What a program can be given, in the order in which it is offered."""

FIELDS = {"SCOPES_NOT_FOR_CLIENTS": "scopes"}


class Clients:
    """A form, the page with the secret, and the button that ends it all."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site = self._site
        return [
            Route("/clients/create", site.seen(self.create_page, needs=NEEDS), methods=["GET"]),
            Route("/clients/create", site.pressed(self.create, needs=NEEDS), methods=["POST"]),
            Route("/clients/{client:uuid}/revoke", site.seen(self.revoke_page, needs=NEEDS), methods=["GET"]),
            Route("/clients/{client:uuid}/revoke", site.pressed(self.revoke, needs=NEEDS), methods=["POST"]),
        ]

    async def create_page(self, request: Request, visitor: Visitor) -> Response:
        return self._form(request, visitor, empty(self._site.language(request, visitor)))

    async def create(self, request: Request, visitor: Visitor) -> Response:
        """Create a client and show its secret; a second press says that it was shown."""
        form = await posted(request, self._site.language(request, visitor))
        made: list[tuple[ApiClient, Credential]] = []

        async def deed(act: Act) -> str:
            name, scopes = form.label("program"), form.all("scopes")
            if form.problems:
                raise NotFilledIn
            made[:] = [await clients.create_client(act.session, name=name, scopes=scopes, by=act.by, now=act.now)]
            return CLIENTS

        async def again(form: Form) -> Response:
            return self._form(request, visitor, form, status=422)

        answer = await press(
            self._site,
            request,
            visitor,
            deed,
            form=form,
            needs=NEEDS,
            done="client_created",
            again=again,
            fields=FIELDS,
        )
        if answer.status_code != 303:
            return answer
        client, secret = made[0] if made else (None, None)
        return shown(
            self._site,
            request,
            visitor,
            "client_created.html",
            form,
            back=CLIENTS,
            client=client,
            client_id=None if client is None else str(ClientId.of(client)),
            secret=secret,
            token_url=f"{self._site.settings.public_url.rstrip('/')}/oauth/token",
        )

    async def revoke_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._revoke_form(request, visitor, empty(self._site.language(request, visitor)))

    async def revoke(self, request: Request, visitor: Visitor) -> Response:
        client = await self._client(request, visitor)
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            await clients.revoke_client(act.session, client_id=client.id, by=act.by, now=act.now)
            return client_page(client.id)

        async def again(form: Form) -> Response:
            return await self._revoke_form(request, visitor, form, status=409)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="client_revoked", again=again
        )

    def _form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        return shown(
            self._site, request, visitor, "client_create.html", form, back=CLIENTS, status=status, scopes=SCOPES
        )

    async def _revoke_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        client = await self._client(request, visitor)
        return shown(
            self._site,
            request,
            visitor,
            "client_revoke.html",
            form,
            back=client_page(client.id),
            status=status,
            client=client,
        )

    async def _client(self, request: Request, visitor: Visitor) -> ApiClient:
        """The API client of the address. Raises a 404."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            client = await session.get(ApiClient, (session.tenant_id, request.path_params["client"]))
        if client is None:
            raise HTTPException(404)
        return client
