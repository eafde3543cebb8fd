"""What a pass saw, as JSON that is small enough to keep: with it the pass can be made again, and comes out the same."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.agents.channels import Channel, Effort
from domain.agents.models import Presence
from domain.seats.models import SeatKind
from domain.tickets.routing import Candidate, Need

Written = dict[str, Any]

_ON_SHIFT, _EXPECTED, _SENIOR, _LENT = 1, 2, 4, 8


def written(candidates: Iterable[Candidate], efforts: Mapping[Channel, Effort]) -> Written:
    """The candidates and what items take. Teams, skills and capacities that several share are written once."""
    shared = _Shared()
    agents = [_agent(candidate, shared) for candidate in candidates]
    channels = {channel.value: [each.weight, each.work_minutes, each.exclusive] for channel, each in efforts.items()}
    return {"agents": agents, "shared": shared.values, "channels": channels}


def read(data: Written) -> tuple[list[Candidate], dict[Channel, Effort]]:
    """The candidates and efforts that were written."""
    efforts = {Channel(name): Effort(*values) for name, values in data["channels"].items()}
    return [_candidate(agent, data["shared"]) for agent in data["agents"]], efforts


def written_need(need: Need) -> Written:
    """What a ticket asked for; its team and channel stand beside it."""
    data: Written = {}
    if need.contact:
        data["contact"] = True
    if need.skills:
        data["skills"] = {str(skill_id): level for skill_id, level in need.skills}
    if need.language is not None:
        data["language"] = need.language
    if need.senior:
        data["senior"] = True
    if need.lines:
        data["lines"] = [str(team_id) for team_id in need.lines]
    if need.without:
        data["without"] = sorted(map(str, need.without))
    return data


def read_need(data: Written, *, channel: Channel, team_id: UUID) -> Need:
    """The need that was written."""
    skills = tuple(sorted((UUID(skill_id), level) for skill_id, level in data.get("skills", {}).items()))
    return Need(
        channel,
        team_id,
        data.get("contact", False),
        skills,
        data.get("language"),
        data.get("senior", False),
        tuple(map(UUID, data.get("lines", ()))),
        frozenset(map(UUID, data.get("without", ()))),
    )


class _Shared:
    """Values that are written once and named by their place."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._places: dict[Any, int] = {}

    def place(self, key: Any, value: Any) -> int:
        found = self._places.get(key)
        if found is None:
            found = self._places[key] = len(self.values)
            self.values.append(value)
        return found


def _agent(candidate: Candidate, shared: _Shared) -> list[Any]:
    teams = sorted(map(str, candidate.teams))
    skills = {str(skill_id): level for skill_id, level in sorted(candidate.skills.items())}
    languages = sorted(candidate.languages)
    capacity = _counts(candidate.capacity)
    can = shared.place((*teams, *skills.items(), *languages, *capacity.items()), [teams, skills, languages, capacity])
    flags = candidate.on_shift * _ON_SHIFT + candidate.expected * _EXPECTED
    flags += candidate.senior * _SENIOR + candidate.lent * _LENT
    return [
        str(candidate.agent_id),
        can,
        candidate.presence.value,
        candidate.seat,
        _counts(candidate.held),
        candidate.idle_since.isoformat(),
        candidate.given,
        candidate.present,
        flags,
    ]


def _candidate(agent: list[Any], shared: list[Any]) -> Candidate:
    id, can, presence, seat, held, idle_since, given, present, flags = agent
    teams, skills, languages, capacity = shared[can]
    return Candidate(
        agent_id=UUID(id),
        teams=frozenset(map(UUID, teams)),
        skills={UUID(skill_id): level for skill_id, level in skills.items()},
        languages=frozenset(languages),
        presence=Presence(presence),
        seat=SeatKind(seat) if seat is not None else None,
        capacity=_by_channel(capacity),
        held=_by_channel(held),
        idle_since=datetime.fromisoformat(idle_since),
        given=given,
        present=present,
        on_shift=bool(flags & _ON_SHIFT),
        expected=bool(flags & _EXPECTED),
        senior=bool(flags & _SENIOR),
        lent=bool(flags & _LENT),
    )


def _counts(counts: Mapping[Channel, int]) -> dict[str, int]:
    return {channel.value: count for channel, count in counts.items()}


def _by_channel(counts: Mapping[str, int]) -> dict[Channel, int]:
    return {Channel(name): count for name, count in counts.items()}
