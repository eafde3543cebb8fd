"""Rules do what their names say."""

from dataclasses import replace

from domain.agents.channels import Channel
from domain.seats.models import SeatKind
from infra.simulation.rules import RuleName
from infra.simulation.world import Person, Ticket, named
from tests.infra.simulation.desk import at, desk, need, person, story, ticket

CREW = sorted((person(name) for name in ("Ada", "Ewa", "Iga")), key=lambda each: each.id)
FIRST, SECOND, THIRD = (each.name for each in CREW)


def given(tickets: list[Ticket], rule: RuleName, people: list[Person] = CREW) -> list[str | None]:
    return [row[0] for row in story(desk(tickets, people), rule)]


def test_round_robin_gives_in_turns_whoever_has_how_much() -> None:
    tickets = [ticket("a", 0, work=1), ticket("b", 1), ticket("c", 2), ticket("d", 3), ticket("e", 4)]
    assert given(tickets, RuleName.ROUND_ROBIN) == [FIRST, SECOND, THIRD, FIRST, SECOND]


def test_in_turns_who_cannot_have_a_ticket_keeps_the_place() -> None:
    able = person("Ola", skills={named("skill"): 1})
    people = sorted([*CREW, able], key=lambda each: each.id)
    asks = need(skills=((named("skill"), 1),))
    tickets = [ticket("a", 0, need=asks), ticket("b", 1), ticket("c", 2), ticket("d", 3), ticket("e", 4, need=asks)]
    assert given(tickets, RuleName.ROUND_ROBIN, people) == ["Ola", FIRST, SECOND, THIRD, "Ola"]


def test_least_active_gives_to_who_has_the_fewest_in_hand() -> None:
    tickets = [ticket("a", 0), ticket("b", 1, work=2), ticket("c", 2), ticket("d", 4), ticket("e", 5)]
    assert given(tickets, RuleName.LEAST_ACTIVE) == [FIRST, SECOND, THIRD, SECOND, FIRST]


def test_first_come_gives_to_who_has_had_nothing_to_do_the_longest() -> None:
    tickets = [ticket("a", 0, work=5), ticket("b", 1, work=1), ticket("c", 2, work=6), ticket("d", 9), ticket("e", 10)]
    assert given(tickets, RuleName.FIRST_COME) == [FIRST, SECOND, THIRD, SECOND, FIRST]


def test_first_come_looks_at_no_priority_and_the_others_do() -> None:
    alone = [person("Ada", capacity={Channel.EMAIL: 1})]
    tickets = [ticket("a", 0), ticket("b", 1), ticket("c", 2, priority=5)]
    assert [row[1] for row in story(desk(tickets, alone), RuleName.FIRST_COME)] == [0, 10, 20]
    for rule in RuleName:
        if rule is not RuleName.FIRST_COME:
            assert [row[1] for row in story(desk(tickets, alone), rule)] == [0, 20, 10]


def test_the_product_gives_to_whom_the_customer_knows_and_else_by_work_per_hour_of_being_there() -> None:
    late, early = person("late", (60, 480)), person("early", (0, 480))
    tickets = [
        ticket("a", 0, customer="Zofia"),
        ticket("b", 61, customer="Zofia"),
        ticket("c", 62, customer="Jan"),
        ticket("d", 63, customer="Jan"),
        ticket("e", 64, customer="Ola"),
    ]
    # At 64 early has had 12 minutes in 64, which is 11 an hour; late the same in 4, which counts as 15: 48 an hour.
    assert given(tickets, RuleName.SEZON, [early, late]) == ["early", "early", "late", "late", "early"]
    strangers = given(tickets, RuleName.STRANGERS, [early, late])
    assert strangers == ["early", "late", "early", "early", "early"]


def test_no_rule_gives_a_customer_to_a_light_seat_or_anything_to_who_is_away() -> None:
    people = [person("away", (300, 400)), person("light", seat=SeatKind.LIGHT)]
    asks = replace(need(), contact=True)
    for rule in RuleName:
        assert story(desk([ticket("a", 0, need=asks)], people, ends=at(200)), rule) == [(None, None, None, None)]
        assert story(desk([ticket("a", 0)], people, ends=at(200)), rule) == [("light", 0, 0, 10)]
