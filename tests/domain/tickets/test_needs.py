"""What tickets ask for is kept once, however many ask for it and however many do so at once."""

import asyncio
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.agents import operations as agents
from domain.agents.channels import Channel
from domain.agents.errors import SkillNotFound
from domain.kit.database import Database
from domain.kit.errors import InvalidInput
from domain.kit.events import SYSTEM, EventRow
from domain.kit.ids import new_id
from domain.seats.models import SeatKind
from domain.seats.rights import hold_seat
from domain.tickets import needs, opening, taking
from domain.tickets.models import Need, Topic, TopicSkill
from domain.tickets.needs import Needed, fingerprint
from tests.conftest import NOW, CountStatements, FoundShop
from tests.domain.invariants import broken
from tests.domain.waiting import blocked
from tests.domain.world import World

QUESTION = Needed(Channel.EMAIL, needs_contact=True)

NEEDED = st.builds(
    Needed,
    st.sampled_from(Channel),
    st.booleans(),
    st.dictionaries(st.sampled_from([UUID(int=1), UUID(int=2), UUID(int=16)]), st.integers(1, 5)),
    st.sampled_from([None, "pl", "de"]),
)


@given(one=NEEDED, other=NEEDED)
def test_a_fingerprint_is_the_same_for_the_same_and_for_nothing_else(one: Needed, other: Needed) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)
    turned = Needed(one.channel, one.needs_contact, dict(sorted(one.skills.items(), reverse=True)), one.language)
    assert fingerprint(turned) == fingerprint(one)
    assert {turned: 1} == {one: 1}


def test_a_fingerprint_says_all_that_is_asked() -> None:
    first, second = UUID("0190a000000070008000000000000001"), UUID("0190a000000070008000000000000002")
    asked = Needed(Channel.CHAT, needs_contact=False, skills={second: 1, first: 5}, language="de")
    assert fingerprint(asked) == f"CHAT inside de {first.hex}:5,{second.hex}:1"
    assert fingerprint(QUESTION) == "EMAIL contact - -"


def asking(sent: list[str]) -> list[str]:
    """The statements that are about needs."""
    return [statement for statement in sent if "FROM need" in statement]


async def returns(world: World) -> UUID:
    async with world.database.writing(world.tenant_id) as session:
        return (await agents.create_skill(session, key="returns", name="Zwroty", by=SYSTEM, now=NOW)).id


async def test_needs_are_made_once_and_found_again_in_one_statement(
    world: World, database: Database, statements: CountStatements
) -> None:
    payments, other = world.skills["payments"], await returns(world)
    wanted = [
        QUESTION,
        Needed(Channel.EMAIL, needs_contact=True, skills={payments: 1}),
        Needed(Channel.EMAIL, needs_contact=True, skills={payments: 2}),
        Needed(Channel.EMAIL, needs_contact=True, skills={other: 4, payments: 2}, language="de"),
    ]
    async with database.writing(world.tenant_id) as session:
        with statements() as sent:
            first = await needs.kept(session, wanted[:3])
        assert len(asking(sent)) == 1
    async with database.writing(world.tenant_id) as session:
        with statements() as sent:
            again = await needs.kept(session, wanted)
        assert len(asking(sent)) == 1
        assert {needed: again[needed] for needed in wanted[:3]} == first
        assert len(set(again.values())) == 4
        assert await needs.skills_of(session, need_ids=again.values()) == {
            again[wanted[0]]: {},
            again[wanted[1]]: {payments: 1},
            again[wanted[2]]: {payments: 2},
            again[wanted[3]]: {payments: 2, other: 4},
        }
        kept = (await session.scalars(select(Need).where(Need.id == again[wanted[3]]))).one()
        assert (kept.channel, kept.needs_contact, kept.language) == (Channel.EMAIL, True, "de")
        assert await needs.kept(session, []) == {}
    assert await broken(database, world.tenant_id) == {}


@pytest.mark.parametrize("settled", ["commit", "rollback"])
async def test_two_who_make_the_same_need_at_once_have_one(
    world: World, database: Database, settled: str, statements: CountStatements
) -> None:
    asked = Needed(Channel.PHONE, needs_contact=True, skills={world.skills["payments"]: 3})

    async def second() -> UUID:
        async with database.writing(world.tenant_id) as session:
            with statements() as sent:
                ids = await needs.kept(session, [asked, QUESTION])
            assert len(asking(sent)) == (2 if settled == "commit" else 1)
            return ids[asked]

    async with database.writing(world.tenant_id) as session:
        first = (await needs.kept(session, [asked]))[asked]
        waiting = asyncio.create_task(second())
        await blocked(database)
        if settled == "rollback":
            await session.rollback()
    made = await waiting
    assert (made == first) == (settled == "commit")
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(func.count()).where(Need.channel == Channel.PHONE)) == 1
        assert await needs.skills_of(session, need_ids=[made]) == {made: {world.skills["payments"]: 3}}


async def test_many_who_ask_for_the_same_and_for_more_in_any_order_never_lock_one_another_out(
    world: World, database: Database
) -> None:
    wanted = [Needed(channel, contact) for channel in Channel for contact in (True, False)]

    async def keep(number: int) -> dict[Needed, UUID]:
        async with database.writing(world.tenant_id) as session:
            return await needs.kept(session, wanted[number:] + wanted[:number])

    first, *others = await asyncio.gather(*(keep(number) for number in range(8)))
    assert all(other == first for other in others)
    assert len(set(first.values())) == len(wanted)


