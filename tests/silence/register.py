"""What every path can do. A path that is new fails `test_register` until it stands here, and one that is gone as well.

One table for each kind. Say which `Reach` a path has; the tests then play it as people on light seats, so an entry
that is wrong fails as well. What a play needs beside that (a form, an answer that is another than usual) stands with
the path; ids in braces are those of `Stage.things`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from domain.agents.channels import Channel


class Reach(Enum):
    """Whom a path can reach."""

    INSIDE = "Nothing leaves the shop by it, whoever goes it."
    FULL_SEAT = "It reaches a customer, and takes a live full seat of whoever goes it: others are refused."
    STAFF_MAIL = (
        "A mail to the staff follows from it, as from a seat that gets free; none goes to a customer's address."
    )


INSIDE, FULL_SEAT, STAFF_MAIL = Reach


MUTATIONS: Mapping[str, Reach] = {
    "orderCreate": INSIDE,
    "orderUpdate": INSIDE,
    "ticketOpen": INSIDE,
    "ticketReceive": INSIDE,
    "callRoute": INSIDE,
    "callBackRequest": INSIDE,
    "callEnded": INSIDE,
    "callAnswered": INSIDE,
    "callUnanswered": INSIDE,
    "agentSetExtension": INSIDE,
    "ivrMenuSet": INSIDE,
    "ordersImport": INSIDE,
    "customersImport": INSIDE,
    "ticketsImport": INSIDE,
    "ticketNote": INSIDE,
    "ticketDraft": INSIDE,
    "ticketReply": FULL_SEAT,
    "ticketAssign": INSIDE,
    "ticketResolve": INSIDE,
    "ticketReopen": INSIDE,
    "ticketClose": INSIDE,
    "ticketTakeNext": INSIDE,
    "ticketAccept": INSIDE,
    "ticketDecline": STAFF_MAIL,
    "draftApprove": FULL_SEAT,
    "draftReturn": INSIDE,
    "draftReplace": INSIDE,
    "agentInvite": STAFF_MAIL,
    "agentSetTeams": INSIDE,
    "agentSetSkills": INSIDE,
    "agentSetLanguages": INSIDE,
    "agentSetSenior": INSIDE,
    "agentSetShifts": INSIDE,
    "agentSetCapacities": INSIDE,
    "channelSettingsSet": INSIDE,
    "queueSettingsSet": INSIDE,
    "memberSuspend": STAFF_MAIL,
    "memberReactivate": STAFF_MAIL,
    "memberSetRole": INSIDE,
    "invitationResend": STAFF_MAIL,
    "invitationRevoke": STAFF_MAIL,
    "agentSetPresence": INSIDE,
    "seatLicencesAdd": STAFF_MAIL,
    "seatLicencesExpire": INSIDE,  # The licence ends with whoever sits on it: nothing gets free.
    "seatAssign": STAFF_MAIL,  # Who is planned for and has not joined is invited to the seat.
    "seatRelease": STAFF_MAIL,
    "seatLicencesExtend": STAFF_MAIL,
    "seatSuccessorSet": INSIDE,
    "seatChangeKind": STAFF_MAIL,
    "seatMove": STAFF_MAIL,  # So is the one who sits down there.
    "dayPassesAdd": INSIDE,
    "dayPassesRemove": INSIDE,
    "dayPassHolderSet": INSIDE,
    "dayPassHolderRemove": INSIDE,
    "intakeRuleCreate": INSIDE,
    "intakeRuleUpdate": INSIDE,
    "intakeRulesReorder": INSIDE,
    "intakeRuleArchive": INSIDE,
    "plannedInvitationCancel": INSIDE,
    "seasonDraft": INSIDE,
    "seasonSchedule": STAFF_MAIL,
    "seasonExtend": STAFF_MAIL,
    "seasonShorten": STAFF_MAIL,
    "seasonEnd": STAFF_MAIL,
    "seasonCancel": STAFF_MAIL,
    "seasonAddPeople": STAFF_MAIL,
    "seasonRemovePerson": STAFF_MAIL,
    "apiClientCreate": INSIDE,
    "apiClientRevoke": INSIDE,
}
"""GraphQL mutations. What they are played with are the inputs of `tests.api.graphql.test_every_mutation`."""


BY_LIGHT_AGENTS = {
    "ticketOpen",
    "ticketReceive",
    "ticketsImport",
    "ticketNote",
    "ticketDraft",
    "ticketAssign",
    "ticketResolve",
    "ticketReopen",
    "ticketClose",
    "ticketAccept",
    "ticketDecline",
    "ticketTakeNext",
    "draftReplace",
    "agentSetPresence",
}
"""Mutations that an agent on a light seat may do. What is left and reaches nobody is the owner's, on any seat."""

