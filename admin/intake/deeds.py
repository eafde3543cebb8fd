"""The buttons of a rule: a place up, a place down, and putting it away."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, empty, posted, press, shown
from admin.intake import reading
from admin.intake.pages import NEEDS
from admin.intake.places import RULES, rule_page
from admin.site import Act, Deed, Handler, Site
from admin.visitors import Visitor
from domain.tickets.intake import operations


class Deeds:
    """What a press of each does."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site, one = self._site, "/intake/{rule:uuid}"
        return [
            Route(f"{one}/up", self._moving(-1), methods=["POST"]),
            Route(f"{one}/down", self._moving(1), methods=["POST"]),
            Route(f"{one}/archive", site.seen(self.archive_page, needs=NEEDS), methods=["GET"]),
            Route(f"{one}/archive", site.pressed(self.archive, needs=NEEDS), methods=["POST"]),
        ]

    def _moving(self, places: int) -> Handler:
        async def move(request: Request, visitor: Visitor) -> Response:
            rule_id: UUID = request.path_params["rule"]
            form = await posted(request, self._site.language(request, visitor))

            async def deed(act: Act) -> str:
                await operations.move_rule(act.session, rule_id=rule_id, places=places, by=act.by, now=act.now)
                return RULES

            return await self._press(request, visitor, deed, form, done="intake_moved")

        return self._site.pressed(move, needs=NEEDS)

    async def archive_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._asked(request, visitor, empty(self._site.language(request, visitor)))

    async def archive(self, request: Request, visitor: Visitor) -> Response:
        rule_id: UUID = request.path_params["rule"]
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            await operations.archive_rule(act.session, rule_id=rule_id, by=act.by, now=act.now)
            return RULES

        return await self._press(request, visitor, deed, form, done="intake_archived")

    async def _press(self, request: Request, visitor: Visitor, deed: Deed, form: Form, *, done: str) -> Response:
        async def again(form: Form) -> Response:
            return await self._asked(request, visitor, form, status=409)

        return await press(
            self._site,
            request,
            visitor,
            deed,
            form=form,
            needs=NEEDS,
            done=done,
            again=again,
        )

    async def _asked(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        rule_id: UUID = request.path_params["rule"]
        async with self._site.database.reading(visitor.tenant.id) as session:
            part = await reading.rule_part(session, rule_id=rule_id)
        return shown(
            self._site,
            request,
            visitor,
            "archive.html",
            form,
            folder="intake",
            back=rule_page(rule_id),
            status=status,
            part=part,
        )
