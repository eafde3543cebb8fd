"""Paths that do not exist, each told so that the day on which one appears is the day on which this fails."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from typing import Any, get_type_hints

import asyncpg
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType
from sqlalchemy import LargeBinary, insert
from sqlalchemy.exc import DBAPIError

from admin.lists.tellings import EVENTS
from api.graphql.schema import schema
from domain.kit.events import ActorKind
from domain.kit.ids import new_id
from domain.kit.settings import Settings
from domain.metadata import metadata
from domain.seats.models import SeatKind
from domain.tenants.permissions import Permission
from domain.tickets.intake.rules import Effects
from domain.tickets.models import Entry, EntryKind
from tests.conftest import NOW
from tests.servers import Servers
from tests.silence import enumerating, reading
from tests.silence.stage import Stage, Voice

ABSENT = {
    "attachments": r"attach|upload|blob|mime|document",
    "automations": r"automat|macro|trigger|workflow|webhook|(^|_)rules?($|_)|autorespon",
    "scheduled sends": r"(send|deliver|reply|mail)_?(at|on|after|later|until)$|schedule[ds]?_(send|mail|repl)|snooz",
    "inbound mail": r"imap|pop3|maildir|mailbox|(inbound|incoming|receiv\w*)_?(e?mail|address)|fetch_?mail",
    "other ways to a customer": r"(^|_)sms|push_?(message|notif)|newsletter|campaign|survey|broadcast|(^|_)notice",
}
"""Kinds of paths that the product does not have, and the words that it would have for them."""

MEANT_OTHERWISE = {
    "customer_mailbox": "inbound mail",  # The table of addresses that customers have had,
    "mailbox": "inbound mail",  # and what of an address it holds.
}
"""Names that have such a word and mean something else."""

INTAKE = re.compile(r"(\w+_)?intake_rules?(_\w+)?|rules?|rule_(dry_run|ids?|name)")
"""Names of the rules that say which team, priority, skill and tags a new ticket has: they can do `EFFECTS`."""

EFFECTS = {"team_id", "priority", "skills", "language", "needs_contact", "tags", "stops"}
"""All of it stays inside the shop; one more is a path to be looked at."""

MESSAGE = (
    "These names sound like {kind}, which did not exist when this was written: {names}. If that is what they are, it "
    "may be a path to a customer: it takes a permit whose owner sits on a full seat at that instant (see "
    "domain/tickets/outbound.py), and a place in tests/silence/register.py. If not, say so in MEANT_OTHERWISE."
)


def names() -> Iterator[str]:
    """Whatever has a name: GraphQL's types, fields and arguments, tables, events, jobs, rights, settings, modules."""
    for name, kind in schema()._schema.type_map.items():
        if name.startswith("__"):
            continue
        yield name
        if isinstance(kind, (GraphQLObjectType, GraphQLInputObjectType)):
            for field, declared in kind.fields.items():
                yield field
                yield from getattr(declared, "args", {})
        elif isinstance(kind, GraphQLEnumType):
            yield from kind.values
    for table in metadata.sorted_tables:
        yield table.name
        yield from (column.name for column in table.columns)
    for event, made in EVENTS.items():
        yield event
        yield from get_type_hints(made)
    yield from enumerating.tasks()
    yield from (permission.value for permission in Permission)
    yield from Settings.model_fields
    yield from enumerating.commands()
    for route in enumerating.routes():
        yield from re.split(r"[ /{}]+", route)
    for path in reading.modules():
        yield from re.split(r"[/.]", path.removesuffix(".py"))


def spelled(name: str) -> str:
    """A name in one way of writing: small letters, its words held apart."""
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower())


@pytest.mark.parametrize("kind", ABSENT)
def test_nothing_sounds_like_it(kind: str) -> None:
    found = {spelled(name) for name in names() if re.search(ABSENT[kind], spelled(name))}
    otherwise = INTAKE if kind == "automations" else re.compile("nothing")
    strange = sorted(name for name in found if MEANT_OTHERWISE.get(name) != kind and otherwise.fullmatch(name) is None)
    assert strange == [], MESSAGE.format(kind=kind, names=strange)