BY_PROGRAMS = {
    "orderCreate",
    "orderUpdate",
    "ordersImport",
    "customersImport",
    "ticketOpen",
    "ticketReceive",
    "callRoute",
    "callBackRequest",
    "callEnded",
    "callAnswered",
    "callUnanswered",
    "ticketsImport",
}
"""Mutations that an API client may do which has every scope."""

REFUSED = {"draftReturn"}
"""Mutations that stay inside and take a full seat all the same: who returns a draft is one who could have sent it."""


@dataclass(frozen=True)
class Route:
    """A route that somebody writes by: what it is sent, and the answer to whoever may go it.

    A route of the panel or of OAuth is sent a form, one of the API a JSON body. `at` says which of the things a part of
    the path is, if not that of its name. `answer` is what the owner on a light seat gets: what else than having done
    it, says why beside it. `light` is what agents on light seats get, `bearer` an API client and a personal token, and
    `first` whoever comes first of all to what can be done once.
    """

    reach: Reach
    sent: Mapping[str, object] = field(default_factory=dict)
    at: Mapping[str, str] = field(default_factory=dict)
    answer: int = 303
    light: int = 403
    bearer: int = 401
    first: int | None = None


LOOKS = frozenset(
    {
        "FILES /admin/static",
        "GET /admin/",
        "GET /admin/agents",
        "GET /admin/agents/invite",
        "GET /admin/agents/{agent}/capacities",
        "GET /admin/agents/{agent}/extension",
        "GET /admin/agents/{agent}/languages",
        "GET /admin/agents/{agent}/reactivate",
        "GET /admin/agents/{agent}/role",
        "GET /admin/agents/{agent}/shifts",
        "GET /admin/agents/{agent}/skills",
        "GET /admin/agents/{agent}/suspend",
        "GET /admin/agents/{agent}/teams",
        "GET /admin/agents/{pk}",
        "GET /admin/audit",
        "GET /admin/audit/{pk}",
        "GET /admin/channels",
        "GET /admin/clients",
        "GET /admin/clients/create",
        "GET /admin/clients/{client}/revoke",
        "GET /admin/clients/{pk}",
        "GET /admin/customers",
        "GET /admin/customers/{pk}",
        "GET /admin/dead-letters",
        "GET /admin/dead-letters/{job}/retry",
        "GET /admin/dead-letters/{pk}",
        "GET /admin/desk",
        "GET /admin/desk/lists",
        "GET /admin/desk/tickets/{number}",
        "GET /admin/intake",
        "GET /admin/intake/add",
        "GET /admin/intake/{rule}",
        "GET /admin/intake/{rule}/archive",
        "GET /admin/ivr",
        "GET /admin/invitation/{token}",
        "GET /admin/invitations",
        "GET /admin/invitations/{invitation}/resend",
        "GET /admin/invitations/{invitation}/revoke",
        "GET /admin/invitations/{pk}",
        "GET /admin/invoices",
        "GET /admin/invoices/next",
        "GET /admin/invoices/prices",
        "GET /admin/invoices/{invoice}/csv",
        "GET /admin/invoices/{pk}",
        "GET /admin/live",
        "GET /admin/live/stream",
        "GET /admin/orders",
        "GET /admin/orders/{pk}",
        "GET /admin/search",
        "GET /admin/seasons",
        "GET /admin/seasons/add",
        "GET /admin/seasons/line/{planned}/cancel",
        "GET /admin/seasons/people/{person}/remove",
        "GET /admin/seasons/{season}",
        "GET /admin/seasons/{season}/cancel",
        "GET /admin/seasons/{season}/days",
        "GET /admin/seasons/{season}/edit",
        "GET /admin/seasons/{season}/end",
        "GET /admin/seasons/{season}/people",
        "GET /admin/seats",
        "GET /admin/seats/add",
        "GET /admin/seats/passes",
        "GET /admin/seats/passes/add",
        "GET /admin/seats/passes/holder",
        "GET /admin/seats/passes/holders/{agent}/remove",
        "GET /admin/seats/passes/remove",
        "GET /admin/seats/taken/{assignment}/kind",
        "GET /admin/seats/taken/{assignment}/move",
        "GET /admin/seats/taken/{assignment}/release",
        "GET /admin/seats/taken/{assignment}/successor",
        "GET /admin/seats/{licence}/assign",
        "GET /admin/seats/{licence}/expire",
        "GET /admin/seats/{licence}/expire-all",
        "GET /admin/seats/{licence}/extend",
        "GET /admin/seats/{pk}",
        "GET /admin/sign-in",
        "GET /admin/statistics",
        "GET /admin/teams",
        "GET /admin/teams/{pk}",
        "GET /admin/teams/{team}/queue",
        "GET /admin/tickets",
        "GET /admin/tickets/{pk}",
        "GET /favicon.ico",
        "GET /graphql",
        "GET /livez",
        "GET /openapi.json",
        "GET /readyz",
    }
)
"""Routes that show something. The play asks for each and finds that the shop is as it was."""

