"""What a pass saw, as JSON that is small enough to keep: with it the pass can be made again, and comes out the same."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.agents.channels import Channel, Effort
from domain.agents.models import Presence
from domain.seats.models import SeatKind
from domain.tickets.routing import Abilities, Candidate, Need

Written = dict[str, Any]

_ON_SHIFT, _EXPECTED, _SENIOR, _LENT = 1, 2, 4, 8


def written(candidates: Iterable[Candidate], efforts: Mapping[Channel, Effort]) -> Written:
    """The candidates and what items take. Abilities that several share are written once."""
    shared: dict[Abilities, int] = {}
    agents = [_agent(each, shared.setdefault(each.abilities, len(shared))) for each in candidates]
    channels = {channel.value: [each.weight, each.work_minutes, each.exclusive] for channel, each in efforts.items()}
    return {"agents": agents, "shared": [_can(each) for each in shared], "channels": channels}


def read(data: Written) -> tuple[list[Candidate], dict[Channel, Effort]]:
    """The candidates and efforts that were written."""
    efforts = {Channel(name): Effort(*values) for name, values in data["channels"].items()}
    shared = [_abilities(can) for can in data["shared"]]
    return [_candidate(agent, shared) for agent in data["agents"]], efforts


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


def _can(abilities: Abilities) -> list[Any]:
    return [
        sorted(map(str, abilities.teams)),
        {str(skill_id): level for skill_id, level in sorted(abilities.skills.items())},
        sorted(abilities.languages),
        _counts(abilities.capacity),
    ]


def _abilities(can: list[Any]) -> Abilities:
    teams, skills, languages, capacity = can
    return Abilities(
        frozenset(map(UUID, teams)),
        {UUID(skill_id): level for skill_id, level in skills.items()},
        frozenset(languages),
        _by_channel(capacity),
    )


def _agent(candidate: Candidate, can: int) -> list[Any]:
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


def _candidate(agent: list[Any], shared: Sequence[Abilities]) -> Candidate:
    id, can, presence, seat, held, idle_since, given, present, flags = agent
    return Candidate(
        agent_id=UUID(id),
        abilities=shared[can],
        presence=Presence(presence),
        seat=SeatKind(seat) if seat is not None else None,
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
