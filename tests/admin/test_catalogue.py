"""What the panel says: nothing is missing in either language, nothing is left over, nothing is said past it."""

import ast
import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

import admin.app
from admin.billing.sheet import COLUMNS
from admin.catalogue import WORDS
from admin.lists.routes import VIEWS
from admin.lists.tellings import EVENTS, FORMER
from admin.menu import ITEMS
from domain.agents import jobs as agents_jobs
from domain.agents.channels import Channel
from domain.agents.roles import Role
from domain.billing import jobs as billing_jobs
from domain.kit.base import Aggregate
from domain.kit.errors import Language
from domain.kit.outbox import Job
from domain.orders.fulfilment import WhereaboutsCode
from domain.seats import jobs as seats_jobs
from domain.seats.models import SeatKind
from domain.seats.passes import PassUse
from domain.tickets import jobs as tickets_jobs

HERE = Path(admin.__file__).parent
TEMPLATES = sorted((HERE / "templates").rglob("*.html"))
MODULES = [path for path in sorted(HERE.rglob("*.py")) if path.parent.name != "catalogue"]

SAME = frozenset(
    {
        "Agent", "E-mail", "English", "Menu", "Panel", "SKU", "Senior", "Sezon", "Status", "Token", "polski",
        "{minutes} min", "{hours} h {minutes} min", "{hours} h",
    }
)  # fmt: skip
"""What is spelled alike in both languages."""

NAMES = frozenset({"Sezon", "client_id", "client_secret"})
"""Names, which no language translates: ours, and those of OAuth."""

NAMED_AT_RUN_TIME = {
    *(f"list_{view.path}" for view in VIEWS),
    *(f"empty_{view.path}" for view in VIEWS),
    *(f"search_{view.path}" for view in VIEWS if view.search_kind is not None),
    *(column.word for view in VIEWS for column in view.columns),
    *(item.word for item in ITEMS),
    *(f"event_{name}" for name in EVENTS),
    *(f"data_{name}" for event in EVENTS.values() for name in get_type_hints(event)),
    *(f"data_{name}" for _, name in FORMER),
    *(f"thing_{aggregate.__tablename__}" for aggregate in Aggregate.__subclasses__()),
    "thing_tenant",
    *(f"thing_{table}" for table in ("price", "prepaid_entry", "invoice")),
    *(f"sheet_{name}" for name in COLUMNS),
    *(f"measure_{measure}" for measure in ("second", "day", "pass")),
    *(f"seats_{kind.name}" for kind in SeatKind),
    "thing_season_person",
    *(value.value for kind in (Role, SeatKind) for value in kind),
    *(f"why_{code.name}" for code in WhereaboutsCode),
    *(f"day_pass_{use.name}" for use in PassUse),
    *(f"licence_{kind.name}" for kind in SeatKind),
    *(f"licence_hint_{kind.name}" for kind in SeatKind),
    *(
        f"job_{job.actor}"
        for module in (agents_jobs, seats_jobs, tickets_jobs, billing_jobs)
        for job in vars(module).values()
        if isinstance(job, type) and issubclass(job, Job) and job is not Job
    ),
}
"""Words whose keys are put together from names of the code, all of which there must be."""


def _enums() -> Iterator[type[Enum]]:
    """The enums of which the catalogue has a word, and those that events hold."""
    kinds = {key.partition(".")[0] for key in WORDS[Language.EN] if "." in key}
    waiting = [Enum]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            waiting.append(kind)
            if kind.__module__.partition(".")[0] in ("domain", "admin") and kind.__name__ in kinds:
                yield kind
    for event in EVENTS.values():
        for hint in get_type_hints(event).values():
            for kind in (hint, *get_args(hint)):
                if isinstance(kind, type) and issubclass(kind, Enum):
                    yield kind


def _said_in(template: str) -> set[str]:
    return set(re.findall(r'say\(\s*"([^"]+)"\s*[,)]', template))


def _said_by(module: Path) -> set[str]:
    said = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            said |= {arg.value for arg in node.args[1:2] if isinstance(arg, ast.Constant)}
    return {key for key in said if isinstance(key, str)}