AT_ONCE = {"when": "AT_ONCE", "last": ""}

PLAN = {
    "season": "Lato",
    "first_day": "2027-06-01",
    "last_day": "2027-06-30",
    "light": "2",
    "full": "0",
    "lead_days": "7",
    "role": "AGENT",
    "language": "PL",
}

RULE = {"rule": "Zwroty", "condition": "order.present", "priority": "7"}

WALK_IN = {"shop": "{shop}", "email": "{walk_in}", "password": "{password}"}

PROGRAM = {"client_id": "{client_id}", "client_secret": "{client_secret}"}

ENDLESS = frozenset({"GET /admin/live/stream"})
"""Those of LOOKS whose answer has no end: of these the head is asked for."""

ROUTES: Mapping[str, Route] = {
    # Without a document; MUTATIONS are what it can do.
    "POST /graphql": Route(FULL_SEAT, answer=400, light=400, bearer=400),
    "POST /oauth/token": Route(
        INSIDE, {**PROGRAM, "grant_type": "client_credentials"}, answer=200, light=200, bearer=200
    ),
    "POST /oauth/revoke": Route(INSIDE, {**PROGRAM, "token": "{access_token}"}, answer=200, light=200, bearer=200),
    # Whoever it is that asks, the credentials are those of somebody who comes in on a full day pass.
    "POST /auth/sign-in": Route(INSIDE, WALK_IN, answer=200, light=200),
    "POST /auth/sign-out": Route(INSIDE, answer=204, light=204),
    "POST /auth/tokens": Route(INSIDE, {"name": "script"}, answer=201, light=201),
    "DELETE /auth/tokens/{token_id}": Route(INSIDE, answer=204, light=404),
    "POST /auth/invitations/accept": Route(
        INSIDE, {"token": "{token}", "password": "{password}"}, first=200, answer=410, light=410, bearer=410
    ),
    "POST /admin/sign-in": Route(INSIDE, WALK_IN, light=303),
    "POST /admin/sign-out": Route(INSIDE, light=303),
    "POST /admin/invitation/{token}": Route(
        INSIDE, {"name": "Ewa", "password": "{password}", "repeat": "{password}"}, first=303, answer=410, light=410
    ),
    "POST /admin/language": Route(INSIDE, {"language": "PL"}, light=303),
    "POST /admin/seats/add": Route(
        STAFF_MAIL, {"kind": "FULL", "count": "1", "from": "2026-11-02", "to": "2026-11-30", "confirmed": "yes"}
    ),
    "POST /admin/seats/{licence}/assign": Route(STAFF_MAIL, {"agent": "{in_line}"}),
    "POST /admin/seats/{licence}/expire": Route(INSIDE, AT_ONCE),
    "POST /admin/seats/{licence}/expire-all": Route(INSIDE, {**AT_ONCE, "count": "1"}),
    "POST /admin/seats/{licence}/extend": Route(STAFF_MAIL, {"lasting": "FOR_GOOD"}),
    "POST /admin/seats/taken/{assignment}/kind": Route(STAFF_MAIL, {"how": "FREE"}, at={"assignment": "brief"}),
    "POST /admin/seats/taken/{assignment}/move": Route(
        STAFF_MAIL, {**AT_ONCE, "agent": "{in_line}", "work": "WITH_THE_SEAT"}
    ),
    "POST /admin/seats/taken/{assignment}/release": Route(STAFF_MAIL, AT_ONCE),
    "POST /admin/seats/taken/{assignment}/successor": Route(INSIDE, {"successor": "{boss}"}),
    "POST /admin/seats/passes/add": Route(INSIDE, {"kind": "LIGHT", "count": "2"}),
    "POST /admin/seats/passes/remove": Route(INSIDE, {"kind": "LIGHT", "count": "1"}),
    "POST /admin/seats/passes/holder": Route(INSIDE, {"agent": "{seatless}", "kind": "FULL"}),
    "POST /admin/seats/passes/holders/{agent}/remove": Route(INSIDE),
    "POST /admin/seasons/add": Route(INSIDE, PLAN),
    "POST /admin/seasons/{season}/edit": Route(INSIDE, {**PLAN, "version": "1"}, at={"season": "drafted"}),
    "POST /admin/seasons/{season}/schedule": Route(STAFF_MAIL, {"version": "1"}, at={"season": "drafted"}),
    "POST /admin/seasons/{season}/days": Route(
        STAFF_MAIL, {"last_day": "2027-01-15", "version": "2", "confirmed": "yes"}, at={"season": "december"}
    ),
    "POST /admin/seasons/{season}/people": Route(
        STAFF_MAIL, {"people": "Nowa <nowa@bombka.example>"}, at={"season": "running"}
    ),
    "POST /admin/seasons/{season}/end": Route(STAFF_MAIL, at={"season": "crowded"}),
    "POST /admin/seasons/{season}/cancel": Route(STAFF_MAIL, at={"season": "december"}),
    "POST /admin/seasons/people/{person}/remove": Route(STAFF_MAIL, at={"person": "crowded_person"}),
    "POST /admin/seasons/line/{planned}/cancel": Route(INSIDE, at={"planned": "held"}),
    "POST /admin/intake/add": Route(INSIDE, RULE),
    "POST /admin/intake/{rule}": Route(INSIDE, RULE),
    "POST /admin/intake/{rule}/up": Route(INSIDE),
    "POST /admin/intake/{rule}/down": Route(INSIDE),
    "POST /admin/intake/{rule}/archive": Route(INSIDE),
    "POST /admin/agents/invite": Route(
        STAFF_MAIL,
        {"email": "nowa@bombka.example", "name": "Nowa", "role": "AGENT", "language": "PL", "seat": "NONE"},
    ),
    "POST /admin/agents/{agent}/teams": Route(INSIDE, {"teams": "{team}"}),
    "POST /admin/agents/{agent}/skills": Route(INSIDE, {"skills": "{skill}"}),
    "POST /admin/agents/{agent}/shifts": Route(
        INSIDE, {"week": "2026-11-09", "from_2026-11-09_0": "08:00", "to_2026-11-09_0": "16:00"}
    ),
    "POST /admin/teams/{team}/queue": Route(INSIDE, {"raised": "2", "delay": "0:30"}),
    "POST /admin/agents/{agent}/extension": Route(INSIDE, {"extension": "107"}),
    "POST /admin/channels": Route(
        INSIDE,
        {
            **{f"weight_{channel}": "50" for channel in Channel},
            **{f"minutes_{channel}": "7" for channel in Channel},
        },
    ),
    "POST /admin/agents/{agent}/languages": Route(INSIDE, {"languages": "de", "senior": "yes"}),
    "POST /admin/agents/{agent}/capacities": Route(INSIDE, {"capacity_EMAIL": "3"}),
    "POST /admin/agents/{agent}/suspend": Route(STAFF_MAIL),
    "POST /admin/agents/{agent}/reactivate": Route(STAFF_MAIL, at={"agent": "kept_out"}),
    "POST /admin/agents/{agent}/role": Route(INSIDE, {"role": "SUPERVISOR"}),
    "POST /admin/invitations/{invitation}/resend": Route(STAFF_MAIL),
    "POST /admin/invitations/{invitation}/revoke": Route(STAFF_MAIL, at={"invitation": "crowded_invitation"}),
    "POST /admin/clients/create": Route(INSIDE, {"program": "ERP", "scopes": "tickets:open"}, answer=200),
    "POST /admin/clients/{client}/revoke": Route(INSIDE),
    "POST /admin/dead-letters/{job}/retry": Route(INSIDE),
    "POST /admin/desk/next": Route(INSIDE, light=303),
    "POST /admin/desk/presence": Route(INSIDE, {"presence": "ONLINE"}, light=303),
    "POST /admin/desk/tickets/{number}/take": Route(INSIDE, at={"number": "queued"}, first=303, light=409),
    "POST /admin/desk/tickets/{number}/accept": Route(INSIDE, light=409),
    "POST /admin/desk/tickets/{number}/decline": Route(
        STAFF_MAIL, {"reason": "x"}, at={"number": "untouched"}, light=409
    ),
    "POST /admin/desk/tickets/{number}/note": Route(INSIDE, {"body": "Dzień dobry"}, light=303),
    "POST /admin/desk/tickets/{number}/draft": Route(INSIDE, {"body": "Dzień dobry"}, light=303),
    "POST /admin/desk/tickets/{number}/hand-over": Route(INSIDE, {"to": "team:{team}", "reason": "x"}, light=409),
    "POST /admin/desk/tickets/{number}/resolve": Route(
        INSIDE, {"reason": "x", "evidence": "NOTE", "text": "x"}, light=409
    ),
    "POST /admin/desk/tickets/{number}/reopen": Route(INSIDE, {"reason": "x"}, at={"number": "resolved"}, light=303),
    "POST /admin/desk/tickets/{number}/call-over": Route(INSIDE, light=303),
    "POST /admin/desk/tickets/{number}/reply": Route(FULL_SEAT, {"body": "Dzień dobry"}, answer=403),
    "POST /admin/desk/tickets/{number}/drafts/{draft_id}/approve": Route(FULL_SEAT, answer=403),
    "POST /admin/desk/tickets/{number}/drafts/{draft_id}/return": Route(INSIDE, {"reason": "x"}, answer=403),
    "POST /admin/desk/tickets/{number}/drafts/{draft_id}/replace": Route(INSIDE, {"body": "Inaczej"}, light=409),
}
"""Routes of API, panel and desk by which something is written, but for what GraphQL does."""

