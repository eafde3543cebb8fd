"""Inviting people in the panel, and saying what they do."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from domain.agents.channels import Channel
from domain.agents.models import (
    Agent,
    AgentCapacity,
    AgentLanguage,
    AgentSkill,
    AgentTeam,
    Invitation,
    Member,
    MemberState,
)
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.seats import operations
from domain.seats.models import PlannedInvitation, SeatAssignment, SeatKind
from tests.admin.actions.conftest import Browser, Typed, hidden, said
from tests.admin.seasons.conftest import scheduled
from tests.conftest import NOW, FoundShop
from tests.domain.world import SEASON_END, World
from tests.state import everything, jobs_of

EWA = {"email": "ewa@bombka.example", "name": "Ewa Nowak", "role": "AGENT", "language": "PL", "seat": "NONE"}


async def add(world: World, *, start: datetime | None = None) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await operations.add_licences(
            session, kind=SeatKind.LIGHT, count=1, start=start, end=SEASON_END, label="", by=SYSTEM, now=NOW
        )


async def test_a_person_is_invited_once_with_teams_skills_capacities_and_a_seat(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await add(world)
    await browser.sign_in(admin)
    page = await browser.get("/agents/invite")
    assert "Full free now: 0, free later: 0 Light free now: 1, free later: 0" in " ".join(said(page).split())
    typed: Typed = {
        **hidden(page),
        **EWA,
        "teams": [str(world.teams["accounting"]), str(world.teams["first-line"])],
        "skills": str(world.skills["payments"]),
        "capacity_CHAT": "3",
        "capacity_EMAIL": "",
        "seat": "LIGHT",
    }
    for _ in range(2):
        answer = await browser.post("/agents/invite", typed)
        assert (answer.status_code, answer.headers["location"]) == (303, "/admin/invitations?done=invited")
    async with database.reading(world.tenant_id) as session:
        member = (await session.scalars(select(Member).where(Member.email == EWA["email"]))).one()
        agent_id = (await session.scalars(select(Agent.id).where(Agent.member_id == member.id))).one()
        teams = set(await session.scalars(select(AgentTeam.team_id).where(AgentTeam.agent_id == agent_id)))
        skills = set(await session.scalars(select(AgentSkill.skill_id).where(AgentSkill.agent_id == agent_id)))
        items = (await session.scalars(select(AgentCapacity).where(AgentCapacity.agent_id == agent_id))).all()
        seat = (await session.scalars(select(SeatAssignment).where(SeatAssignment.agent_id == agent_id))).one()
        (invitation,) = await session.scalars(select(Invitation))
    assert (member.name, member.role, member.language, member.state) == (
        "Ewa Nowak",
        Role.AGENT,
        Language.PL,
        MemberState.INVITED,
    )
    assert teams == set(world.teams.values())
    assert skills == {world.skills["payments"]}
    assert [(item.channel, item.items) for item in items] == [(Channel.CHAT, 3)]
    assert (seat.kind, seat.period.lower, seat.period.upper) == (SeatKind.LIGHT, NOW, SEASON_END)
    assert invitation.invited_by_id == admin.id
    assert [actor for actor, _ in await jobs_of(database, world.tenant_id)].count("send_invitation") == 1


async def test_beyond_the_licences_somebody_waits_in_line_and_gets_no_mail_yet(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin)
    page = await browser.get("/agents/invite")
    assert '<input type="checkbox" name="hold" value="yes" checked>' in page.text
    typed = {**hidden(page), **EWA, "seat": "LIGHT", "hold": "yes", "to": "2027-01-15"}
    answers = [await browser.post("/agents/invite", typed) for _ in range(2)]
    async with database.reading(world.tenant_id) as session:
        planned = (await session.scalars(select(PlannedInvitation))).one()
        assert (await session.scalars(select(Invitation))).all() == []
    for answer in answers:
        assert answer.headers["location"] == f"/admin/agents/{planned.agent_id}?done=held"
    assert (planned.kind, planned.wanted.lower, planned.invite_at) == (SeatKind.LIGHT, NOW, NOW)
    assert planned.wanted.upper == datetime(2027, 1, 15, 23, tzinfo=UTC)
    landed = said(await browser.http.get(answers[0].headers["location"]))
    assert "No seat is free yet. They wait in line, and are invited when there is one." in landed
    assert "Waits for a seat Light" in landed
    assert "send_invitation" not in [actor for actor, _ in await jobs_of(database, world.tenant_id)]


async def test_a_seasons_seats_are_not_among_the_free_ones(browser: Browser, admin: Actor, world: World) -> None:
    await add(world)
    await scheduled(world, admin, full_count=2, light_count=3, people=[])
    await browser.sign_in(admin)
    page = " ".join(said(await browser.get("/agents/invite")).split())
    assert "Full free now: 0, free later: 0 Light free now: 1, free later: 0" in page
    assert "A season's seats are given on the season's page." in page


async def test_a_seat_can_begin_with_the_season(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await add(world, start=datetime(2026, 11, 30, 23, tzinfo=UTC))
    await browser.sign_in(admin)
    assert "Light free now: 0, free later: 1" in " ".join(said(await browser.get("/agents/invite")).split())
    none = await browser.post("/agents/invite", {**EWA, "seat": "LIGHT"})
    assert '<p class="wrong" id="seat-problem">No light licence is free; there are 0 at that time.' in none.text
    answer = await browser.post("/agents/invite", {**EWA, "seat": "LIGHT", "from": "2026-12-01", "to": "2026-12-24"})
    assert answer.status_code == 303
    async with database.reading(world.tenant_id) as session:
        seat = (await session.scalars(select(SeatAssignment))).one()
    assert (seat.period.lower, seat.period.upper) == (
        datetime(2026, 11, 30, 23, tzinfo=UTC),
        datetime(2026, 12, 24, 23, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("typed", "field", "problem"),
    [
        ({"email": "ewa"}, "email", "Is not an e-mail address."),
        ({"email": ""}, "email", None),
        ({"name": ""}, "name", "Must not be empty."),
        ({"role": "KING"}, "role", "Choose one."),
        ({"role": "OWNER"}, "role", "As an admin you cannot make anyone an owner."),
        ({"language": "DE"}, "language", "Choose one."),
        ({"teams": "x"}, "teams", "Choose from the list."),
        ({"teams": str(new_id())}, "teams", "There is no such team."),
        ({"skills": str(new_id())}, "skills", "There is no such skill."),
        ({"capacity_CHAT": "1001"}, "capacity_CHAT", "Must be 0 to 1,000."),
        ({"capacity_CHAT": "-1"}, "capacity_CHAT", "Must be 0 to 1,000."),
        ({"seat": "GOLD"}, "seat", "Choose one."),
        ({"seat": "FULL"}, "seat", "No full licence is free; there are 0 at that time. Add licences or release one."),
        ({"seat": "LIGHT", "from": "2026-11-01"}, "from", "Must not be in the past."),
        ({"seat": "LIGHT", "from": "2026-12-02", "to": "2026-12-01"}, "to", "Must be later than “from”."),
        ({"email": "zofia@klient.example"}, "email", None),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_nobody_is_invited(
    browser: Browser,
    admin: Actor,
    world: World,
    database: Database,
    typed: dict[str, str],
    field: str,
    problem: str | None,
) -> None:
    await add(world)
    await browser.sign_in(admin)
    before = await everything(database, world.tenant_id)
    answer = await browser.post("/agents/invite", {**EWA, **typed})
    assert answer.status_code == 422
    assert f'<p class="wrong" id="{field}-problem">{problem or ""}' in answer.text
    assert f'<a href="#{field}">' in answer.text
    assert f'value="{EWA["email"]}"' in answer.text or "email" in typed
    assert await everything(database, world.tenant_id) == before


async def test_somebody_who_is_there_already_is_refused(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    await browser.sign_in(admin, language="pl")
    async with database.reading(world.tenant_id) as session:
        email = await session.scalar(select(Member.email))
    assert email is not None
    before = await everything(database, world.tenant_id)
    answer = await browser.post("/agents/invite", {**EWA, "email": email})
    assert f'<p class="wrong" id="email-problem">{email} należy już do osoby z zespołu.</p>' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_an_admin_is_offered_no_owners_and_an_owner_is(browser: Browser, admin: Actor, world: World) -> None:
    await browser.sign_in(admin)
    assert '<option value="OWNER"' not in (await browser.get("/agents/invite")).text
    owner = await world.seatless(role=Role.OWNER)
    await browser.sign_in(Actor(ActorKind.MEMBER, owner.member_id))
    assert '<option value="OWNER"' in (await browser.get("/agents/invite")).text


async def test_teams_skills_and_capacities_are_replaced_whole_and_once(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    agent = await world.seatless(teams=("first-line",), emails=7)
    await browser.sign_in(admin)
    page = await browser.get(f"/agents/{agent.id}/teams")
    assert f'value="{world.teams["first-line"]}" checked' in page.text
    assert f'value="{world.teams["accounting"]}">' in page.text
    capacities = await browser.get(f"/agents/{agent.id}/capacities")
    assert 'name="capacity_EMAIL" type="number" value="7"' in capacities.text
    assert 'name="capacity_CHAT" type="number" value=""' in capacities.text
    changes: tuple[tuple[str, Typed], ...] = (
        ("teams", {**hidden(page), "teams": str(world.teams["accounting"])}),
        (
            "skills",
            {**hidden(await browser.get(f"/agents/{agent.id}/skills")), "skills": str(world.skills["payments"])},
        ),
        ("capacities", {**hidden(capacities), "capacity_EMAIL": "", "capacity_PHONE": "0"}),
    )
    for what, typed in changes:
        answers = [await browser.post(f"/agents/{agent.id}/{what}", typed) for _ in range(2)]
        assert [(one.status_code, one.headers["location"]) for one in answers] == [
            (303, f"/admin/agents/{agent.id}?done=saved")
        ] * 2
    async with database.reading(world.tenant_id) as session:
        assert list(await session.scalars(select(AgentTeam.team_id).where(AgentTeam.agent_id == agent.id))) == [
            world.teams["accounting"]
        ]
        assert list(await session.scalars(select(AgentSkill.skill_id).where(AgentSkill.agent_id == agent.id))) == [
            world.skills["payments"]
        ]
        rows = (await session.scalars(select(AgentCapacity).where(AgentCapacity.agent_id == agent.id))).all()
        assert [(row.channel, row.items) for row in rows] == [(Channel.PHONE, 0)]


async def test_levels_languages_and_rank_are_chosen_and_shown(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    agent, payments = await world.seatless(skills=("payments",)), world.skills["payments"]
    await browser.sign_in(admin)
    form = await browser.get(f"/agents/{agent.id}/skills")
    assert f'<select name="level_{payments}" aria-label="Level of Payments">' in form.text
    assert "<option selected>3</option>" in form.text
    languages = await browser.get(f"/agents/{agent.id}/languages")
    assert "None chosen: Polish, the shop’s own language." in said(languages)
    for what, typed in (
        ("skills", {**hidden(form), "skills": str(payments), f"level_{payments}": "5"}),
        ("languages", {**hidden(languages), "languages": "de", "senior": "yes"}),
    ):
        answer = await browser.post(f"/agents/{agent.id}/{what}", typed)
        assert answer.headers["location"] == f"/admin/agents/{agent.id}?done=saved"
    page = said(await browser.get(f"/agents/{agent.id}"))
    assert "Skills Payments (level 5) Speaks with customers German Senior Yes" in page
    form = await browser.get(f"/agents/{agent.id}/languages")
    assert 'name="languages" value="de" checked' in form.text
    assert 'name="senior" value="yes" checked' in form.text
    async with database.reading(world.tenant_id) as session:
        assert (await session.get_one(Agent, (world.tenant_id, agent.id))).senior
        assert list(await session.scalars(select(AgentSkill.level).where(AgentSkill.agent_id == agent.id))) == [5]
        assert list(await session.scalars(select(AgentLanguage.language))) == ["de"]


async def test_what_an_agent_does_stays_when_the_form_is_wrong(
    browser: Browser, admin: Actor, world: World, database: Database
) -> None:
    agent = await world.seatless()
    await browser.sign_in(admin, language="pl")
    before = await everything(database, world.tenant_id)
    for what, typed, field, problem in (
        ("teams", {"teams": str(new_id())}, "teams", "Nie ma takiego zespołu."),
        ("skills", {"skills": str(new_id())}, "skills", "Nie ma takiej umiejętności."),
        ("skills", {"skills": "x"}, "skills", "Wybierz z listy."),
        ("languages", {"languages": "xx"}, "languages", "Musi być kodem języka z dwóch liter (ISO 639-1)."),
        ("capacities", {"capacity_EMAIL": "many"}, "capacity_EMAIL", "Musi być od 0 do 1000."),
    ):
        answer = await browser.post(f"/agents/{agent.id}/{what}", typed)
        assert answer.status_code == 422
        assert f'<p class="wrong" id="{field}-problem">{problem}</p>' in answer.text
    assert await everything(database, world.tenant_id) == before


async def test_another_shops_agent_teams_and_skills_are_not_found(
    browser: Browser, admin: Actor, world: World, database: Database, found_shop: FoundShop
) -> None:
    there = await World.found(database, await found_shop())
    stranger, own = await there.seatless(), await world.seatless()
    await browser.sign_in(admin)
    before = [await everything(database, shop.tenant_id) for shop in (world, there)]
    for agent_id in (stranger.id, new_id(), "x"):
        for what in ("teams", "skills", "languages", "capacities"):
            assert (await browser.get(f"/agents/{agent_id}/{what}")).status_code == 404
            assert (await browser.post(f"/agents/{agent_id}/{what}", {})).status_code == 404
    for what, id in (("teams", there.teams["first-line"]), ("skills", there.skills["payments"])):
        assert (await browser.post(f"/agents/{own.id}/{what}", {what: str(id)})).status_code == 422
    assert [await everything(database, shop.tenant_id) for shop in (world, there)] == before


async def test_all_that_is_wrong_is_told_at_once_and_a_channel_is_not_taken_for_the_address(
    browser: Browser, admin: Actor
) -> None:
    await browser.sign_in(admin)
    answer = await browser.post("/agents/invite", {**EWA, "email": "ewa", "name": "", "capacity_EMAIL": "1001"})
    summary = said(answer).partition("This cannot be done yet:")[2]
    for problem in (
        "E-mail address : Is not an e-mail address.",
        "Name : Must not be empty.",
        "How much at once, E-mail : Must be 0 to 1,000.",
    ):
        assert problem in summary


@pytest.mark.parametrize("path", ["/agents/invite", "/clients/create"])
async def test_an_address_fills_no_form_in(browser: Browser, admin: Actor, path: str) -> None:
    await browser.sign_in(admin)
    once = "0" * 32
    tricked = await browser.get(
        f"{path}?email=evil@klient.example&role=SUPERVISOR&name=Evil&program=Evil&scopes=orders:write&once={once}"
    )
    plain = await browser.get(path)
    forms = [page.text.partition('<main id="main"')[2] for page in (tricked, plain)]
    assert once not in forms[0]
    first, second = (re.sub(r'name="once" value="[0-9a-f]{32}"', "", form) for form in forms)
    assert first == second
