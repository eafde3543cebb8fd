"""A pass over the queues: whom its tickets go to, as if everybody were looked at for each of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from domain.agents.channels import BUDGET, DEFAULT_EFFORT, Channel
from domain.agents.models import Presence
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.tickets import logbook
from domain.tickets.passing import Decision, Keep, Pass, Rival, Waiting
from domain.tickets.routing import (
    FINE,
    LIVE,
    Abilities,
    Candidate,
    Exclusion,
    Hands,
    Need,
    RoutingReason,
    turn_of,
    unable,
)
from tests.conftest import NOW

LINE, OFFICE, STORE = new_id(), new_id(), new_id()
PAYMENTS, RETURNS = new_id(), new_id()
ABILITIES = {each.name for each in fields(Abilities)}
QUESTION = Need(Channel.EMAIL, LINE, contact=True)


def agent(**changes: object) -> Candidate:
    """A full agent of both teams who can do everything, an hour at work with nothing given yet."""
    able = Abilities(
        teams=frozenset({LINE, OFFICE}),
        skills={PAYMENTS: 3, RETURNS: 3},
        languages=frozenset({"pl", "de"}),
        capacity={Channel.EMAIL: 10, Channel.CHAT: 2, Channel.PHONE: 1},
    )
    here = Candidate(
        agent_id=new_id(),
        abilities=replace(able, **{name: changes.pop(name) for name in ABILITIES & changes.keys()}),  # type: ignore[arg-type]
        presence=Presence.ONLINE,
        seat=SeatKind.FULL,
        held={},
        idle_since=NOW,
        present=60.0,
    )
    return here._replace(**changes)  # type: ignore[arg-type]


def mails(count: int, need: Need = QUESTION) -> list[Waiting]:
    return [Waiting(new_id(), need) for _ in range(count)]


def decided(candidates: Sequence[Candidate], waiting: Sequence[Waiting]) -> list[Decision]:
    return Pass(candidates, DEFAULT_EFFORT, at=NOW).decide(waiting)


def shares(decisions: Sequence[Decision]) -> Counter[UUID | None]:
    return Counter(decision.agent_id for decision in decisions)


def test_work_is_weighed_by_the_hour_and_not_by_the_number_of_tickets() -> None:
    all_day, since_noon = agent(present=480.0, given=60), agent(present=60.0, given=12)
    decisions = decided([all_day, since_noon], mails(9))
    # 7.5 minutes an hour against 12: seven mails bring the first to 12.75, then one brings the second to 18.
    assert shares(decisions) == {all_day.agent_id: 8, since_noon.agent_id: 1}
    assert decisions[0] == Decision(
        decisions[0].ticket_id, all_day.agent_id, RoutingReason.LEAST_WORK, 7.5, Rival(since_noon.agent_id, 12.0)
    )


def test_who_has_just_come_is_not_flooded_for_having_been_given_nothing_yet() -> None:
    busy, fresh = agent(present=240.0, given=96), agent(present=0.0)
    # Counted as a quarter of an hour, each mail makes the newcomer 24 minutes an hour busier.
    assert shares(decided([busy, fresh], mails(4))) == {busy.agent_id: 2, fresh.agent_id: 2}


def test_among_equally_busy_the_one_idle_longest_gets_it() -> None:
    rested, done = agent(idle_since=NOW - timedelta(minutes=9)), agent()
    [decision] = decided([done, rested], mails(1))
    assert (decision.agent_id, decision.reason) == (rested.agent_id, RoutingReason.LONGEST_IDLE)


def test_the_agent_whom_the_customer_knows_is_preferred_as_long_as_there_is_room() -> None:
    known, other = agent(given=300, held={Channel.EMAIL: 9}), agent()
    waiting = [each._replace(previous_id=known.agent_id) for each in mails(2)]
    first, second = decided([known, other], waiting)
    assert (first.agent_id, first.reason) == (known.agent_id, RoutingReason.PREVIOUS_AGENT)
    assert (second.agent_id, second.reason) == (other.agent_id, RoutingReason.ONLY_CANDIDATE)


def test_the_known_agent_is_not_waited_for_when_away_or_unable() -> None:
    away, light, other = agent(presence=Presence.AWAY), agent(seat=SeatKind.LIGHT), agent()
    for known in (away, light):
        [decision] = decided([known, other], [Waiting(new_id(), QUESTION, known.agent_id)])
        assert (decision.agent_id, decision.reason) == (other.agent_id, RoutingReason.ONLY_CANDIDATE)


def test_what_nobody_can_have_says_of_everybody_why() -> None:
    crew = [
        agent(teams=frozenset({OFFICE})),
        agent(presence=Presence.OFFLINE),
        agent(on_shift=False),
        agent(seat=None),
        agent(seat=SeatKind.LIGHT),
        agent(skills={PAYMENTS: 1}),
        agent(languages=frozenset({"pl"})),
        agent(),
        agent(senior=True, held={Channel.PHONE: 1}),
        agent(senior=True, held={Channel.EMAIL: 10}),
    ]
    need = Need(Channel.EMAIL, LINE, contact=True, skills=((PAYMENTS, 2),), language="de", senior=True)
    [decision] = decided(crew, mails(1, need))
    assert (decision.agent_id, decision.reason) == (None, RoutingReason.NOBODY_ELIGIBLE)
    elsewhere = (Exclusion.GAVE_IT_BACK, Exclusion.COLLEAGUES_COMING, Exclusion.KEPT_FOR_OWN_WORK)
    expected = [why for why in Exclusion if why not in elsewhere]
    assert decision.excluded == dict.fromkeys(expected, 1)


def test_a_call_is_taken_beside_mail_and_never_beside_a_chat_and_nothing_beside_a_call() -> None:
    call, chat = replace(QUESTION, channel=Channel.PHONE), replace(QUESTION, channel=Channel.CHAT)
    with_mail, with_chat = agent(held={Channel.EMAIL: 10}), agent(held={Channel.CHAT: 1})
    on_a_call = agent(held={Channel.PHONE: 1})
    one_pass = Pass([with_mail, with_chat, on_a_call], DEFAULT_EFFORT, at=NOW)
    assert one_pass.whereabouts(call) == {
        with_mail.agent_id: None,
        with_chat.agent_id: Exclusion.FULL_HANDS,
        on_a_call.agent_id: Exclusion.ON_A_CALL,
    }
    assert one_pass.whereabouts(chat)[on_a_call.agent_id] is Exclusion.ON_A_CALL
    assert one_pass.whereabouts(chat)[with_chat.agent_id] is None


def test_the_nights_backlog_does_not_fall_on_the_first_to_come() -> None:
    early, late = agent(present=1.0), [agent(presence=Presence.OFFLINE, expected=True) for _ in range(3)]
    decisions = decided([early, *late], mails(10))
    assert shares(decisions) == {early.agent_id: 3, None: 7}  # a quarter of ten, rounded up
    assert decisions[-1].excluded == {Exclusion.NOT_ONLINE: 3, Exclusion.COLLEAGUES_COMING: 1}
    again = decided([early._replace(held={Channel.EMAIL: 3}), *late], mails(7))
    assert shares(again) == {None: 7}  # looking twice gives nobody more
    alone = decided([early, *[each._replace(expected=False) for each in late]], mails(10))
    assert shares(alone) == {early.agent_id: 10}


def test_who_may_hold_more_of_a_channel_than_its_weight_allows_has_lighter_items_of_it() -> None:
    usual, quick = agent(), agent(capacity={Channel.EMAIL: 40, Channel.CHAT: 6})
    chat = replace(QUESTION, channel=Channel.CHAT)
    assert [Hands(each, DEFAULT_EFFORT).room(Channel.EMAIL) for each in (usual, quick)] == [10, 40]
    assert [Hands(each, DEFAULT_EFFORT).room(Channel.CHAT) for each in (usual, quick)] == [2, 6]
    half_full = quick._replace(held={Channel.EMAIL: 20})
    assert Pass([half_full], DEFAULT_EFFORT, at=NOW).room(chat, most=99) == 3


def test_a_line_is_given_what_its_team_has_no_hands_for_and_keeps_some_of_its_people() -> None:
    own = agent(teams=frozenset({LINE}), capacity={Channel.EMAIL: 1})
    helpers = [agent(teams=frozenset({OFFICE}), given=given, capacity={Channel.EMAIL: 2}) for given in (0, 6, 12)]
    helped = replace(QUESTION, lines=(OFFICE,))
    one_pass = Pass([own, *helpers], DEFAULT_EFFORT, at=NOW, kept={OFFICE: Keep(1)})
    decisions = one_pass.decide(mails(6, helped))
    assert [(each.agent_id, each.line) for each in decisions] == [
        (own.agent_id, None),
        (helpers[0].agent_id, OFFICE),
        (helpers[0].agent_id, OFFICE),
        (helpers[1].agent_id, OFFICE),
        (helpers[1].agent_id, OFFICE),
        (None, None),
    ]
    assert decisions[-1].excluded == {Exclusion.FULL_HANDS: 3, Exclusion.KEPT_FOR_OWN_WORK: 1}
    assert shares(Pass([own, *helpers], DEFAULT_EFFORT, at=NOW).decide(mails(6))) == {own.agent_id: 1, None: 5}


def test_who_gave_a_ticket_back_is_not_given_it_again() -> None:
    tired, other = agent(), agent(given=300)
    back = replace(QUESTION, without=frozenset({tired.agent_id}))
    assert shares(decided([tired, other], mails(1, back))) == {other.agent_id: 1}
    [alone] = decided([tired], mails(1, back))
    assert alone.excluded == {Exclusion.GAVE_IT_BACK: 1}


def test_room_is_what_all_hands_could_take() -> None:
    crew = [agent(held={Channel.EMAIL: 4}), agent(held={Channel.CHAT: 2}), agent(seat=SeatKind.LIGHT)]
    assert Pass(crew, DEFAULT_EFFORT, at=NOW).room(QUESTION, most=99) == 6 + 3  # two chats leave a third of the budget
    assert Pass(crew, DEFAULT_EFFORT, at=NOW).room(QUESTION, most=7) == 7  # counted no further


# Against the slow way.

channels = st.sampled_from([Channel.EMAIL, Channel.CHAT, Channel.PHONE])
needs = st.builds(
    Need,
    channel=channels,
    team_id=st.sampled_from([LINE, OFFICE]),
    contact=st.booleans(),
    skills=st.sampled_from([(), ((PAYMENTS, 1),), ((PAYMENTS, 3),), tuple(sorted(((PAYMENTS, 2), (RETURNS, 2))))]),
    language=st.sampled_from([None, "pl", "de"]),
    senior=st.booleans(),
    lines=st.sampled_from([(), (), (STORE,), (STORE, OFFICE), (LINE, STORE)]),
)
levels = st.dictionaries(st.sampled_from([PAYMENTS, RETURNS]), st.integers(1, 5))
abilities = st.builds(
    Abilities,
    teams=st.frozensets(st.sampled_from([LINE, OFFICE, STORE])),
    skills=levels,
    languages=st.frozensets(st.sampled_from(["pl", "de"])),
    capacity=st.fixed_dictionaries(
        {Channel.EMAIL: st.integers(0, 12), Channel.CHAT: st.integers(0, 6), Channel.PHONE: st.integers(0, 1)}
    ),
)
crews = st.lists(
    st.builds(
        Candidate,
        agent_id=st.uuids(version=4),
        abilities=abilities,
        presence=st.sampled_from(Presence),
        seat=st.sampled_from([None, *SeatKind]),
        held=st.dictionaries(channels, st.integers(0, 3)),
        idle_since=st.integers(0, 3).map(lambda minutes: NOW - timedelta(minutes=minutes)),
        given=st.integers(0, 30),
        present=st.sampled_from([0.0, 20.0, 60.0, 480.0]),
        on_shift=st.booleans(),
        expected=st.booleans(),
        senior=st.booleans(),
        lent=st.booleans(),
        version=st.just(0),  # of that sight alone, so it is not written down
    ),
    max_size=8,
    unique_by=lambda candidate: candidate.agent_id,
)


Situation = tuple[list[Candidate], list[Waiting], dict[UUID, Keep]]


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    crew = draw(crews)
    ids = [each.agent_id for each in crew]
    back = st.just(frozenset[UUID]()) if not ids else st.just(frozenset[UUID]()) | st.frozensets(st.sampled_from(ids))
    kinds = [replace(each, without=draw(back)) for each in draw(st.lists(needs, min_size=1, max_size=4))]
    known = st.none() if not ids else st.none() | st.sampled_from(ids)
    waiting = st.builds(Waiting, st.uuids(version=4), st.sampled_from(kinds), known)
    helps = st.frozensets(st.sampled_from([LINE, OFFICE, STORE]))
    kept = draw(st.dictionaries(st.sampled_from([STORE, OFFICE]), st.builds(Keep, st.integers(0, 3), helps)))
    return crew, draw(st.lists(waiting, max_size=40, unique_by=lambda each: each.ticket_id)), kept


def passed(situation: Situation) -> list[Decision]:
    crew, waiting, kept = situation
    return Pass(crew, DEFAULT_EFFORT, at=NOW, kept=kept).decide(waiting)


def slowly(situation: Situation) -> Iterator[tuple[UUID | None, RoutingReason]]:
    """Each ticket to the best of all who can have it, looked for afresh."""
    crew, waiting, kept = situation
    hands = [Hands(candidate, DEFAULT_EFFORT) for candidate in crew]
    parts = {need: part(need, hands, waiting) for need in {each.need for each in waiting}}
    for each in waiting:
        able = [one for one in hands if can_take(each.need, one, parts[each.need])]
        able = [one for one in able if turn_of(each.need, one.candidate) == 0 or can_be_lent(one, hands, kept)]
        turns = [turn for one in able if (turn := turn_of(each.need, one.candidate)) is not None]
        able = [one for one in able if turn_of(each.need, one.candidate) == min(turns)]
        able.sort(key=lambda one: one.turn)
        known = [one for one in able if one.candidate.agent_id == each.previous_id]
        if not able:
            yield None, RoutingReason.NOBODY_ELIGIBLE
            continue
        if known:
            reason = RoutingReason.PREVIOUS_AGENT
        elif len(able) == 1:
            reason = RoutingReason.ONLY_CANDIDATE
        else:
            reason = RoutingReason.LEAST_WORK if able[0].work < able[1].work else RoutingReason.LONGEST_IDLE
        chosen = known[0] if known else able[0]
        yield chosen.candidate.agent_id, reason
        chosen.take(each.need.channel, NOW)
        chosen.lent = chosen.lent or each.need.team_id not in chosen.candidate.abilities.teams


def can_be_lent(one: Hands, hands: Sequence[Hands], kept: Mapping[UUID, Keep]) -> bool:
    here = kept.keys() & one.candidate.abilities.teams
    return one.lent or all(spare(team, hands, kept[team]) > kept[team].count for team in here)


def spare(team: UUID, hands: Sequence[Hands], keep: Keep) -> int:
    theirs = [
        one for one in hands if team in one.candidate.abilities.teams and not keep.helps & one.candidate.abilities.teams
    ]
    return sum(one.candidate.at_work and not one.lent for one in theirs)


def part(need: Need, hands: Sequence[Hands], waiting: Sequence[Waiting]) -> int | None:
    absent = [
        one.candidate._replace(presence=Presence.ONLINE, on_shift=True) for one in hands if one.candidate.expected
    ]
    gone = {one.candidate.agent_id for one in hands if one.candidate.presence is not Presence.ONLINE}
    coming = sum(unable(need, one) is None and one.agent_id in gone for one in absent)
    if not coming:
        return None
    able = [one for one in hands if unable(need, one.candidate) is None]
    there_is = sum(each.need == need for each in waiting) + sum(one.held.get(need.channel, 0) for one in able)
    return max(1, -(-there_is // (len(able) + coming)))


def can_take(need: Need, one: Hands, most: int | None) -> bool:
    held = one.held.get(need.channel, 0)
    return unable(need, one.candidate) is None and one.hindrance(need.channel) is None and (most is None or held < most)


@given(situations())
def test_a_pass_chooses_as_looking_at_everybody_for_each_ticket_does(situation: Situation) -> None:
    decisions = passed(situation)
    assert [(each.agent_id, each.reason) for each in decisions] == list(slowly(situation))
    assert [each.ticket_id for each in decisions] == [each.ticket_id for each in situation[1]]


@given(situations())
def test_no_line_ever_lends_more_than_it_can_spare(situation: Situation) -> None:
    crew, waiting, kept = situation
    hands = {each.agent_id: Hands(each, DEFAULT_EFFORT) for each in crew}
    before = {team: spare(team, list(hands.values()), keep) for team, keep in kept.items()}
    for ticket, decision in zip(waiting, passed(situation), strict=True):
        if decision.agent_id is None:
            continue
        own = ticket.need.team_id in hands[decision.agent_id].candidate.abilities.teams
        assert (decision.line is None) == own
        if decision.line is not None:
            assert decision.line in ticket.need.lines
            assert decision.line in hands[decision.agent_id].candidate.abilities.teams
            hands[decision.agent_id].lent = True
    for team, keep in kept.items():
        after = spare(team, list(hands.values()), keep)
        assert after >= min(keep.count, before[team])  # whoever was too few before are not made fewer


@given(situations())
def test_no_hands_are_ever_overfilled_and_nobody_is_overtaken(situation: Situation) -> None:
    crew, waiting, _ = situation
    decisions = passed(situation)
    stays: set[Need] = set()
    for ticket, decision in zip(waiting, decisions, strict=True):
        if decision.agent_id is None:
            stays.add(ticket.need)
        else:
            assert ticket.need not in stays
    for candidate in crew:
        given_now = Counter(
            ticket.need.channel
            for ticket, decision in zip(waiting, decisions, strict=True)
            if decision.agent_id == candidate.agent_id
        )
        assert fits(candidate, given_now), (candidate, given_now)


def fits(candidate: Candidate, added: Mapping[Channel, int]) -> bool:
    """Whether what was added to the hands, beside what was too much before, keeps to all limits."""
    if not sum(added.values()):
        return True
    total = Counter(candidate.held) + Counter(added)
    calls = added.get(Channel.PHONE, 0)
    alone = not calls or (total[Channel.PHONE] == 1 and not any(total[live] for live in LIVE - {Channel.PHONE}))
    weights = Hands(candidate, DEFAULT_EFFORT).weights
    weight = sum(weights[channel] * count for channel, count in total.items() if channel != Channel.PHONE)
    others = sum(count for channel, count in added.items() if channel != Channel.PHONE)
    return (
        all(total[channel] <= candidate.abilities.capacity[channel] for channel, count in added.items() if count)
        and alone
        and (not others or (weight <= BUDGET * FINE and not candidate.held.get(Channel.PHONE, 0)))
    )


@given(situations())
def test_whoever_is_free_while_a_ticket_waits_is_held_back_by_a_rule_that_is_named(
    situation: Situation,
) -> None:
    crew, waiting, kept = situation
    one_pass = Pass(crew, DEFAULT_EFFORT, at=NOW, kept=kept)
    decisions = one_pass.decide(waiting)
    for ticket, decision in zip(waiting, decisions, strict=True):
        if decision.agent_id is None:
            whereabouts = one_pass.whereabouts(ticket.need)
            assert set(whereabouts) == {candidate.agent_id for candidate in crew}
            assert None not in whereabouts.values()
            assert decision.excluded == Counter(whereabouts.values())


@given(situations())
def test_what_was_written_down_makes_the_same_pass_again(situation: Situation) -> None:
    crew, waiting, kept = situation
    candidates, efforts = logbook.read(logbook.written(crew, DEFAULT_EFFORT))
    assert candidates == crew
    again = [
        each._replace(
            need=logbook.read_need(
                logbook.written_need(each.need), channel=each.need.channel, team_id=each.need.team_id
            )
        )
        for each in waiting
    ]
    assert again == waiting
    assert Pass(candidates, efforts, at=NOW, kept=kept).decide(again) == passed(situation)