TASKS: Mapping[str, Reach] = {
    "deliver_reply": FULL_SEAT,
    "expire_seats": STAFF_MAIL,
    "provision_seats": STAFF_MAIL,
    "keep_books": INSIDE,
    "prune": INSIDE,
    "remind_seats": STAFF_MAIL,
    "route_sweep": INSIDE,
    "send_invitation": STAFF_MAIL,
    "tell_of_alarms": INSIDE,
    "tell_somebody_of_alarms": STAFF_MAIL,
    "tell_of_seat_end": STAFF_MAIL,
    "tell_of_seat_ends": STAFF_MAIL,
}
"""What the workers do. One that writes to customers by itself is an automation: see `test_absent`."""

COMMANDS: Mapping[str, Reach] = {
    "api": FULL_SEAT,  # It serves ROUTES and MUTATIONS.
    "client create": INSIDE,
    "client revoke": INSIDE,
    "demo": STAFF_MAIL,
    "doctor": INSIDE,
    "import olist": INSIDE,  # As an API client, by the mutations that import.
    "import orders": INSIDE,
    "mail": INSIDE,
    "migrate": INSIDE,
    "permissions": INSIDE,
    "price set": INSIDE,
    "relay": INSIDE,
    "schema": INSIDE,
    "tenant create": STAFF_MAIL,
    "up": FULL_SEAT,  # It starts the others.
    "worker": FULL_SEAT,  # It runs TASKS.
}
"""The commands of `sezon`. None takes words for a customer: `test_code` reads that they use nothing that sends."""

