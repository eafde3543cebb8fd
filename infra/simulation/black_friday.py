"""A Black Friday of a shop: how its contacts are spread over the day is real, the shop is not.

Mail, chat, forms and marketplace messages come as a marketplace's orders came hour by hour on 24 November 2017 and in
the evening before; calls as a call centre's on the Monday on which most came, while the shop is open. How many there
are, what about, how long they take and who is there is ours. All of it follows from the seed.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path
from random import Random
from uuid import UUID

from domain.agents.channels import DEFAULT_EFFORT, Channel
from domain.seats.models import SeatKind
from domain.tickets.routing import Need
from infra.simulation.world import Person, Scenario, Shift, Ticket, named

ORDERS = Path("arrivals/olist_random_sample_hourly.csv.gz")
CALLS = Path("arrivals/bank_calls_5min_2003.csv.gz")
MIDNIGHT = datetime(2017, 11, 24, tzinfo=UTC)
NIGHT = timedelta(hours=2)
"""Before midnight the last of the crew has gone: what comes from then on waits for the morning."""

CALL_DAY = "2003-03-03"
SPREAD = 0.6
"""Of the logarithm of how long an item takes, which is lognormal around the channel's usual minutes."""

AFTER = timedelta(hours=48)
"""The next day's crew finishes what is left."""

REGULARS = 0.35
"""The share of contacts by customers who have written before, of whom there are BUYERS."""

BUYERS = 150


@dataclass(frozen=True)
class Mix:
    """A channel's share of a hundred contacts, and within how many minutes work on one is to begin."""

    share: int
    within: int


MIX = {
    Channel.EMAIL: Mix(40, 480),
    Channel.CHAT: Mix(20, 2),
    Channel.PHONE: Mix(20, 1),
    Channel.FORM: Mix(12, 480),
    Channel.MARKETPLACE: Mix(8, 480),
}


@dataclass(frozen=True)
class About:
    """A topic as a new shop of the product has it, and its share of a hundred contacts."""

    key: str
    share: int
    team: str
    contact: bool
    skill: str | None = None
    priority: int = 0
    talks: bool = True
    """Whether anybody calls or chats about it; else they write."""


TOPICS = (
    About("delivery", 40, "first-line", contact=True, skill="delivery"),
    About("question", 25, "first-line", contact=True),
    About("complaint", 10, "second-line", contact=True, priority=1),
    About("payment", 15, "accounting", contact=False, skill="payments", talks=False),
    About("return", 10, "warehouse", contact=False, skill="returns", talks=False),
)


@dataclass(frozen=True)
class Crew:
    """People who are alike, and in which hours each is there."""

    title: str
    teams: tuple[str, ...]
    hours: tuple[tuple[int, int], ...]
    skills: tuple[str, ...] = ()
    seat: SeatKind = SeatKind.FULL


CREWS = (
    Crew("regular", ("first-line",), ((7, 15), (8, 16), (8, 16), (9, 17), (12, 20), (14, 22)), ("delivery",)),
    Crew("part-time", ("first-line",), ((9, 13), (10, 14), (12, 16), (16, 20), (17, 22)), ("delivery",)),
    Crew("new, part-time", ("first-line",), ((11, 15), (17, 21))),
    Crew("second line", ("second-line", "first-line"), ((8, 16), (12, 20), (14, 22)), ("delivery",)),
    Crew("light, accounting", ("accounting",), ((7, 15), (10, 14)), ("payments",), SeatKind.LIGHT),
    Crew("light, warehouse", ("warehouse", "accounting"), ((8, 16), (14, 20)), ("returns", "payments"), SeatKind.LIGHT),
)


def scenario(data: Path, *, contacts: int, seed: int) -> Scenario:
    """So many contacts of the day and the night before it."""
    random = Random(seed)  # noqa: S311
    orders, calls = _hourly(data / ORDERS), _calls(data / CALLS)
    arrivals = list(_arrivals(contacts, orders, calls, random))
    tickets = [_ticket(place, channel, at, random) for place, (channel, at) in enumerate(arrivals)]
    return Scenario("Black Friday", tickets, people(), DEFAULT_EFFORT, MIDNIGHT + AFTER, MIDNIGHT.date())


def _hourly(file: Path) -> dict[int, float]:
    """Orders by hour from midnight; the evening before has negative hours."""
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        orders = {row["hour"]: float(row["orders_in_sample"]) for row in csv.DictReader(lines)}
    hours = range(-int(NIGHT / timedelta(hours=1)), 24)
    return {hour: orders[f"{MIDNIGHT + timedelta(hours=hour):%Y-%m-%d %H:%M:%S}"] for hour in hours}


def _calls(file: Path) -> dict[int, float]:
    """Calls by hour, while somebody is there to answer."""
    found: Counter[int] = Counter()
    with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            at = row["DateTime"]
            if at.startswith(CALL_DAY) and 8 <= int(at[11:13]) < 20:
                found[int(at[11:13])] += int(row["Calls"])
    return {hour: float(calls) for hour, calls in sorted(found.items())}


def _arrivals(
    contacts: int, orders: Mapping[int, float], calls: Mapping[int, float], random: Random
) -> Iterator[tuple[Channel, datetime]]:
    open_hours = {hour: many for hour, many in orders.items() if 8 <= hour < 21}
    found = []
    for channel, mix in MIX.items():
        pattern = calls if channel is Channel.PHONE else open_hours if channel is Channel.CHAT else orders
        hours = random.choices(list(pattern), list(pattern.values()), k=contacts * mix.share // 100)
        found += [(MIDNIGHT + timedelta(hours=hour, seconds=random.randrange(3600)), channel) for hour in hours]
    return ((channel, at) for at, channel in sorted(found))


def _ticket(place: int, channel: Channel, at: datetime, random: Random) -> Ticket:
    talks = channel in (Channel.CHAT, Channel.PHONE)
    topics = [topic for topic in TOPICS if topic.talks or not talks]
    [topic] = random.choices(topics, [each.share for each in topics])
    minutes = random.lognormvariate(log(DEFAULT_EFFORT[channel].work_minutes) - SPREAD**2 / 2, SPREAD)
    regular = random.random() < REGULARS
    return Ticket(
        id=named("black friday", place),
        customer=f"regular {random.randrange(BUYERS)}" if regular else f"new {place}",
        arrived=at,
        due=at + timedelta(minutes=MIX[channel].within),
        need=Need(channel, named(topic.team), topic.contact, _skills([topic.skill] if topic.skill else [])),
        work=timedelta(seconds=max(30, round(minutes * 60))),
        priority=topic.priority,
    )


def _skills(names: Sequence[str]) -> tuple[tuple[UUID, int], ...]:
    return tuple(sorted((named("skill", name), 1) for name in names))


def people() -> list[Person]:
    """Everybody, on both days at the same hours."""
    return [
        Person(
            id=named("crew", crew.title, place),
            name=f"{crew.title} {begins}–{ends}",
            teams=frozenset(map(named, crew.teams)),
            shifts=tuple(_shift(day, begins, ends) for day in (0, 1)),
            skills=dict(_skills(crew.skills)),
            seat=crew.seat,
        )
        for crew in CREWS
        for place, (begins, ends) in enumerate(crew.hours)
    ]


def _shift(day: int, begins: int, ends: int) -> Shift:
    midnight = MIDNIGHT + timedelta(days=day)
    return Shift(midnight + timedelta(hours=begins), midnight + timedelta(hours=ends))
