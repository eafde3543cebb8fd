"""Work that was set aside: having it tried again."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, empty, posted, press, shown
from admin.actions.places import DEAD_LETTERS, dead_letter_page
from admin.lists.dead_letters import job_word
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.kit.outbox import OutboxRow
from domain.tenants import dead_letters
from domain.tenants.permissions import Permission

NEEDS = Permission.JOBS_MANAGE


class DeadLetters:
    """A page that says what failed and why, and the button."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        path = "/dead-letters/{job:uuid}/retry"
        return [
            Route(path, self._site.seen(self.page, needs=NEEDS), methods=["GET"]),
            Route(path, self._site.pressed(self.retry, needs=NEEDS), methods=["POST"]),
        ]

    async def page(self, request: Request, visitor: Visitor) -> Response:
        return await self._form(request, visitor, empty(self._site.language(request, visitor)))

    async def retry(self, request: Request, visitor: Visitor) -> Response:
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            await dead_letters.retry(act.session, job_id=request.path_params["job"], by=act.by, now=act.now)
            return DEAD_LETTERS

        async def again(form: Form) -> Response:
            return await self._form(request, visitor, form, status=409)

        return await press(self._site, request, visitor, deed, form=form, needs=NEEDS, done="retried", again=again)

    async def _form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            job = await session.get(OutboxRow, (session.tenant_id, request.path_params["job"]))
        if job is None:
            raise HTTPException(404)
        named = job_word(form.language, job.actor)
        return shown(
            self._site,
            request,
            visitor,
            "dead_letter.html",
            form,
            back=dead_letter_page(job.id) if job.dead_at is not None else DEAD_LETTERS,
            status=status,
            job=job,
            named=named,
        )
