"""Which lines are called, from what waits and who is there."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from domain.agents.channels import DEFAULT_EFFORT, Channel
from domain.agents.models import Presence
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.tickets.overflow import helping
from domain.tickets.overflow.helping import KindWaits, Turn
from domain.tickets.overflow.lines import Cause, Line, Queueing, Standing, Waits
from domain.tickets.routing import Abilities, Candidate, Need
from tests.conftest import NOW

FIRST, SECOND = new_id(), new_id()
PAYMENTS = new_id()
MINUTE = timedelta(minutes=1)
QUESTION = Need(Channel.EMAIL, FIRST, contact=True)
PAYMENT = Need(Channel.FORM, FIRST, contact=False, skills=((PAYMENTS, 2),))
LINE = Line(SECOND, 30 * MINUTE, 10 * MINUTE, None, None, dwell=5 * MINUTE, kept=1)


def agent(team: UUID, **changes: object) -> Candidate:
    here = Candidate(
        agent_id=new_id(),
        abilities=able(team),
        presence=Presence.ONLINE,
        seat=SeatKind.FULL,
        held={},
        idle_since=NOW,
    )
    return here._replace(**changes)  # type: ignore[arg-type]


def able(*teams: UUID, skills: Mapping[UUID, int] | None = None) -> Abilities:
    return Abilities(frozenset(teams), skills or {}, frozenset({"pl"}), {Channel.EMAIL: 10})


def waiting(count: int, minutes: int) -> KindWaits:
    return KindWaits(count, NOW - minutes * MINUTE)


def test_the_wait_of_the_next_is_the_work_ahead_shared_by_those_at_work_for_it() -> None:
    crew = [agent(FIRST), agent(FIRST), agent(FIRST, presence=Presence.AWAY), agent(SECOND)]
    waits = helping.waits_for(LINE, {QUESTION: waiting(7, 12)}, crew, DEFAULT_EFFORT, now=NOW)
    assert waits == Waits(12 * MINUTE, 21 * MINUTE)  # seven mails of six minutes, two people
    nobody = helping.waits_for(LINE, {QUESTION: waiting(7, 12)}, crew[2:], DEFAULT_EFFORT, now=NOW)
    assert nobody == Waits(12 * MINUTE, None)


def test_what_nobody_of_the_line_could_take_is_no_reason_to_call_it() -> None:
    crew = [agent(FIRST), agent(SECOND, seat=SeatKind.LIGHT)]
    both = {QUESTION: waiting(7, 60), PAYMENT: waiting(2, 5)}
    assert helping.waits_for(LINE, both, crew, DEFAULT_EFFORT, now=NOW) == Waits()
    crew.append(
        agent(SECOND, seat=SeatKind.LIGHT, abilities=able(SECOND, skills={PAYMENTS: 2}), presence=Presence.OFFLINE)
    )
    assert helping.waits_for(LINE, both, crew, DEFAULT_EFFORT, now=NOW) == Waits(5 * MINUTE, None)


def test_a_line_that_can_spare_nobody_is_not_called() -> None:
    one, other = agent(SECOND), agent(SECOND)
    assert helping.can_help(FIRST, LINE, [QUESTION], [one, other])
    assert not helping.can_help(FIRST, LINE, [QUESTION], [one])
    assert not helping.can_help(FIRST, LINE, [QUESTION], [one, other._replace(presence=Presence.AWAY)])
    assert helping.can_help(FIRST, LINE, [QUESTION], [one, other._replace(lent=True)])  # who can take more
    light = [each._replace(seat=SeatKind.LIGHT) for each in (one, other)]
    assert not helping.can_help(FIRST, LINE, [QUESTION], light)
    in_both = [each._replace(abilities=able(FIRST, SECOND)) for each in (one, other)]
    assert not helping.can_help(FIRST, LINE, [QUESTION], in_both)  # they work on that queue anyway


def test_turns_are_made_queue_by_queue_and_the_next_one_is_known() -> None:
    served = {FIRST: Queueing(lines=(LINE,))}
    crew = [agent(FIRST), agent(SECOND), agent(SECOND)]
    pair = (FIRST, SECOND)
    long, short = {FIRST: {QUESTION: waiting(1, 30)}}, {FIRST: {QUESTION: waiting(1, 9)}}
    assert helping.turns(served, {}, short, crew, DEFAULT_EFFORT, now=NOW) == []
    assert helping.next_turn(served, {}, short, now=NOW) == NOW + 21 * MINUTE
    begun = helping.turns(served, {}, long, crew, DEFAULT_EFFORT, now=NOW)
    assert begun == [Turn(pair, Cause.OLDEST, Waits(30 * MINUTE, 6 * MINUTE))]
    standings = helping.after({}, begun, now=NOW)
    assert standings == {pair: Standing(True, NOW)}
    assert helping.helped_by(FIRST, served[FIRST], standings) == (SECOND,)
    assert helping.next_turn(served, standings, long, now=NOW) == NOW + 5 * MINUTE
    assert helping.turns(served, standings, {}, crew, DEFAULT_EFFORT, now=NOW) == []  # it dwells
    later = NOW + 5 * MINUTE
    assert helping.turns(served, standings, {}, crew, DEFAULT_EFFORT, now=later) == [Turn(pair, None, Waits())]


def test_a_relaxed_ticket_asks_for_no_skills_and_still_for_contact_and_language() -> None:
    need = replace(PAYMENT, contact=True, language="de")
    assert helping.asked(need, (), relaxed=False) is need
    assert helping.asked(need, (SECOND,), relaxed=True) == Need(
        Channel.FORM, FIRST, contact=True, language="de", lines=(SECOND,)
    )
