"""Who may be here as what: keeping somebody out, letting them back in, another role, and invitations once more."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from admin.actions.forms import Form, NotFilledIn, empty, posted, press, shown
from admin.actions.places import INVITATIONS, agent_page, invitation_page
from admin.actions.sitters import sitters_of, unended
from admin.site import Act, Site
from admin.visitors import Visitor
from domain.agents import membership
from domain.agents.invitations import may_grant
from domain.agents.models import Agent, Invitation, Member, MemberState
from domain.agents.roles import Role
from domain.seats.models import SeatAssignment
from domain.tenants.permissions import Permission
from domain.tickets import departures

NEEDS = Permission.PEOPLE_MANAGE

Asked = Callable[[Request, Visitor, Form], Awaitable[Response]]
Change = Callable[[Act, Form], Awaitable[str]]


@dataclass(frozen=True)
class Subject:
    """Whom the address names."""

    agent: Agent
    member: Member


class Members:
    """A page for each, which says what it means, and its button."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def routes(self) -> list[Route]:
        site, found = self._site, []
        for path, page, button in (
            ("/agents/{agent:uuid}/suspend", self._suspend_page, self.suspend),
            ("/agents/{agent:uuid}/reactivate", self._reactivate_page, self.reactivate),
            ("/agents/{agent:uuid}/role", self._role_page, self.set_role),
            ("/invitations/{invitation:uuid}/resend", self._resend_page, self.resend),
            ("/invitations/{invitation:uuid}/revoke", self._revoke_page, self.revoke),
        ):
            found.append(Route(path, site.seen(self._looked_at(page), needs=NEEDS), methods=["GET"]))
            found.append(Route(path, site.pressed(button, needs=NEEDS), methods=["POST"]))
        return found

    async def suspend(self, request: Request, visitor: Visitor) -> Response:
        subject = await self._subject(request, visitor)

        async def change(act: Act, _: Form) -> str:
            await departures.suspend_member(
                act.session, member_id=subject.member.id, own_id=act.standing.caller_id, by=act.by, now=act.now
            )
            return agent_page(subject.agent.id)

        return await self._press(request, visitor, change, self._suspend_page, done="suspended")

    async def reactivate(self, request: Request, visitor: Visitor) -> Response:
        subject = await self._subject(request, visitor)

        async def change(act: Act, _: Form) -> str:
            await membership.reactivate(
                act.session,
                member_id=subject.member.id,
                own_id=act.standing.caller_id,
                key=self._site.settings.secret_key.get_secret_value(),
                by=act.by,
                now=act.now,
            )
            return agent_page(subject.agent.id)

        return await self._press(request, visitor, change, self._reactivate_page, done="reactivated")

    async def set_role(self, request: Request, visitor: Visitor) -> Response:
        subject = await self._subject(request, visitor)

        async def change(act: Act, form: Form) -> str:
            role = form.choice("role", Role)
            if role is None:
                raise NotFilledIn
            await membership.set_role(
                act.session,
                member_id=subject.member.id,
                role=role,
                own_id=act.standing.caller_id,
                by=act.by,
                now=act.now,
            )
            return agent_page(subject.agent.id)

        return await self._press(request, visitor, change, self._role_page, done="saved")

    async def resend(self, request: Request, visitor: Visitor) -> Response:
        invitation_id: UUID = request.path_params["invitation"]

        async def change(act: Act, _: Form) -> str:
            await membership.resend_invitation(
                act.session,
                invitation_id=invitation_id,
                own_id=act.standing.caller_id,
                key=self._site.settings.secret_key.get_secret_value(),
                by=act.by,
                now=act.now,
            )
            return INVITATIONS

        return await self._press(request, visitor, change, self._resend_page, done="invited")

    async def revoke(self, request: Request, visitor: Visitor) -> Response:
        invitation_id: UUID = request.path_params["invitation"]

        async def change(act: Act, _: Form) -> str:
            await departures.revoke_invitation(
                act.session, invitation_id=invitation_id, own_id=act.standing.caller_id, by=act.by, now=act.now
            )
            return INVITATIONS

        return await self._press(request, visitor, change, self._revoke_page, done="invitation_revoked")

    async def _press(self, request: Request, visitor: Visitor, change: Change, page: Asked, *, done: str) -> Response:
        form = await posted(request, self._site.language(request, visitor))

        async def deed(act: Act) -> str:
            return await change(act, form)

        async def again(form: Form) -> Response:
            return await page(request, visitor, form)

        return await press(
            self._site, request, visitor, deed, form=form, needs=NEEDS, done=done, again=again, fields=FIELDS
        )

    def _looked_at(self, page: Asked) -> Callable[[Request, Visitor], Awaitable[Response]]:
        async def look(request: Request, visitor: Visitor) -> Response:
            return await page(request, visitor, empty(self._site.language(request, visitor)))

        return look

    async def _suspend_page(self, request: Request, visitor: Visitor, form: Form) -> Response:
        subject = await self._subject(request, visitor)
        return self._shown(
            request,
            visitor,
            "suspend",
            form,
            member=subject.member,
            over=subject.member.state is MemberState.SUSPENDED,
            back=agent_page(subject.agent.id),
            **await self._losing(visitor, subject.member),
        )

    async def _reactivate_page(self, request: Request, visitor: Visitor, form: Form) -> Response:
        subject = await self._subject(request, visitor)
        return self._shown(
            request,
            visitor,
            "reactivate",
            form,
            member=subject.member,
            over=subject.member.state is not MemberState.SUSPENDED,
            back=agent_page(subject.agent.id),
        )

    async def _role_page(self, request: Request, visitor: Visitor, form: Form) -> Response:
        subject = await self._subject(request, visitor)
        roles = [role for role in reversed(Role) if may_grant(visitor.member.role, role)]
        back = agent_page(subject.agent.id)
        return self._shown(request, visitor, "role", form, member=subject.member, over=False, back=back, roles=roles)

    async def _resend_page(self, request: Request, visitor: Visitor, form: Form) -> Response:
        invitation, member = await self._invited(request, visitor)
        over, back = member.state is not MemberState.INVITED, invitation_page(invitation.id)
        return self._shown(request, visitor, "resend", form, member=member, over=over, back=back)

    async def _revoke_page(self, request: Request, visitor: Visitor, form: Form) -> Response:
        invitation, member = await self._invited(request, visitor)
        return self._shown(
            request,
            visitor,
            "revoke",
            form,
            member=member,
            over=invitation.accepted_at is not None or invitation.revoked_at is not None,
            back=invitation_page(invitation.id),
            **await self._losing(visitor, member),
        )

    async def _losing(self, visitor: Visitor, member: Member) -> dict[str, object]:
        """The seats that a member has or is to have, for the page that says they end."""
        now = self._site.clock.now()
        async with self._site.database.reading(visitor.tenant.id) as session:
            theirs = select(Agent.id).where(Agent.tenant_id == session.tenant_id, Agent.member_id == member.id)
            sitters = await sitters_of(session, SeatAssignment.agent_id.in_(theirs) & unended(now))
        return {"sitters": sitters, "now": now}

    def _shown(
        self,
        request: Request,
        visitor: Visitor,
        what: str,
        form: Form,
        *,
        member: Member,
        over: bool,
        back: str,
        **more: Any,
    ) -> Response:
        return shown(
            self._site,
            request,
            visitor,
            "member.html",
            form,
            back=back,
            status=409 if form.problems else 200,
            what=what,
            member=member,
            over=over,
            **{"sitters": (), "roles": (), "now": None, **more},
        )

    async def _subject(self, request: Request, visitor: Visitor) -> Subject:
        """Whom the address names. Raises a 404."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            found = (
                await session.execute(
                    select(Agent, Member)
                    .join(Member, (Member.tenant_id == Agent.tenant_id) & (Member.id == Agent.member_id))
                    .where(Agent.tenant_id == session.tenant_id, Agent.id == request.path_params["agent"])
                )
            ).one_or_none()
        if found is None:
            raise HTTPException(404)
        return Subject(*found)

    async def _invited(self, request: Request, visitor: Visitor) -> tuple[Invitation, Member]:
        """The invitation of the address and whom it asks. Raises a 404."""
        async with self._site.database.reading(visitor.tenant.id) as session:
            found = (
                await session.execute(
                    select(Invitation, Member)
                    .join(Member, (Member.tenant_id == Invitation.tenant_id) & (Member.id == Invitation.member_id))
                    .where(
                        Invitation.tenant_id == session.tenant_id, Invitation.id == request.path_params["invitation"]
                    )
                )
            ).one_or_none()
        if found is None:
            raise HTTPException(404)
        return found[0], found[1]


FIELDS = {"ROLE_ABOVE_OWN": "role"}
