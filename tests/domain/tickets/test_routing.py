"""The router's choice, as a shop's owner would check it by hand."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.agents.channels import Channel
from domain.agents.models import Presence
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.tickets.routing import Candidate, Choice, Exclusion, Need, RoutingReason, choose, exclusion
from tests.conftest import NOW

FIRST_LINE, ACCOUNTING, PAYMENTS = new_id(), new_id(), new_id()
QUESTION = Need(Channel.EMAIL, FIRST_LINE, {}, contact=True)
PAYMENT = Need(Channel.EMAIL, ACCOUNTING, {PAYMENTS: 2}, contact=False)


def agent(**changes: object) -> Candidate:
    """A full agent of both teams with every skill, online, with nothing to do and room for ten mails."""
    able = Candidate(
        agent_id=new_id(),
        teams=frozenset({FIRST_LINE, ACCOUNTING}),
        skills={PAYMENTS: 3},
        presence=Presence.ONLINE,
        seat=SeatKind.FULL,
        capacity={Channel.EMAIL: 10, Channel.CHAT: 2},
        held={},
        idle_since=NOW,
    )
    return replace(able, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("candidate", "why"),
    [
        (agent(teams=frozenset({ACCOUNTING})), Exclusion.OTHER_TEAM),
        (agent(presence=Presence.AWAY), Exclusion.NOT_ONLINE),
        (agent(presence=Presence.OFFLINE), Exclusion.NOT_ONLINE),
        (agent(seat=None), Exclusion.NO_SEAT),
        (agent(seat=SeatKind.LIGHT), Exclusion.LIGHT_SEAT),
        (agent(held={Channel.EMAIL: 10}), Exclusion.FULL_HANDS),
    ],
)
def test_a_question_from_a_customer_never_goes_to(candidate: Candidate, why: Exclusion) -> None:
    assert choose(QUESTION, [candidate]) == Choice(None, RoutingReason.NOBODY_ELIGIBLE, 0, ((candidate.agent_id, why),))


def test_a_payment_question_goes_to_a_light_agent_with_the_skill() -> None:
    unskilled, beginner, light = agent(skills={}), agent(skills={PAYMENTS: 1}), agent(seat=SeatKind.LIGHT)
    assert choose(PAYMENT, [unskilled, beginner, light]) == Choice(
        light.agent_id,
        RoutingReason.ONLY_CANDIDATE,
        1,
        ((unskilled.agent_id, Exclusion.LACKS_SKILL), (beginner.agent_id, Exclusion.LACKS_SKILL)),
    )


def test_the_least_loaded_gets_it_and_load_is_a_share_of_capacity() -> None:
    busy = agent(held={Channel.EMAIL: 4}, capacity={Channel.EMAIL: 20})
    busier = agent(held={Channel.EMAIL: 3}, capacity={Channel.EMAIL: 10})
    assert choose(QUESTION, [busier, busy]) == Choice(busy.agent_id, RoutingReason.LEAST_LOADED, 2, ())


def test_among_equally_loaded_the_one_idle_longest_gets_it() -> None:
    just_done, rested = agent(idle_since=NOW), agent(idle_since=NOW - timedelta(minutes=5))
    assert choose(QUESTION, [just_done, rested]) == Choice(rested.agent_id, RoutingReason.LONGEST_IDLE, 2, ())


def test_load_of_another_channel_does_not_count() -> None:
    chatting = agent(held={Channel.CHAT: 2})
    assert choose(QUESTION, [chatting]).agent_id == chatting.agent_id
    assert exclusion(replace(QUESTION, channel=Channel.CHAT), chatting) is Exclusion.FULL_HANDS


def test_what_is_kept_of_a_choice_counts_who_was_excluded_and_names_the_three_nearest() -> None:
    skilless = [agent(skills={}) for _ in range(2)]
    busy = [agent(held={Channel.EMAIL: 10}) for _ in range(2)]
    absent = [agent(presence=Presence.AWAY) for _ in range(50)]
    others = [agent(teams=frozenset()) for _ in range(50)]
    choice = choose(PAYMENT, [*others, *absent, *skilless, *busy])
    assert choice.detail() == {
        "eligible": 0,
        "excluded": {"OTHER_TEAM": 50, "NOT_ONLINE": 50, "LACKS_SKILL": 2, "FULL_HANDS": 2},
        "nearest": {
            str(busy[0].agent_id): "FULL_HANDS",
            str(busy[1].agent_id): "FULL_HANDS",
            str(skilless[0].agent_id): "LACKS_SKILL",
        },
    }
    assert choose(PAYMENT, others).detail() == {"eligible": 0, "excluded": {"OTHER_TEAM": 50}, "nearest": {}}


CANDIDATES = st.lists(
    st.builds(
        agent,
        agent_id=st.uuids(),
        presence=st.sampled_from(Presence),
        seat=st.sampled_from([None, *SeatKind]),
        skills=st.sampled_from([{}, {PAYMENTS: 1}, {PAYMENTS: 2}]),
        teams=st.sampled_from([frozenset({FIRST_LINE}), frozenset({ACCOUNTING}), frozenset({FIRST_LINE, ACCOUNTING})]),
        held=st.fixed_dictionaries({Channel.EMAIL: st.integers(0, 11)}),
        idle_since=st.integers(0, 5).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    ),
    max_size=12,
    unique_by=lambda candidate: candidate.agent_id,
)


@given(candidates=CANDIDATES, need=st.sampled_from([QUESTION, PAYMENT]))
def test_a_choice_is_eligible_fair_complete_and_does_not_depend_on_the_order(
    candidates: list[Candidate], need: Need
) -> None:
    choice = choose(need, candidates)
    assert choose(need, list(reversed(candidates))).agent_id == choice.agent_id
    able = {c.agent_id: c for c in candidates if exclusion(need, c) is None}
    assert {agent_id for agent_id, _ in choice.excluded} == {c.agent_id for c in candidates} - set(able)
    assert choice.eligible == len(able)
    assert (choice.agent_id is None) == (not able)
    if choice.agent_id is not None:
        chosen = able[choice.agent_id]
        for other in able.values():
            assert (chosen.load(need.channel), chosen.idle_since) <= (other.load(need.channel), other.idle_since)


@given(st.integers(1, 60))
def test_a_burst_is_spread_evenly_and_never_beyond_capacity(burst: int) -> None:
    crew = {c.agent_id: c for c in (agent() for _ in range(5))}
    given_out = 0
    for _ in range(burst):
        choice = choose(QUESTION, crew.values())
        if choice.agent_id is None:
            break
        crew[choice.agent_id] = crew[choice.agent_id].taking(Channel.EMAIL, NOW)
        given_out += 1
    counts = [c.held.get(Channel.EMAIL, 0) for c in crew.values()]
    assert given_out == min(burst, 50)
    assert sum(counts) == given_out
    assert max(counts) - min(counts) <= 1