def test_a_rule_about_new_tickets_can_do_nothing_that_leaves_the_shop() -> None:
    assert {field.name for field in dataclasses.fields(Effects)} == EFFECTS


def test_the_words_find_what_they_are_for() -> None:
    examples = {
        "attachments": ("ticketAttachmentAdd", "attachments", "Upload", "document_id"),
        "automations": ("automationCreate", "macro", "run_trigger", "rule", "ticketRuleSet", "Webhook"),
        "scheduled sends": ("sendAt", "deliver_after", "replyLater", "scheduledSend", "snoozeUntil", "mail_at"),
        "inbound mail": ("imap_host", "inboundEmail", "mailbox", "received_mail"),
        "other ways to a customer": ("smsSend", "send_sms", "push_notification", "surveySend", "notice", "Campaign"),
    }
    for kind, found in examples.items():
        assert [name for name in found if not re.search(ABSENT[kind], spelled(name))] == []
    ordinary = ("sent_at", "due_at", "created_at", "seasonSchedule", "SCHEDULED", "receivedAt", "address", "addresses")
    assert [(n, k) for n in ordinary[1:] for k, words in ABSENT.items() if re.search(words, spelled(n))] == []


def test_no_row_and_no_form_holds_a_file() -> None:
    binary = [f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns
              if isinstance(column.type, LargeBinary)]  # fmt: skip
    assert binary == []
    forms = [call for tree in reading.modules().values() for call in reading.calls(tree, "form")]
    asked = [{keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords} for call in forms]
    assert len(asked) > 3
    assert [given for given in asked if given.get("max_files") != "0"] == []


async def test_a_file_that_is_sent_is_taken_by_nobody(stage: Stage) -> None:
    routes = ("/admin/desk/tickets/1/draft", "/admin/desk/tickets/1/reply", "/graphql")
    for voice in (Voice.LIGHT, Voice.BOSS, Voice.FULL):
        for path in routes:
            headers = {"Origin": "http://127.0.0.1:8000", **stage.headers(voice)}
            files = {"body": ("letter.txt", b"Words for a customer", "text/plain")}
            answer = await stage.http.post(path, files=files, headers=headers)
            assert answer.status_code == (415 if path == "/graphql" else 400)
    await stage.work()
    assert await stage.left() == []


def test_no_input_says_who_wrote_or_sent_or_of_which_kind_an_entry_is() -> None:
    """So no import and no bulk can bring in words as if they had been sent."""
    forbidden = re.compile(r"^(sender|author)|EntryKind|DeliveryState|ActorKind")
    found = [
        f"{name}.{field}"
        for name, kind in schema()._schema.type_map.items()
        if isinstance(kind, GraphQLInputObjectType)
        for field, declared in kind.fields.items()
        if forbidden.search(field) or forbidden.search(str(declared.type).strip("[]!"))
    ]
    assert found == []


def test_nothing_here_listens_for_mail() -> None:
    """The one server of mail is the demo's, which keeps what others send as files."""
    listening = {"aiosmtpd", "imaplib", "poplib", "create_server", "start_server", "socketserver"}
    found = {path for path, tree in reading.modules().items() if reading.ways_out(tree) & listening}
    assert found == {"infra/embedded/mail_sink.py"}


BY_MEMBER = 'ck_entry_outbound_by_member"'
OWN_SEAT = "fk_entry_tenant_id_sender_assignment_id_sender_agent_id_"


