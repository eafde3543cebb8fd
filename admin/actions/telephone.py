"""Where the telephone exchange rings an agent, and the menus that it plays."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, empty, posted, press, shown
from admin.actions.places import agent_page
from admin.pages import page
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents import operations as agents
from domain.agents.models import Agent, Team
from domain.kit.database import TenantSession
from domain.tenants.permissions import Permission
from domain.tickets.calls import ivr
from domain.tickets.calls.menus import Menu
from domain.tickets.models import Topic

MENUS = "/ivr"
NEEDS = Permission.PEOPLE_MANAGE
NEEDS_FOR_MENUS = Permission.INTAKE_MANAGE


class Telephone:
    """The form of an agent's extension, and the page of menus."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        extension = "/agents/{agent:uuid}/extension"
        return [
            Route(extension, self._site.seen(self.extension_page, needs=NEEDS), methods=["GET"]),
            Route(extension, self._site.pressed(self.set_extension, needs=NEEDS), methods=["POST"]),
            Route(MENUS, self._site.seen(self.menus, needs=NEEDS_FOR_MENUS), methods=["GET"]),
        ]

    async def menus(self, request: Request, visitor: Visitor) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            menus = await ivr.menus_of(session)
            topics, teams = await _named(session)
        language = self._site.language(request, visitor)
        return page(
            request,
            "actions/ivr.html",
            language=language,
            visitor=visitor,
            form=empty(language),
            menus=_in_order(menus),
            topics=topics,
            teams=teams,
        )

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


async def _named(session: TenantSession) -> tuple[dict[str, str], dict[UUID, str]]:
    """The names of topics by key, and of teams by id."""
    topics = await session.execute(select(Topic.key, Topic.name).where(Topic.tenant_id == session.tenant_id))
    teams = await session.execute(select(Team.id, Team.name).where(Team.tenant_id == session.tenant_id))
    return {row.key: row.name for row in topics}, {row.id: row.name for row in teams}


def _in_order(menus: Mapping[str, Menu]) -> list[Menu]:
    """The menus that nothing leads to first, for that is where callers begin; each by its key."""
    below = {choice.menu for menu in menus.values() for choice in menu.choices}
    return sorted(menus.values(), key=lambda menu: (menu.key in below, menu.key))
