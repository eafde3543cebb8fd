"""Day passes: how many are left, who comes in on them, and what became of the latest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from admin.lists.people import Names, names
from admin.pages import page
from admin.site import Site
from admin.visitors import Visitor
from domain.agents.models import Agent
from domain.kit.database import TenantSession
from domain.seats.models import PassEntry, PassHolder, SeatKind
from domain.seats.passes import balances
from domain.tenants.permissions import Permission

NEEDS = Permission.SEATS_READ

MOST = 50


@dataclass(frozen=True)
class Holder:
    """Somebody who comes in on day passes of a kind."""

    agent_id: UUID
    name: str
    kind: SeatKind
    added_at: datetime


@dataclass(frozen=True)
class PassPage:
    """What is left of each kind, the holders by name, and the ledger's newest lines, newest first."""

    left: Mapping[SeatKind, int]
    holders: Sequence[Holder]
    lines: Sequence[PassEntry]
    names: Names

    @property
    def goes_on(self) -> bool:
        return len(self.lines) == MOST


class Passes:
    """The page of day passes."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def page(self, request: Request, visitor: Visitor) -> Response:
        async with self._site.database.reading(visitor.tenant.id) as session:
            found = await _load(session)
        return page(
            request,
            "lists/passes.html",
            language=self._site.language(request, visitor),
            visitor=visitor,
            passes=found,
            manages=Permission.SEATS_MANAGE in visitor.standing.permissions,
            audits=Permission.AUDIT_READ in visitor.standing.permissions,
        )


async def _load(session: TenantSession) -> PassPage:
    newest = (
        select(PassEntry)
        .where(PassEntry.tenant_id == session.tenant_id)
        .order_by(PassEntry.at.desc(), PassEntry.id.desc())
        .limit(MOST)
    )
    lines = (await session.scalars(newest)).all()
    named = await names(
        session,
        things=[("agent", line.agent_id) for line in lines if line.agent_id is not None],
        who=[(line.actor_kind, line.actor_id) for line in lines],
    )
    return PassPage(await balances(session), await holders(session), lines, named)


async def holders(session: TenantSession) -> list[Holder]:
    """Who comes in on day passes, by name."""
    found = await session.execute(
        select(PassHolder.agent_id, Agent.name, PassHolder.kind, PassHolder.added_at)
        .join(Agent, (Agent.tenant_id == PassHolder.tenant_id) & (Agent.id == PassHolder.agent_id))
        .where(PassHolder.tenant_id == session.tenant_id, PassHolder.removed_at.is_(None))
        .order_by(Agent.name, Agent.id)
    )
    return [Holder(row.agent_id, row.name, row.kind, row.added_at) for row in found]
