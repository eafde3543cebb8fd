"""Day passes: adding them, taking unspent ones back, and saying who comes in on them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import PASSES
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents.models import Agent, Member, MemberState
from domain.kit.database import TenantSession
from domain.seats import passes
from domain.seats.models import PassEntry, PassHolder, SeatKind
from domain.seats.operations import MOST_AT_ONCE
from domain.tenants.permissions import Permission

NEEDS = Permission.SEATS_MANAGE

FIELDS = {"TOO_FEW_DAY_PASSES": "count", "AGENT_NOT_FOUND": "agent"}

Change = Callable[[Act, SeatKind, int], Awaitable[PassEntry]]


@dataclass(frozen=True)
class Person:
    """One of the staff, and on which passes they come in, if they do."""

    agent_id: UUID
    name: str
    email: str
    kind: SeatKind | None


class DayPasses:
    """The forms of the page of day passes."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site = self._site
        removal = "/seats/passes/holders/{agent:uuid}/remove"
        return [
            Route("/seats/passes/add", site.seen(self.add_page, needs=NEEDS), methods=["GET"]),
            Route("/seats/passes/add", site.pressed(self.add, needs=NEEDS), methods=["POST"]),
            Route("/seats/passes/remove", site.seen(self.remove_page, needs=NEEDS), methods=["GET"]),
            Route("/seats/passes/remove", site.pressed(self.remove, needs=NEEDS), methods=["POST"]),
            Route("/seats/passes/holder", site.seen(self.holder_page, needs=NEEDS), methods=["GET"]),
            Route("/seats/passes/holder", site.pressed(self.set_holder, needs=NEEDS), methods=["POST"]),
            Route(removal, site.seen(self.remove_holder_page, needs=NEEDS), methods=["GET"]),
            Route(removal, site.pressed(self.remove_holder, needs=NEEDS), methods=["POST"]),
        ]

    async def add_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._counting(request, visitor, empty(self._site.language(request, visitor)), "passes_add.html")

    async def add(self, request: Request, visitor: Visitor) -> Response:
        async def change(act: Act, kind: SeatKind, count: int) -> PassEntry:
            return await passes.add_passes(act.session, kind=kind, count=count, by=act.by, now=act.now)

        return await self._count(request, visitor, change, "passes_add.html", done="passes_added")

    async def remove_page(self, request: Request, visitor: Visitor) -> Response:
        form = empty(self._site.language(request, visitor))
        return await self._counting(request, visitor, form, "passes_remove.html")

    async def remove(self, request: Request, visitor: Visitor) -> Response:
        async def change(act: Act, kind: SeatKind, count: int) -> PassEntry:
            return await passes.remove_passes(act.session, kind=kind, count=count, by=act.by, now=act.now)

        return await self._count(request, visitor, change, "passes_remove.html", done="passes_removed")

    async def holder_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._holder_form(request, visitor, empty(self._site.language(request, visitor)))

    async def set_holder(self, request: Request, visitor: Visitor) -> Response:
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            agent_id, kind = form.id("agent"), form.choice("kind", SeatKind)
            if agent_id is None or kind is None:
                raise NotFilledIn
            await passes.set_holder(act.session, agent_id=agent_id, kind=kind, by=act.by, now=act.now)
            return PASSES

        async def again(form: Form) -> Response:
            return await self._holder_form(request, visitor, form, status=422)

        return await press(
            self._site,
            request,
            visitor,
            deed,
            form=form,
            needs=NEEDS,
            done="pass_holder_set",
            again=again,
            fields=FIELDS,
        )

    async def remove_holder_page(self, request: Request, visitor: Visitor) -> Response:
        return await self._removal(request, visitor, empty(self._site.language(request, visitor)))

    async def remove_holder(self, request: Request, visitor: Visitor) -> Response:
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            agent_id = request.path_params["agent"]
            await passes.remove_holder(act.session, agent_id=agent_id, by=act.by, now=act.now)
            return PASSES

        async def again(form: Form) -> Response:
            return await self._removal(request, visitor, form, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done="pass_holder_removed", again=again
        )

    async def _count(self, request: Request, visitor: Visitor, change: Change, template: str, *, done: str) -> Response:
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            kind, count = form.choice("kind", SeatKind), form.whole("count", least=1, most=MOST_AT_ONCE)
            if kind is None or count is None:
                raise NotFilledIn
            await change(act, kind, count)
            return PASSES

        async def again(form: Form) -> Response:
            return await self._counting(request, visitor, form, template, status=422)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done=done, again=again, fields=FIELDS
        )

    async def _counting(
        self, request: Request, visitor: Visitor, form: Form, template: str, *, status: int = 200
    ) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            left = await passes.balances(session)
        return shown(
            self._site, request, visitor, template, form, back=PASSES, status=status, left=left, most=MOST_AT_ONCE
        )

    async def _holder_form(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            people = await _people(session)
        return shown(self._site, request, visitor, "pass_holder.html", form, back=PASSES, status=status, people=people)

    async def _removal(self, request: Request, visitor: Visitor, form: Form, *, status: int = 200) -> Response:
        """Raises a 404 for an agent who never came in on day passes."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            person = await _holder(session, request.path_params["agent"])
        if person is None:
            raise HTTPException(404)
        return shown(
            self._site, request, visitor, "pass_holder_remove.html", form, back=PASSES, status=status, person=person
        )


async def _people(session: TenantSession) -> Sequence[Person]:
    """The staff by name, but for those who are kept out."""
    holds = (
        (PassHolder.tenant_id == Agent.tenant_id) & (PassHolder.agent_id == Agent.id) & PassHolder.removed_at.is_(None)
    )
    found = await session.execute(
        select(Agent.id, Agent.name, Member.email, PassHolder.kind)
        .join(Member, (Member.tenant_id == Agent.tenant_id) & (Member.id == Agent.member_id))
        .outerjoin(PassHolder, holds)
        .where(Agent.tenant_id == session.tenant_id, Member.state != MemberState.SUSPENDED)
        .order_by(Agent.name, Agent.id)
    )
    return [Person(*row) for row in found]


async def _holder(session: TenantSession, agent_id: UUID) -> Person | None:
    """A holder, with the kind while they still are one."""
    row = (
        await session.execute(
            select(Agent.name, Member.email, PassHolder.kind, PassHolder.removed_at)
            .join(Member, (Member.tenant_id == Agent.tenant_id) & (Member.id == Agent.member_id))
            .join(PassHolder, (PassHolder.tenant_id == Agent.tenant_id) & (PassHolder.agent_id == Agent.id))
            .where(Agent.tenant_id == session.tenant_id, Agent.id == agent_id)
        )
    ).one_or_none()
    return None if row is None else Person(agent_id, row.name, row.email, None if row.removed_at else row.kind)