WAYS_OUT: Mapping[str, set[str]] = {
    "workers/egress.py": {"aiosmtplib"},  # To customers, with a permit.
    "workers/staff_mail.py": {"aiosmtplib"},  # To the staff; an address of a customer is refused.
    "workers/actors/__init__.py": {"import_module"},  # Our own actors.
    "api/http/health.py": {"open_connection"},  # Is the broker there?
    "infra/commands/checks.py": {"aiosmtplib"},  # `sezon doctor` greets the mail server and hands it nothing.
    "infra/commands/imports/service.py": {"httpx2"},  # `sezon import` asks the API, as a client.
    "infra/commands/processes.py": {"execv"},  # Becomes the worker or the relay.
    "infra/check_python.py": {"__import__"},
    "infra/embedded/child.py": {"subprocess"},
    "infra/embedded/mail_sink.py": {"aiosmtpd", "create_server"},  # Takes every mail of the demo, delivers none.
    "infra/embedded/parts.py": {"urllib.request"},  # Is our own API there?
    "infra/embedded/ports.py": {"socket"},
    "infra/embedded/postgres.py": {"subprocess"},
    "infra/embedded/program.py": {"subprocess"},
    "infra/embedded/supervisor.py": {"subprocess"},
    "infra/embedded/tether.py": {"execv"},
    "infra/embedded/valkey.py": {"create_connection", "socket"},
    "infra/bench/arriving.py": {"httpx2"},
    "infra/bench/comparing.py": {"httpx2"},
    "infra/bench/driving.py": {"subprocess"},
    "infra/bench/endurance/ledger.py": {"httpx2"},  # Benchmarks are users of the API.
    "infra/bench/endurance/load.py": {"httpx2"},
    "infra/bench/endurance/staff.py": {"httpx2"},
    "infra/bench/endurance/trial.py": {"httpx2"},
    "infra/bench/people.py": {"httpx2"},
    "infra/bench/talking.py": {"create_connection"},
    "infra/bench/writes.py": {"httpx2"},
}
"""Modules that can open a connection, be connected to, or start a program; in the product, two send mail."""

