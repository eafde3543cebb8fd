"""The log of an Italian software house's help desk, as tickets and people.

What the log says: who did what on which case, and when it was done. From it follow
- a case's spells in hands: from its first event, or from the first after it was resolved, until it is resolved;
- work: an event that ends some was worked on since its agent's or its case's last event, whichever is later, of the
  same day (an agent works on one thing at a time), for at most four hours and at least a minute a spell;
- rest: what else of the spell's time it was in hands, waiting for the customer or for its turn;
- ability: who has taken or resolved a case of a product can do that product;
- shifts: on a day on which somebody has done anything, that person was there in the desk's hours, and from the first
  to the last thing done where that is more.
The log says no priorities and no promises; the product's usual one is taken.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from uuid import UUID

from domain.agents.channels import Channel, Effort
from domain.tickets.opening import ANSWER_WITHIN
from domain.tickets.routing import Need
from infra.simulation.running import Outcome
from infra.simulation.world import NONE, Course, Person, Scenario, Shift, Ticket, named

FILE = Path("tickets/italian_helpdesk_eventlog.csv.gz")
OPENS, CLOSES = time(7), time(16)
"""The desk's hours by the log's clock, between which nearly all of it happened."""

TOOK, RESOLVED, CLOSED = "Take in charge ticket", "Resolve ticket", "Closed"
ENDS_WORK = frozenset({RESOLVED, "Wait", "Require upgrade", "Create SW anomaly", "Resolve SW anomaly"})
LONGEST, SHORTEST = timedelta(hours=4), timedelta(minutes=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
DESK = named("help desk")
MOST = 10
"""Tickets of each channel in hands at once, as the product has it for mail."""


@dataclass(frozen=True)
class Done:
    """A line of the log; `work` is how long its agent was at it."""

    case: str
    what: str
    who: str
    at: datetime
    customer: str
    product: str
    work: timedelta = NONE


def read(file: Path) -> list[Done]:
    """The log in the order of time."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        rows = [_done(row) for row in csv.DictReader(lines)]
    return _with_work(sorted(rows, key=lambda row: row.at))


def _done(row: dict[str, str]) -> Done:
    at = datetime.strptime(row["Complete Timestamp"], "%Y/%m/%d %H:%M:%S.%f").replace(tzinfo=UTC)
    return Done(row["Case ID"], row["Activity"], row["Resource"], at, row["customer"], row["product"])


def _with_work(rows: Iterable[Done]) -> list[Done]:
    told: list[Done] = []
    of_agent: dict[str, datetime] = {}
    of_case: dict[str, datetime] = {}
    for row in rows:
        begun = max(of_agent.get(row.who, LONG_AGO), of_case.get(row.case, LONG_AGO))
        known = begun.date() == row.at.date() and row.what in ENDS_WORK
        work = min(row.at - begun, LONGEST) if known else NONE
        told.append(Done(row.case, row.what, row.who, row.at, row.customer, row.product, work))
        of_agent[row.who] = of_case[row.case] = row.at
    return told


def spells(rows: Iterable[Done]) -> Iterator[list[Done]]:
    """What happened to each case from when it came until it was resolved, and again from when it came back.

    Of the same case, a spell begins with anything but another resolving or closing.
    """
    cases: dict[str, list[list[Done]]] = defaultdict(lambda: [[]])
    for row in rows:
        of_case = cases[row.case]
        if row.what == CLOSED:
            continue
        if of_case[-1] and of_case[-1][-1].what == RESOLVED and row.what != RESOLVED:
            of_case.append([])
        of_case[-1].append(row)
    return (spell for of_case in cases.values() for spell in of_case if spell)


def scenario(rows: Sequence[Done]) -> Scenario:
    """The whole log."""
    tickets = [_ticket(spell) for spell in spells(rows)]
    usual = sum((each.work for each in tickets), NONE) / len(tickets)
    efforts = {Channel.EMAIL: Effort(weight=100 // MOST, work_minutes=round(usual.total_seconds() / 60))}
    return Scenario("Help desk", tickets, _people(rows), efforts, rows[-1].at + timedelta(days=1))


def _ticket(spell: Sequence[Done]) -> Ticket:
    first, last = spell[0], spell[-1]
    work = max(SHORTEST, sum((row.work for row in spell), NONE))
    taken = next((row.at for row in spell if row.what == TOOK), first.at)
    return Ticket(
        id=named("ticket", first.case, first.at),
        customer=first.customer,
        arrived=first.at,
        due=first.at + ANSWER_WITHIN,
        need=Need(Channel.EMAIL, DESK, contact=True, skills=((named("product", first.product), 1),)),
        work=work,
        rests=max(NONE, last.at - taken - work),
    )


def _people(rows: Iterable[Done]) -> list[Person]:
    products: dict[str, set[str]] = defaultdict(set)
    days: dict[str, dict[date, list[datetime]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row.what in (TOOK, RESOLVED):
            products[row.who].add(row.product)
        if row.what != CLOSED:
            days[row.who][row.at.date()].append(row.at)
    return [
        Person(
            id=named("agent", who),
            name=who.removeprefix("Value "),
            teams=frozenset({DESK}),
            shifts=tuple(_shift(day, moments) for day, moments in sorted(days[who].items())),
            skills={named("product", product): 1 for product in sorted(products[who])},
            capacity={Channel.EMAIL: MOST},
        )
        for who in sorted(products, key=lambda who: int(who.removeprefix("Value ")))
    ]


def _shift(day: date, moments: Sequence[datetime]) -> Shift:
    opens, closes = (datetime.combine(day, at, tzinfo=UTC) for at in (OPENS, CLOSES))
    return Shift(min(opens, *moments), max(closes, *(moment + SHORTEST for moment in moments)))


def as_it_was(told: Scenario, rows: Sequence[Done]) -> Outcome:
    """What became of the same tickets in the log: given to whoever first took the case in charge, who did it all."""
    people = {person.id for person in told.people}
    worked: dict[UUID, dict[date, timedelta]] = {person.id: {} for person in told.people}
    courses = []
    for ticket, spell in zip(told.tickets, spells(rows), strict=True):
        taken = next((row for row in spell if row.what in (TOOK, RESOLVED) and named("agent", row.who) in people), None)
        course = Course(ticket)
        if taken is not None:
            course.agent_id, course.assigned = named("agent", taken.who), taken.at
            course.begun = taken.at - taken.work
            course.released = spell[-1].at
        courses.append(course)
        for row in spell:
            if (of_agent := worked.get(named("agent", row.who))) is not None:
                of_agent[row.at.date()] = of_agent.get(row.at.date(), NONE) + row.work
    courses.sort(key=lambda course: (course.ticket.arrived, course.ticket.id))
    _remember(courses)
    return Outcome(courses, worked)


def _remember(courses: Iterable[Course]) -> None:
    """Note of each whom its customer knew when it was given."""
    given = sorted((each for each in courses if each.assigned is not None), key=_when)
    known: dict[str, UUID] = {}
    for course in given:
        course.previous_id = known.get(course.ticket.customer)
        if course.agent_id is not None:
            known[course.ticket.customer] = course.agent_id


def _when(course: Course) -> datetime:
    return course.assigned or course.ticket.arrived
