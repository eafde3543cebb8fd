"""What the live page shows of a shop, part by part: the same whether a page is opened or an open one is told."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from admin.live.charts import expected_said, flow_of, since, waits_of
from admin.live.watching import Parts
from admin.pages import part
from admin.statistics.words import number, waited
from domain.agents.models import Presence
from domain.kit.errors import Language
from domain.tickets.live import Live

PLACES = ("figures", "waits", "flow", "queues", "alarms", "episodes", "agents")
"""The parts of the page, each of which has a template and a place."""

MOST_AGENTS = 200
"""How many agents the page names."""


def draw(live: Live, language: Language, root: str) -> Parts:
    """Each part as HTML in the language."""
    zone = ZoneInfo(live.timezone)
    here = [one for one in live.agents if one.presence is not Presence.OFFLINE or any(each.held for each in one.holds)]
    values = {
        "live": live,
        "flow": flow_of(live.quarters, zone=zone),
        "waits": waits_of(live, language),
        "agents": here[:MOST_AGENTS],
        "more": max(0, len(here) - MOST_AGENTS),
        "oldest": min((queue.oldest for queue in live.queues if queue.oldest is not None), default=None),
        "at_work": _count(live, Presence.ONLINE),
        "away": _count(live, Presence.AWAY),
        "gone": len(live.agents) - len(here),
        "clock": partial(clock, zone),
        "number": number,
        "waited": lambda then: waited(language, since(live.at, then)),
        "expected": partial(expected_said, language),
    }
    return {name: part(f"live/{name}.html", language=language, zone=zone, root=root, **values) for name in PLACES}


def clock(zone: ZoneInfo, at: datetime) -> str:
    """The time of day in a zone."""
    return f"{at.astimezone(zone):%H:%M}"


def _count(live: Live, presence: Presence) -> int:
    return sum(one.presence is presence for one in live.agents)