@pytest.mark.parametrize(
    ("author", "sender", "rule"),
    [
        (ActorKind.SYSTEM, "the owner of the rule", BY_MEMBER),
        (ActorKind.CLIENT, "the owner of the rule", BY_MEMBER),
        (ActorKind.CUSTOMER, "the owner of the rule", BY_MEMBER),
        (ActorKind.MEMBER, "nobody", 'ck_entry_sender"'),
        (ActorKind.MEMBER, "the light agent", 'ck_entry_sender_is_full"'),
        (ActorKind.MEMBER, "the light agent, said to be full", OWN_SEAT),
        (ActorKind.MEMBER, "the light agent on the owner's seat", OWN_SEAT),
    ],
)
async def test_whatever_writes_to_a_customer_must_name_somebodys_own_full_seat(
    author: ActorKind, sender: str, rule: str, stage: Stage
) -> None:
    """So a rule that answers because of what a light agent did can only do it in the name of its full owner."""
    owner, light = stage.full, stage.script.populated.light
    seats: dict[str, tuple[Any, Any, Any]] = {
        "the owner of the rule": (owner.assignment_id, owner.agent_id, SeatKind.FULL),
        "nobody": (None, None, None),
        "the light agent": (light.assignment_id, light.agent_id, SeatKind.LIGHT),
        "the light agent, said to be full": (light.assignment_id, light.agent_id, SeatKind.FULL),
        "the light agent on the owner's seat": (owner.assignment_id, light.agent_id, SeatKind.FULL),
    }
    with pytest.raises(DBAPIError, match=rule):
        await add(stage, author, light.member_id if author is ActorKind.MEMBER else None, seats[sender])
    assert await stage.left() == []


async def test_what_names_its_owner_goes_in_under_that_name(stage: Stage) -> None:
    owner, light = stage.full, stage.script.populated.light
    seat = (owner.assignment_id, owner.agent_id, SeatKind.FULL)
    await add(stage, ActorKind.MEMBER, light.member_id, seat)
    assert await stage.left() == ["1 outbound entries"]


async def add(stage: Stage, author: ActorKind, author_id: object, seat: tuple[Any, Any, Any]) -> None:
    """An outbound entry as `app` would write it past every check in the code."""
    assignment_id, agent_id, kind = seat
    async with stage.database.writing(stage.tenant_id) as session:
        await session.execute(
            insert(Entry).values(
                tenant_id=stage.tenant_id,
                id=new_id(),
                ticket_id=stage.script.things["ticket"],
                kind=EntryKind.OUTBOUND,
                body="Hello",
                at=NOW,
                author_kind=author,
                author_id=author_id,
                sender_assignment_id=assignment_id,
                sender_agent_id=agent_id,
                sender_kind=kind,
            )
        )


async def test_the_database_does_nothing_by_itself_and_only_the_application_writes_what_is_sent(
    servers: Servers,
) -> None:
    connection = await asyncpg.connect(servers.superuser_url)
    try:
        triggers = await connection.fetch("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")
        rules = await connection.fetch("SELECT rulename FROM pg_rules WHERE schemaname = 'public'")
        writing = await connection.fetch(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            r" AND prosrc ~* '(insert\s+into|update)\s+\S*(entry|delivery|outbox)'"
        )
        grants = await connection.fetch(
            "SELECT DISTINCT table_name, grantee, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_name IN ('entry', 'delivery') AND privilege_type <> 'SELECT' AND grantee <> 'owner'"
            " ORDER BY 1"
        )
        columns = await connection.fetch(
            "SELECT DISTINCT table_name, grantee, column_name FROM information_schema.column_privileges"
            " WHERE table_name IN ('entry', 'delivery') AND privilege_type = 'UPDATE' AND grantee <> 'owner' ORDER BY 3"
        )
    finally:
        await connection.close()
    assert (triggers, rules, writing) == ([], [], [])
    assert [tuple(row) for row in grants] == [("delivery", "app", "INSERT"), ("entry", "app", "INSERT")]
    assert [tuple(row) for row in columns] == [("delivery", "app", "settled_at"), ("delivery", "app", "state")]
