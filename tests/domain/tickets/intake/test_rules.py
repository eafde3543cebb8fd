"""What rules make of a ticket, without a shop: the first that says a thing says it, and tags add up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kit.errors import InvalidInput
from domain.kit.ids import new_id
from domain.tickets.intake import rules
from domain.tickets.intake.conditions import Failing, Failure
from domain.tickets.intake.rules import Act, Effects, Rule, Sorted, Start

FIRST_LINE, ACCOUNTING, WAREHOUSE, PAYMENTS = (new_id() for _ in range(4))
START = Start(team_id=FIRST_LINE, priority=0, skills={}, needs_contact=True)
SLOW = Failure(Failing.TOO_SLOW, "")


def rule(condition: str = "true", **effects: Any) -> Rule:
    return Rule(new_id(), new_id(), condition, Effects(**effects))


def sort(*given: Rule, decide: Any = lambda rule: rule.condition == "true") -> Sorted:
    return rules.sort(given, START, decide)


def test_without_a_rule_that_matches_a_ticket_is_as_its_topic_says() -> None:
    assert sort() == Sorted(START)
    assert sort(rule("false", priority=9)) == Sorted(START)


def test_the_first_rule_that_says_a_thing_says_it_and_later_ones_what_is_left() -> None:
    one, two, three = rule(team_id=ACCOUNTING), rule("false", priority=3), rule(team_id=WAREHOUSE, priority=5)
    assert sort(one, two, three) == Sorted(
        Start(team_id=ACCOUNTING, priority=5, skills={}, needs_contact=True),
        (
            Act(one.rule_id, one.version_id, {"team_id": ACCOUNTING}),
            Act(three.rule_id, three.version_id, {"priority": 5}),
        ),
    )


def test_no_contact_and_priority_none_are_said_like_anything_else() -> None:
    found = sort(rule(needs_contact=False, priority=0), rule(needs_contact=True, priority=9, skills={PAYMENTS: 2}))
    assert found.start == Start(team_id=FIRST_LINE, priority=0, skills={PAYMENTS: 2}, needs_contact=False)


def test_skills_are_one_thing_which_takes_the_place_of_the_topics_and_so_is_a_language() -> None:
    start = Start(team_id=FIRST_LINE, priority=0, skills={WAREHOUSE: 5}, needs_contact=True)
    one, two = rule(skills={PAYMENTS: 2}), rule(skills={ACCOUNTING: 3}, language="de")
    found = rules.sort([one, two, rule(language="uk")], start, lambda rule: True)
    assert (found.start.skills, found.start.language) == ({PAYMENTS: 2}, "de")
    assert [act.sets for act in found.acts] == [{"skills": {PAYMENTS: 2}}, {"language": "de"}, {}]
    alone = rules.sort([rule(language="uk")], start, lambda rule: True)
    assert (alone.start.skills, alone.start.language) == ({WAREHOUSE: 5}, "uk")


def test_tags_add_up_in_the_order_of_the_rules_each_once() -> None:
    found = sort(rule(tags=("zwrot", "pilne")), rule(tags=("pilne", "vip")))
    assert found.start.tags == ("zwrot", "pilne", "vip")
    assert [act.tags for act in found.acts] == [("zwrot", "pilne"), ("vip",)]


def test_a_rule_that_stops_is_the_last_that_is_looked_at_if_it_matches() -> None:
    found = sort(rule("false", stops=True), rule(stops=True, priority=1), rule(priority=2, tags=("vip",)))
    assert found.start == Start(team_id=FIRST_LINE, priority=1, skills={}, needs_contact=True)
    assert [act.stopped for act in found.acts] == [True]


def test_a_rule_that_cannot_be_decided_does_not_match_and_does_not_stop() -> None:
    slow, good = rule("slow", stops=True, priority=1), rule(priority=2)
    found = sort(slow, good, decide=lambda rule: SLOW if rule.condition == "slow" else True)
    assert found.start.priority == 2
    assert found.failures == ((slow.version_id, SLOW),)
    assert [act.version_id for act in found.acts] == [good.version_id]


@pytest.mark.parametrize(
    ("effects", "field"),
    [
        (Effects(), "effects"),
        (Effects(priority=10), "effects.priority"),
        (Effects(skills={}), "effects"),
        (Effects(language="xx"), "effects.language"),
        (Effects(tags=("a", " ")), "effects.tags.1"),
        (Effects(tags=("a,b",)), "effects.tags.0"),
        (Effects(tags=("a" * 41,)), "effects.tags.0"),
        (Effects(tags=tuple(str(n) for n in range(11))), "effects.tags"),
    ],
)
def test_effects_that_mean_nothing_are_refused(effects: Effects, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.checked(effects)
    assert refused.value.field == field


def test_effects_keep_their_tags_in_lower_case_each_once_and_stopping_alone_is_something() -> None:
    assert rules.checked(Effects(tags=(" Pilny  ZWROT", "pilny zwrot", "Łódź"))).tags == ("pilny zwrot", "łódź")
    assert rules.checked(Effects(stops=True)) == Effects(stops=True)
    assert rules.checked(Effects(language=" DE ")) == Effects(language="de")


EFFECTS = st.builds(
    Effects,
    team_id=st.sampled_from([None, ACCOUNTING, WAREHOUSE]),
    priority=st.sampled_from([None, 0, 5, 9]),
    skills=st.dictionaries(st.sampled_from([PAYMENTS, WAREHOUSE]), st.integers(1, 5)),
    language=st.sampled_from([None, "de", "uk"]),
    needs_contact=st.sampled_from([None, True, False]),
    tags=st.lists(st.sampled_from("abcd"), max_size=3, unique=True).map(tuple),
    stops=st.integers(0, 4).map(lambda drawn: drawn == 0),
)
RULES = st.lists(st.tuples(st.sampled_from(["true", "false", "slow"]), EFFECTS), max_size=6)


def decide(rule: Rule) -> bool | Failure:
    return SLOW if rule.condition == "slow" else rule.condition == "true"


@given(RULES)
def test_any_rules_in_any_order_do_what_reading_them_by_hand_does(drawn: list[tuple[str, Effects]]) -> None:
    given_ = [Rule(new_id(), new_id(), condition, effects) for condition, effects in drawn]
    found = rules.sort(given_, START, decide)

    last = next((i for i, (said, effects) in enumerate(drawn) if said == "true" and effects.stops), len(drawn))
    reached = drawn[: last + 1]
    matching = [effects for said, effects in reached if said == "true"]

    def first(name: str) -> Any:
        said = (getattr(each, name) for each in matching)
        return next((value for value in said if value is not None and value != {}), getattr(START, name))

    assert found.start == Start(
        team_id=first("team_id"),
        priority=first("priority"),
        skills=first("skills"),
        language=first("language"),
        needs_contact=first("needs_contact"),
        tags=tuple(dict.fromkeys(tag for each in matching for tag in each.tags)),
    )
    assert [act.version_id for act in found.acts] == [
        rule.version_id for rule, (said, _) in zip(given_, reached, strict=False) if said == "true"
    ]
    assert len(found.failures) == sum(said == "slow" for said, _ in reached)
    sets = [name for act in found.acts for name in act.sets]
    assert len(sets) == len(set(sets))
