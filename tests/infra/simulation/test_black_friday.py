"""The day's contacts come as orders and calls came, and follow from the seed."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from domain.agents.channels import Channel
from domain.seats.models import SeatKind
from infra.simulation import black_friday
from infra.simulation.black_friday import MIDNIGHT
from infra.simulation.world import Scenario, named
from tests.infra.simulation.data import written


@pytest.fixture
def day(tmp_path: Path) -> Scenario:
    return black_friday.scenario(written(tmp_path), contacts=1000, seed=7)


def test_channels_have_their_shares(day: Scenario) -> None:
    assert Counter(each.need.channel for each in day.tickets) == {
        Channel.EMAIL: 400,
        Channel.CHAT: 200,
        Channel.PHONE: 200,
        Channel.FORM: 120,
        Channel.MARKETPLACE: 80,
    }


def test_calls_come_as_calls_came_and_mail_as_orders_from_the_evening_before(day: Scenario) -> None:
    calls = Counter(each.arrived.hour for each in day.tickets if each.need.channel is Channel.PHONE)
    assert set(calls) == {12, 17}
    assert 0.8 < calls[12] / 200 < 1
    mail = [each.arrived - MIDNIGHT for each in day.tickets if each.need.channel is Channel.EMAIL]
    assert timedelta(hours=-2) <= min(mail) < timedelta() < max(mail) < timedelta(hours=24)
    chats = {each.arrived.hour for each in day.tickets if each.need.channel is Channel.CHAT}
    assert chats == set(range(8, 21))


def test_nobody_calls_or_chats_with_light_agents(day: Scenario) -> None:
    light = {team_id for each in day.people if each.seat is SeatKind.LIGHT for team_id in each.teams}
    assert light == {named("accounting"), named("warehouse")}
    for each in day.tickets:
        assert each.need.contact == (each.need.team_id not in light)
        assert each.need.channel not in (Channel.CHAT, Channel.PHONE) or each.need.contact


def test_everything_follows_from_the_seed(tmp_path: Path, day: Scenario) -> None:
    assert black_friday.scenario(tmp_path, contacts=1000, seed=7) == day
    assert black_friday.scenario(tmp_path, contacts=1000, seed=8).tickets != day.tickets


def test_people_come_and_go_at_different_times(day: Scenario) -> None:
    assert len({each.shifts[0].begins for each in day.people}) > 6
    assert len({each.id for each in day.people}) == len(day.people) == 20
