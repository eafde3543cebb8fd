"""The menus of the telephone exchange, as they are."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.pages import page
from admin.site import Site
from admin.visitors import Visitor
from domain.agents.models import Team
from domain.kit.database import TenantSession
from domain.tenants.permissions import Permission
from domain.tickets.calls import ivr
from domain.tickets.calls.menus import Menu
from domain.tickets.models import Topic


class Menus:
    """The page that is looked at."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        seen = self._site.seen(self.all_of_them, needs=Permission.INTAKE_MANAGE)
        return [Route("/ivr", seen, methods=["GET"])]

    async def all_of_them(self, request: Request, visitor: Visitor) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            menus = await ivr.menus_of(session)
            topics, teams = await _named(session)
        language = self._site.language(request, visitor)
        return page(
            request,
            "ivr.html",
            language=language,
            visitor=visitor,
            menus=_in_order(menus),
            topics=topics,
            teams=teams,
        )


async def _named(session: TenantSession) -> tuple[dict[str, str], dict[UUID, str]]:
    """The names of topics by key, and of teams by id."""
    topics = await session.execute(select(Topic.key, Topic.name).where(Topic.tenant_id == session.tenant_id))
    teams = await session.execute(select(Team.id, Team.name).where(Team.tenant_id == session.tenant_id))
    return {row.key: row.name for row in topics}, {row.id: row.name for row in teams}


def _in_order(menus: Mapping[str, Menu]) -> list[Menu]:
    """The menus that nothing leads to first, for that is where callers begin; each by its key."""
    below = {choice.menu for menu in menus.values() for choice in menu.choices}
    return sorted(menus.values(), key=lambda menu: (menu.key in below, menu.key))
