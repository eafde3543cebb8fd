"""Licences, who sits on them, day passes, seasons, and seats that are planned."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import Range

from domain.agents.channels import Channel
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.kit.events import ActorKind
from domain.seasons.models import Season, SeasonCapacity, SeasonPerson, SeasonSkill, SeasonTeam
from domain.seats.models import (
    LicenceTerms,
    PassEntry,
    PassHolder,
    Period,
    PlannedInvitation,
    SeatAssignment,
    SeatKind,
    SeatLicence,
)
from tests.api.graphql.differential.data.values import (
    FIRST_INSTANT,
    INSTANTS,
    LAST_INSTANT,
    TEXTS,
    days,
    nth,
)
from tests.api.graphql.filled import Filled
from tests.conftest import NOW

FULL, LIGHT = SeatKind.FULL, SeatKind.LIGHT
Sits = list[tuple[int, Period, dict[str, Any]]]
"""Who sits on a licence, when, and what else is said of it."""

LONG_AGO = Range(FIRST_INSTANT, FIRST_INSTANT + timedelta(days=40), bounds="[)")
AT_THE_END = Range(LAST_INSTANT - timedelta(days=1), LAST_INSTANT, bounds="[)")

SEASONS: tuple[tuple[Period, dict[str, Any]], ...] = (
    (days(-1, 74), {"scheduled_at": NOW, "started_at": NOW}),
    (days(10, 40), {"scheduled_at": NOW - timedelta(microseconds=3)}),
    (days(10, 40), {}),
    (days(-40, -20), {"scheduled_at": NOW - timedelta(days=50), "cancelled_at": NOW - timedelta(days=45)}),
    (days(-40, -20), {"scheduled_at": NOW, "started_at": NOW, "ended_at": NOW}),
    (days(300, 330), {"cancelled_at": NOW}),
)
"""When, and what has become of it: running, standing, drafted, called off, over, given up."""


def add(filled: Filled) -> None:
    """Six seasons, some twenty licences, and whatever may be said of each."""
    _seasons(filled)
    _licences(filled)
    _passes(filled)
    _planned(filled)
    _named(filled)


def _seasons(filled: Filled) -> None:
    members, agents = filled.ids("member"), filled.ids("agent")
    for index, (period, course) in enumerate(SEASONS):
        assert period.lower is not None
        assert period.upper is not None
        season = filled.add(
            Season,
            name=nth(TEXTS, index),
            first_day=period.lower.date(),
            last_day=period.upper.date(),
            timezone="Europe/Warsaw",
            period=period,
            full_count=index,
            light_count=6 - index,
            role=nth(tuple(Role), index),
            language=nth(tuple(Language), index),
            lead_days=nth((0, 90, 7), index),
            successor_id=agents[index] if index % 2 else None,
            created_at=nth(INSTANTS, index),
            created_by_id=members[index] if index % 3 else None,
            scheduled_by_id=members[0] if "scheduled_at" in course and index != 4 else None,
            **course,
        )
        for channel in tuple(Channel)[: index * 2]:
            filled.add(SeasonCapacity, season_id=season.id, channel=channel, items=index)
        for team in filled.ids("team")[: (5, 0, 0, 1, 2, 9)[index]]:
            filled.add(SeasonTeam, season_id=season.id, team_id=team)
        for skill in filled.ids("skill")[: (0, 3, 0, 1, 7, 2)[index]]:
            filled.add(SeasonSkill, season_id=season.id, skill_id=skill)


def _licences(filled: Filled) -> None:
    """Of the callers four sit on a seat now; there were seats before, and there will be others."""
    agents, seasons, (light, full, none) = filled.ids("agent"), filled.ids("season"), (LIGHT, FULL, None)
    licences: list[tuple[SeatKind, Period, int | None, Sits]] = [
        (full, days(-1, 74), 0, [(0, days(-1, 74), {"started_at": NOW})]),
        (full, days(-1, None), none, [(1, days(-1, None), {"successor_id": agents[0]})]),
        (full, days(-1, 74), 0, [(2, days(-1, 30), {"successor_id": agents[5]}), (6, days(30, 74), {})]),
        (light, days(-1, 74), 0, [(3, days(-0.5, 74), {"started_at": NOW})]),
        (light, days(10, 40), 1, [(0, days(80, 90), {"cancelled_at": NOW}), (5, days(30, 40), {})]),
        (full, days(-400, -300), none, _past(agents[2])),
        (full, days(5, 9), none, [(6, days(5, 9), {"cancelled_at": NOW})]),
        (light, LONG_AGO, none, [(7, LONG_AGO, {"started_at": FIRST_INSTANT})]),
        (light, AT_THE_END, none, [(7, AT_THE_END, {})]),
        (full, days(-3, -2), none, [(5, days(-3, -2), {"started_at": NOW, "ended_at": NOW})]),
        (light, days(-3, -2), none, [(6, days(-3, -2), {})]),
        (full, days(-1, None), none, []),
        *((light, days(10, 40), 1, []) for _ in range(6)),
    ]
    for kind, period, season, sits in licences:
        licence = _licence(filled, kind, period, None if season is None else seasons[season])
        for who, when, more in sits:
            filled.add(
                SeatAssignment,
                licence_id=licence.id,
                licence_period=licence.period,
                kind=licence.kind,
                agent_id=agents[who],
                period=when,
                created_at=nth(INSTANTS, who),
                **more,
            )


def _past(successor: UUID) -> Sits:
    over = {"started_at": NOW - timedelta(days=400), "ended_at": NOW - timedelta(days=300)}
    return [(0, days(-400, -350), over), (1, days(-350, -301), {**over, "successor_id": successor})]


def _licence(filled: Filled, kind: SeatKind, period: Period, season_id: UUID | None) -> SeatLicence:
    index = len(filled.rows.get("seat_licence", []))
    one_day = period == days(-3, -2)
    paid = LicenceTerms.PREPAID if period.upper is not None and index % 2 else LicenceTerms.ARREARS
    licence: SeatLicence = filled.add(
        SeatLicence,
        kind=kind,
        period=period,
        label=nth(TEXTS, index),
        terms=LicenceTerms.ONE_DAY if one_day else paid,
        season_id=season_id,
        created_at=nth(INSTANTS, index),
        created_by_id=nth(filled.ids("member"), index) if index % 2 else None,
        cancelled_at=NOW if index in (6, 13, 15) else None,
    )
    return licence


def _passes(filled: Filled) -> None:
    spent = [seat for seat in filled.rows["seat_assignment"] if seat.licence_period == days(-3, -2)]
    members = filled.ids("member")
    for kind in (FULL, LIGHT):
        for position in range(1, 6):
            filled.add(
                PassEntry,
                kind=kind,
                position=position,
                count=1,
                balance=position,
                at=nth(INSTANTS, position),
                actor_kind=ActorKind.SYSTEM if position == 3 else ActorKind.MEMBER,
                actor_id=None if position == 3 else nth(members, position),
            )
    for index, seat in enumerate(spent):
        filled.add(
            PassEntry,
            kind=seat.kind,
            position=6,
            count=-1,
            balance=4,
            at=seat.period.lower,
            actor_kind=ActorKind.MEMBER,
            actor_id=members[5 + index],
            agent_id=seat.agent_id,
            day=seat.period.lower.date(),
            licence_id=seat.licence_id,
            assignment_id=seat.id,
        )
    for index, agent in enumerate(filled.ids("agent")[4:10]):
        filled.add(
            PassHolder,
            agent_id=agent,
            kind=nth((FULL, LIGHT), index),
            added_at=nth(INSTANTS, index),
            added_by_id=members[index] if index % 2 else None,
            removed_at=NOW if index % 3 == 2 else None,
        )


def _planned(filled: Filled) -> None:
    agents, seasons, seats = filled.ids("agent"), filled.ids("season"), filled.rows["seat_assignment"]
    for index in range(9):
        granted = seats[index] if index % 3 == 0 else None
        filled.add(
            PlannedInvitation,
            agent_id=agents[index] if granted is None else granted.agent_id,
            kind=nth((FULL, LIGHT), index) if granted is None else granted.kind,
            wanted=days(-1, None) if index % 2 else days(-1, 74),
            season_id=nth((seasons[0], seasons[0], None, seasons[1]), index),
            invite_at=nth(INSTANTS, index),
            invited_by_id=nth(filled.ids("member"), index),
            created_at=nth(INSTANTS, index),
            assignment_id=None if granted is None else granted.id,
            granted_at=None if granted is None else NOW,
            settled_at=NOW if index == 3 else None,
            cancelled_at=NOW if index in (4, 6) else None,
        )


def _named(filled: Filled) -> None:
    planned = filled.rows["planned_invitation"]
    for place, season in enumerate(filled.ids("season")[:2]):
        for index in range(9):
            theirs = planned[index] if place == 0 and index % 2 else None
            filled.add(
                SeasonPerson,
                season_id=season,
                kind=nth((FULL, LIGHT), index),
                email=f"ola{index}@bombka.example",
                name=nth(TEXTS, index),
                added_at=nth(INSTANTS, index),
                added_by_id=nth((None, filled.ids("member")[0]), index),
                removed_at=NOW if index in (2, 5) else None,
                agent_id=None if theirs is None else theirs.agent_id,
                invitation_id=None if theirs is None else theirs.id,
            )