@pytest.mark.parametrize("language", list(Language))
def test_every_word_that_is_said_is_in_the_catalogue(language: Language) -> None:
    said = NAMED_AT_RUN_TIME | {f"{kind.__name__}.{member.name}" for kind in _enums() for member in kind}
    for template in TEMPLATES:
        said |= _said_in(template.read_text())
    for module in MODULES:
        said |= _said_by(module)
    assert sorted(said - WORDS[language].keys()) == []


def test_every_word_of_the_catalogue_is_said() -> None:
    source = "\n".join(path.read_text() for path in (*TEMPLATES, *MODULES))
    quoted = set(re.findall(r"""["']([\w.-]+)["']""", source))
    begun = {start for start in re.findall(r'"([a-z_]+_)" ~|f"([a-z_]+_)\{', source) for start in start if start}
    enums = {f"{kind.__name__}.{member.name}" for kind in _enums() for member in kind}
    unsaid = {
        key
        for key in WORDS[Language.EN].keys() - NAMED_AT_RUN_TIME - enums - quoted
        if not key.startswith((*begun, "done_", "move_", "part_")) and _without_number(key) not in quoted
    }
    assert sorted(unsaid) == []


def _without_number(key: str) -> str:
    """Of what a key is the form beside a number: `desk_more_few` of `desk_more`."""
    return re.sub(r"_(one|few|many)$", "", key)


def test_every_reason_for_which_a_ticket_moves_has_its_word() -> None:
    lifecycle = HERE.parent / "domain" / "tickets"
    reasons = set()
    for module in sorted(lifecycle.glob("*.py")):
        for node in ast.walk(ast.parse(module.read_text())):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            given: list[ast.expr] = []
            if called in ("assign", "queue"):
                given = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
            if called == "Move":
                given = node.args[2:3]
            reasons |= {str(each.value) for each in given if isinstance(each, ast.Constant)}
    moved = {f"move_{reason.replace(' ', '_')}" for reason in reasons}
    assert {"move_routed", "move_handed_over", "move_opened", "move_replied"} <= moved
    assert sorted(moved - WORDS[Language.EN].keys()) == []


def test_both_languages_say_everything_with_the_same_blanks() -> None:
    for key, english in WORDS[Language.EN].items():
        polish = WORDS[Language.PL][key]
        assert english.strip() == english != ""
        assert polish.strip() == polish != ""
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", polish)), key


def test_nothing_was_left_untranslated() -> None:
    alike = {
        english
        for key, english in WORDS[Language.EN].items()
        if english == WORDS[Language.PL][key] and re.search(r"[^\W\d_]", re.sub(r"{\w+}", "", english))
    }
    assert sorted(alike - SAME) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(HERE)))
def test_a_template_says_nothing_of_its_own(template: Path) -> None:
    """No letter outside tags, and none in an attribute that people read or hear; keys and code are their own."""
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(), flags=re.DOTALL)
    heard = re.findall(r'\b(?:aria-label|placeholder|title|alt|aria-description)="([^"]*)"', source)
    unseen = re.sub(r'<(kbd|code)\b[^>]*>.*?</\1>|[\w-]+="[^"]*"', "", source)
    visible = re.sub(r"<[^>]*>", " ", unseen)
    words = re.findall(r"[^\W\d]+", " ".join([visible, *heard]))
    assert [word for word in words if word not in NAMES] == []


@pytest.mark.parametrize("language", list(Language))
def test_one_thing_has_one_word(language: Language) -> None:
    words = WORDS[language]
    for channel in Channel:
        assert words[f"field_capacity_{channel.value}"] == words[f"Channel.{channel.name}"]
    states = [
        {said for key, said in words.items() if key.startswith(f"{kind}.")} for kind in ("TicketState", "Presence")
    ]
    assert states[0] & states[1] == set()


def test_a_failed_job_is_one_thing_in_polish() -> None:
    jobs = {key: said for key, said in WORDS[Language.PL].items() if "retr" in key.lower() or key.startswith("do_job")}
    assert [said for said in jobs.values() if re.search(r"\bprac[aęy]\b", said, re.IGNORECASE)] == []


def test_quotation_marks_are_those_of_the_language() -> None:
    assert [said for said in WORDS[Language.PL].values() if "“" in said] == []
    assert [said for said in WORDS[Language.EN].values() if "„" in said] == []
    assert [template.name for template in TEMPLATES if re.search("[„“”]", template.read_text())] == []