@pytest.mark.parametrize("change", ["UPDATE need SET fingerprint = 'x'", "DELETE FROM need_skill", "DELETE FROM need"])
async def test_what_was_asked_once_is_never_changed(world: World, database: Database, change: str) -> None:
    await world.ticket("payment")
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.writing(world.tenant_id) as session:
            await session.execute(text(change))


@pytest.mark.parametrize("change", ["channel = 'CHAT'", "channel = 'PHONE', worked_as = 'CHAT'", "worked_as = 'PHONE'"])
async def test_a_ticket_is_worked_as_it_came_but_for_a_call_that_is_over(
    world: World, database: Database, change: str
) -> None:
    await world.ticket("payment")
    with pytest.raises(IntegrityError, match="ck_ticket_way"):
        async with database.writing(world.tenant_id) as session:
            await session.execute(text(f"UPDATE ticket SET {change}"))


@pytest.mark.parametrize("change", ["needs_contact = NOT needs_contact", "channel = 'CHAT', worked_as = 'CHAT'"])
async def test_a_ticket_is_never_of_another_kind_than_its_need(world: World, database: Database, change: str) -> None:
    await world.ticket("payment")
    with pytest.raises(IntegrityError, match="fk_ticket_tenant_id_need_id_worked_as_needs_contact"):
        async with database.writing(world.tenant_id) as session:
            await session.execute(text(f"UPDATE ticket SET {change}"))


async def test_a_need_of_another_shop_is_nobodys(world: World, database: Database, found_shop: FoundShop) -> None:
    there = await World.found(database, await found_shop())
    async with database.writing(there.tenant_id) as session:
        theirs = (await needs.kept(session, [QUESTION]))[QUESTION]
    await world.ticket()
    with pytest.raises(IntegrityError):
        async with database.writing(world.tenant_id) as session:
            await session.execute(text(f"UPDATE ticket SET need_id = '{theirs}'"))
    async with database.writing(world.tenant_id) as session:
        assert await needs.skills_of(session, need_ids=[theirs]) == {theirs: {}}
        assert (await needs.kept(session, [QUESTION]))[QUESTION] != theirs


async def topic(world: World, skills: dict[UUID, int]) -> Topic:
    async with world.database.writing(world.tenant_id) as session:
        return await opening.create_topic(
            session,
            key="refund",
            name="Zwrot pieniędzy",
            team_id=world.teams["accounting"],
            skills=skills,
            needs_contact=False,
            by=SYSTEM,
            now=NOW,
        )


async def test_a_topic_asks_for_several_skills_at_their_levels_and_so_do_its_tickets(
    world: World, database: Database
) -> None:
    asked = {world.skills["payments"]: 4, await returns(world): 1}
    made = await topic(world, asked)
    ticket_id = await world.ticket("refund")
    async with database.reading(world.tenant_id) as session:
        rows = await session.execute(
            select(TopicSkill.skill_id, TopicSkill.level).where(TopicSkill.topic_id == made.id)
        )
        assert dict(rows.all()) == asked
        need_id = await session.scalar(text(f"SELECT need_id FROM ticket WHERE id = '{ticket_id}'"))
        assert await needs.skills_of(session, need_ids=[need_id]) == {need_id: asked}
        event = (await session.scalars(select(EventRow).where(EventRow.aggregate_id == made.id))).one()
    assert event.data == {
        "key": "refund",
        "team_id": str(world.teams["accounting"]),
        "skills": {str(skill_id): level for skill_id, level in asked.items()},
        "needs_contact": False,
    }


@pytest.mark.parametrize("level", [0, 6])
async def test_a_level_is_from_one_to_five(world: World, database: Database, level: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        await topic(world, {world.skills["payments"]: level})
    assert refused.value.field == "skills"
    async with database.reading(world.tenant_id) as session:
        assert await session.scalar(select(func.count()).where(Topic.key == "refund")) == 0


async def test_a_topic_asks_for_skills_that_there_are_and_for_twenty_at_most(world: World) -> None:
    with pytest.raises(SkillNotFound):
        await topic(world, {new_id(): 1})
    with pytest.raises(InvalidInput):
        await topic(world, {new_id(): 1 for _ in range(21)})


async def test_whoever_takes_the_next_has_all_its_skills_and_enough_of_each(world: World, database: Database) -> None:
    payments, other = world.skills["payments"], await returns(world)
    world.skills["returns"] = other
    await topic(world, {payments: 4, other: 1})
    ticket_id = await world.ticket("refund")
    lena = await world.person(SeatKind.LIGHT, teams=["accounting"], skills=["payments"])

    async def taken() -> UUID | None:
        async with database.writing(world.tenant_id) as session:
            seat = await hold_seat(session, agent_id=lena.agent_id, now=NOW)
            ticket = await taking.take_next(session, seat=seat, by=lena.actor, now=NOW)
        return ticket.id if ticket is not None else None

    async def can(level: int, *skill_ids: UUID) -> None:
        async with database.writing(world.tenant_id) as session:
            skills = dict.fromkeys(skill_ids, level)
            await agents.set_skills(session, agent_id=lena.agent_id, skills=skills, by=SYSTEM, now=NOW)

    assert await taken() is None
    for level, skill_ids in ((5, [payments]), (3, [payments, other]), (5, [other])):
        await can(level, *skill_ids)
        assert await taken() is None
    await can(4, payments, other)
    assert await taken() == ticket_id
