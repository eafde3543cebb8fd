"""Who can open a connection at all, and who has a hand in what leaves: every module, read without running it."""

import ast
import re
from collections.abc import Mapping

from infra.commands.imports import graphql
from tests.silence import reading, register
from tests.silence.register import Reach

NEW = (
    "Modules have other ways out than tests/silence/register.py says. Mail to customers goes through workers/egress.py "
    "alone, mail to the staff through workers/staff_mail.py; what else a module needs stands in WAYS_OUT with a reason."
)
HANDLED = (
    "Other modules than tests/silence/register.py says have a hand in what leaves. Words reach a customer by "
    "domain/tickets/outbound.py alone, with a permit that takes a full seat. Is it a new path? Then classify it too."
)
WRITING = re.compile(
    r"\b(insert\s+into|update|delete\s+from|copy|merge\s+into)\s+(only\s+)?\"?(entry|delivery)\b", re.I
)


def test_only_egress_and_staff_mail_can_send_anything() -> None:
    found = {path: ways for path, tree in reading.modules().items() if (ways := reading.ways_out(tree))}
    assert found == register.WAYS_OUT, NEW
    product = {path: ways for path, ways in found.items() if not path.startswith("infra/")}
    assert [path for path, ways in product.items() if "aiosmtplib" in ways] == [
        "workers/egress.py",
        "workers/staff_mail.py",
    ]


def test_only_the_modules_named_have_a_hand_in_what_leaves() -> None:
    found = {path: used for path, tree in reading.modules().items() if (used := reading.hands(path, tree))}
    assert found == register.HANDS, HANDLED


def test_no_statement_in_words_writes_entries_or_deliveries() -> None:
    """A migration may change what is there, as the tables' owner; `app` may not even do that."""
    found = {
        path
        for path, tree in reading.modules().items()
        if any(WRITING.search(text) for text in reading.texts(tree)) and not path.startswith("migrations/")
    }
    assert found == set()


def test_a_mail_to_a_customer_is_due_at_once_and_never_later() -> None:
    """So nothing is scheduled: what waits is tried again, with the sender's seat looked at each time."""
    calls = [call for tree in reading.modules().values() for call in reading.calls(tree, "enqueue")]
    sending = [call for call in calls if "DeliverReply" in ast.unparse(call)]
    assert [ast.unparse(call) for call in sending] == ["outbox.enqueue(session, DeliverReply(entry.id), now=now)"]
    once = [call for tree in reading.modules().values() for call in reading.calls(tree, "enqueue_once")]
    assert not [call for call in once if "DeliverReply" in ast.unparse(call)]


def test_the_command_line_imports_by_mutations_that_stay_inside() -> None:
    fields = {kind.field for kind in vars(graphql).values() if isinstance(kind, graphql.Kind)}
    assert {field: register.MUTATIONS[field] for field in fields} == {
        "ordersImport": Reach.INSIDE,
        "ticketsImport": Reach.INSIDE,
    }


def test_the_reading_finds_every_way_that_it_knows() -> None:
    ways: Mapping[str, set[str]] = {
        "import smtplib": {"smtplib"},
        "import urllib.request as net": {"urllib.request"},
        "from urllib import request": {"urllib.request"},
        "from http.client import HTTPConnection": {"http.client"},
        "def later():\n    import httpx2": {"httpx2"},
        "import asyncio\nasyncio.open_connection": {"open_connection"},
        "from asyncio import open_connection": {"open_connection"},
        "from importlib import import_module": {"import_module"},
        "__import__('socket')": {"__import__"},
        "import urllib.parse": set(),
        "import socketio": set(),
    }
    for source, expected in ways.items():
        assert reading.ways_out(ast.parse(source)) == expected, source


def test_the_reading_finds_every_hand_that_it_knows() -> None:
    reply, entry = "domain.tickets.outbound.reply", "domain.tickets.models.Entry"
    cases: Mapping[str, set[str]] = {
        "from domain.tickets import outbound\nawait outbound.reply(session)": {reply},
        "from domain.tickets.outbound import reply as answer\nlater(answer)": {reply},
        "import domain.tickets.outbound\ndomain.tickets.outbound.reply()": {reply},
        "from domain.tickets import models\nmodels.Entry()": {entry},
        "from domain.tickets.models import Entry\ninsert(Entry).values()": {entry},
        "from domain.tickets.models import Entry\nbulk.add_new(session, Entry, rows)": {entry},
        "from domain.tickets.models import Entry\nselect(Entry.id, Entry)": set(),
        "from elsewhere import Entry\nEntry()": set(),
    }
    for source, expected in cases.items():
        tree = compile(source, "x", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        assert isinstance(tree, ast.Module)
        assert reading.hands("x.py", tree) == expected, source
