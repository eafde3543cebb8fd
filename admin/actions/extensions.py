"""Where the telephone exchange rings an agent."""

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, empty, posted, press, shown
from admin.actions.places import agent_page
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents import operations as agents
from domain.agents.models import Agent
from domain.tenants.permissions import Permission

NEEDS = Permission.PEOPLE_MANAGE


class Extensions:
    """The form of an agent's extension."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        extension = "/agents/{agent:uuid}/extension"
        return [
            Route(extension, self._site.seen(self.extension_page, needs=NEEDS), methods=["GET"]),
            Route(extension, self._site.pressed(self.set_extension, needs=NEEDS), methods=["POST"]),
        ]

    async def extension_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._form(request, visitor, empty(self._site.language(request, visitor)))

    async def set_extension(self, request: Request, visitor: Visitor) -> Response:
        agent_id: UUID = request.path_params["agent"]
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            await agents.set_extension(
                act.session, agent_id=agent_id, extension=form.text("extension"), by=act.by, now=act.now
            )
            return agent_page(agent_id)

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, status=422)

        return await press(self._site, request, visitor, deed, form=form, needs=NEEDS, done="saved", again=again)

    async def _form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        agent_id: UUID = request.path_params["agent"]
        async with self._site.database.reading(visitor.tenant.id) as session:
            agent = await session.get(Agent, (session.tenant_id, agent_id))
        if agent is None:
            raise HTTPException(404)
        back = agent_page(agent_id)
        return shown(self._site, request, visitor, "agent_extension.html", form, back=back, status=status, agent=agent)
