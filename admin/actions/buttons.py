"""Which buttons the lists and pages of things offer to whom: those that would not be refused."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from admin.buttons import Button, register
from admin.visitors import Visitor
from domain.agents.invitations import may_grant
from domain.agents.models import MemberState
from domain.seats.models import LicenceTerms
from domain.seats.periods import start_of
from domain.tenants.permissions import Permission

UNENDED = ("NOW", "LATER")
"""The courses in which something of a licence, or of somebody's time on it, is left to end."""


def of_seats(page: Any, visitor: Visitor) -> Iterable[Button]:
    """Of the list of licences, and of a licence's page."""
    if page is None:
        yield Button("do_passes", "/seats/passes")
    if Permission.SEATS_MANAGE not in visitor.standing.permissions:
        return
    if page is None:
        yield Button("do_seats_add", "/seats/add")
    elif page.course.name in UNENDED:
        if page.licence.terms is not LicenceTerms.ONE_DAY:
            yield Button("do_seat_assign", f"/seats/{page.id}/assign")
            if page.licence.period.upper is not None:
                yield Button("do_licence_extend", f"/seats/{page.id}/extend")
        yield from _changes(page.sittings, visitor)
        yield Button("do_licence_expire", f"/seats/{page.id}/expire", danger=True)


def of_agents(page: Any, visitor: Visitor) -> Iterable[Button]:
    """Of the list of agents, and of an agent's page."""
    if Permission.PEOPLE_MANAGE in visitor.standing.permissions:
        if page is None:
            yield Button("do_invite", "/agents/invite")
        else:
            yield Button("field_teams", f"/agents/{page.id}/teams")
            yield Button("field_skills", f"/agents/{page.id}/skills")
            yield Button("field_languages", f"/agents/{page.id}/languages")
            yield Button("field_shifts", f"/agents/{page.id}/shifts")
            yield Button("do_capacities", f"/agents/{page.id}/capacities")
            yield Button("field_extension", f"/agents/{page.id}/extension")
            yield from _of_members(page, visitor)
    if page is not None and Permission.SEATS_MANAGE in visitor.standing.permissions:
        yield from _changes(page.sittings, visitor, back="?of=agent")
        for one in page.planned:
            yield Button("line_cancel_title", f"/seasons/line/{one.PlannedInvitation.id}/cancel", danger=True)


def of_teams(page: Any, visitor: Visitor) -> Iterable[Button]:
    """Of a team's page."""
    if page is not None and Permission.PEOPLE_MANAGE in visitor.standing.permissions:
        yield Button("do_queue", f"/teams/{page.id}/queue")


def of_invitations(page: Any, visitor: Visitor) -> Iterable[Button]:
    """Of the list of invitations, and of an invitation's page."""
    if Permission.PEOPLE_MANAGE not in visitor.standing.permissions:
        return
    if page is None:
        yield Button("do_invite", "/agents/invite")
    elif page.member.state is MemberState.INVITED and may_grant(visitor.member.role, page.member.role):
        yield Button("do_member_resend", f"/invitations/{page.id}/resend")
        if page.invitation.revoked_at is None:
            yield Button("do_member_revoke", f"/invitations/{page.id}/revoke", danger=True)


def of_clients(page: Any, visitor: Visitor) -> Iterable[Button]:
    """Of the list of API clients, and of a client's page."""
    if Permission.CLIENTS_MANAGE not in visitor.standing.permissions:
        return
    if page is None:
        yield Button("do_client_create", "/clients/create")
    elif page.client.revoked_at is None:
        yield Button("do_client_revoke", f"/clients/{page.id}/revoke", danger=True)


def of_dead_letters(page: Any, visitor: Visitor) -> Iterable[Button]:
    """Of a dead letter's page."""
    if page is not None and Permission.JOBS_MANAGE in visitor.standing.permissions:
        yield Button("do_retry", f"/dead-letters/{page.id}/retry")


def _of_members(page: Any, visitor: Visitor) -> Iterable[Button]:
    if page.member.id == visitor.member.id or not may_grant(visitor.member.role, page.member.role):
        return
    yield Button("do_member_role", f"/agents/{page.id}/role")
    if page.member.state is MemberState.SUSPENDED:
        yield Button("do_member_reactivate", f"/agents/{page.id}/reactivate")
    else:
        yield Button("do_member_suspend", f"/agents/{page.id}/suspend", danger=True)


def _changes(sittings: Iterable[Any], visitor: Visitor, *, back: str = "") -> Iterable[Button]:
    """Buttons for each time on a seat that is left to change; `back` is how they tell where they were pressed."""
    zone = ZoneInfo(visitor.tenant.timezone)
    for sitting in sittings:
        if sitting.course.name not in UNENDED:
            continue
        path = f"/seats/taken/{sitting.assignment.id}"
        day = {"day": start_of(sitting.assignment.period).astimezone(zone).date().isoformat()}
        yield Button("do_seat_kind_from", f"{path}/kind{back}", values=day)
        yield Button("do_seat_move_from", f"{path}/move{back}", values=day)
        yield Button("do_seat_successor_from", f"{path}/successor{back}", values=day)
        word = "do_seat_release_from" if sitting.course.name == "NOW" else "do_seat_cancel_from"
        yield Button(word, f"{path}/release{back}", danger=True, values=day)


def offer() -> None:
    """Offer them."""
    register("seats", of_seats)
    register("agents", of_agents)
    register("teams", of_teams)
    register("invitations", of_invitations)
    register("clients", of_clients)
    register("dead-letters", of_dead_letters)