HANDS: Mapping[str, set[str]] = {
    "domain/seats/rights.py": {"domain.seats.rights.OutboundPermit"},
    "domain/tickets/entries.py": {"domain.tickets.models.Entry"},  # Every kind but OUTBOUND, which it refuses.
    "domain/tickets/drafts.py": {"domain.tickets.outbound.reply"},
    "domain/tickets/outbound.py": {
        "domain.seats.rights.permit_outbound",
        "domain.tickets.jobs.DeliverReply",
        "domain.tickets.models.Delivery",
        "domain.tickets.models.Entry",
    },
    "api/graphql/writing/tickets.py": {  # ticketReply, draftApprove
        "domain.seats.rights.permit_outbound",
        "domain.tickets.drafts.approve",
        "domain.tickets.outbound.reply",
    },
    "admin/desk/deeds.py": {  # The same two as buttons.
        "domain.seats.rights.permit_outbound",
        "domain.tickets.drafts.approve",
        "domain.tickets.outbound.reply",
    },
    "workers/actors/deliver_reply.py": {
        "domain.tickets.outbound.bounce",
        "domain.tickets.outbound.prepare_delivery",
        "domain.tickets.outbound.settle",
        "workers.egress.send",
    },
    "domain/agents/invitations.py": {"domain.agents.jobs.SendInvitation"},
    "workers/actors/send_invitation.py": {"workers.staff_mail.StaffMail", "workers.staff_mail.send"},
    "workers/actors/tell_of_seat_end.py": {"workers.staff_mail.StaffMail", "workers.staff_mail.send"},
    "workers/actors/tell_somebody_of_alarms.py": {"workers.staff_mail.StaffMail", "workers.staff_mail.send"},
    "workers/actors/tell_of_seat_ends.py": {"workers.staff_mail.StaffMail", "workers.staff_mail.send"},
}
"""Modules that make, permit, carry or send words for a customer, or a mail to the staff, and by what."""
