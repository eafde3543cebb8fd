"""The list of intake rules, in the order in which they are looked at."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import empty
from admin.intake import reading
from admin.pages import page
from admin.site import Site
from admin.visitors import Visitor
from domain.tenants.permissions import Permission

NEEDS = Permission.INTAKE_MANAGE


class Rules:
    """The page that is looked at."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        return [Route("/intake", self._site.seen(self.all_of_them, needs=NEEDS), methods=["GET"])]

    async def all_of_them(self, request: Request, visitor: Visitor) -> Response:
        language = self._site.language(request, visitor)
        async with self._site.database.reading(visitor.tenant.id) as session:
            in_force = await reading.rules_in_force(session)
            archived = await reading.rules_archived(session)
            skills = await reading.skills_of_versions(session, [row.newest.id for row in in_force])
        return page(
            request,
            "intake/list.html",
            language=language,
            visitor=visitor,
            form=empty(language),
            in_force=in_force,
            skills=skills,
            archived=archived,
        )
