"""The stream to an open page: what it tells, whom, until when, and what it costs."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from sqlalchemy import event, update

from admin.live.drawing import PLACES
from admin.live.watching import MOST_EACH
from domain.agents import sessions
from domain.agents.models import Agent, Member
from domain.agents.roles import Role
from domain.kit import secrets
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.seats.models import SeatKind
from domain.tickets import departures
from tests.admin.live.conftest import Watched, session_of
from tests.admin.live.reading import reading
from tests.api.http.conftest import HandClock
from tests.conftest import NOW, FoundShop
from tests.domain.world import Person, World

PARTS_OF_A_TICKET = ["figures", "flow", "queues"]
"""What looks different when a ticket has come, which has not waited for a minute yet."""


def waiting(number: int) -> str:
    """How the page says that so many wait."""
    return f"<dt>Waiting</dt><dd>{number}</dd>"


async def supervisor(world: World) -> tuple[Person, str]:
    """On a seat for an hour."""
    person = await world.person(SeatKind.LIGHT, role=Role.SUPERVISOR, until=NOW + timedelta(hours=1))
    return person, await session_of(world, person.member_id)


async def test_it_tells_all_at_first_and_then_what_is_new(world: World, watched: Watched) -> None:
    _, cookie = await supervisor(world)
    async with reading(watched.app, cookie=cookie) as reader:
        await reader.until("event: agents")
        assert reader.status == 200
        assert reader.headers["content-type"].partition(";")[0] == "text/event-stream"
        assert reader.headers["cache-control"] == "no-store"
        assert reader.headers["x-accel-buffering"] == "no"
        assert "content-length" not in reader.headers
        assert reader.text.startswith("retry: 3000\n\n")
        assert [name for name, _ in reader.events()] == list(PLACES)
        await watched.look_again(5)
        assert reader.pieces == 2, "nothing is sent when nothing changes"
        reader.text = ""
        await world.ticket()
        await reader.until("event: queues")
        assert sorted(name for name, _ in reader.events()) == PARTS_OF_A_TICKET
        assert waiting(1) in dict(reader.events())["figures"]


async def test_it_is_what_a_page_that_is_opened_now_shows(world: World, watched: Watched) -> None:
    _, cookie = await supervisor(world)
    await world.ticket()
    async with (
        reading(watched.app, cookie=cookie) as reader,
        reading(watched.app, "/admin/live", cookie=cookie) as page,
    ):
        await reader.until("event: agents")
        html = await page.end()
    for name, text in reader.events():
        assert f'data-part="{name}">{text}</div>' in html


async def test_each_reads_it_in_their_own_language_and_goes_on_in_another(world: World, watched: Watched) -> None:
    person, cookie = await supervisor(world)
    other = await world.seatless(role=Role.ADMIN)
    polish = await session_of(world, other.member_id, language=Language.PL)
    async with reading(watched.app, cookie=cookie) as english, reading(watched.app, cookie=polish) as polski:
        assert "No line helps another" in await english.until("event: agents")
        assert "Teraz żadna linia nie pomaga innej." in await polski.until("event: agents")
        async with world.database.writing(world.tenant_id) as session:
            await session.execute(update(Member).where(Member.id == person.member_id).values(language=Language.PL))
        await english.until("Teraz żadna linia nie pomaga innej.")


async def test_nothing_of_another_shop_is_ever_told(world: World, watched: Watched, found_shop: FoundShop) -> None:
    other = await World.found(world.database, await found_shop())
    _, cookie = await supervisor(world)
    _, theirs = await supervisor(other)
    async with reading(watched.app, cookie=cookie) as ours, reading(watched.app, cookie=theirs) as foreign:
        await ours.until("event: agents")
        await foreign.until("event: agents")
        pieces = ours.pieces
        await other.ticket()
        await foreign.until(waiting(1))
        await watched.look_again(4)
        assert ours.pieces == pieces
        for team_id in other.teams.values():
            assert str(team_id) in foreign.text
            assert str(team_id) not in ours.text


async def signs_out(world: World, _: Person, cookie: str, __: HandClock) -> None:
    credential = secrets.parse(cookie)
    assert credential is not None
    async with world.database.writing(world.tenant_id) as session:
        await sessions.sign_out(session, credential=credential, now=NOW)


async def is_suspended(world: World, person: Person, _: str, __: HandClock) -> None:
    owner = await world.seatless(role=Role.OWNER)
    async with world.database.writing(world.tenant_id) as session:
        await departures.suspend_member(session, member_id=person.member_id, own_id=owner.member_id, by=SYSTEM, now=NOW)


async def lets_the_session_expire(_: World, __: Person, ___: str, clock: HandClock) -> None:
    clock.at = NOW + timedelta(hours=12)


async def loses_the_seat(world: World, person: Person, _: str, __: HandClock) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await departures.release_seat(session, assignment_id=person.assignment_id, at=None, by=SYSTEM, now=NOW)


async def sits_until_the_seat_ends(_: World, __: Person, ___: str, clock: HandClock) -> None:
    clock.at = NOW + timedelta(hours=1)


async def loses_the_role(world: World, person: Person, _: str, __: HandClock) -> None:
    async with world.database.writing(world.tenant_id) as session:
        await session.execute(update(Member).where(Member.id == person.member_id).values(role=Role.AGENT))


SESSION_OVER, RIGHT_LOST = "Your session has ended", "You are not permitted to see this page any more"


@pytest.mark.parametrize(
    ("happens", "said"),
    [
        (signs_out, SESSION_OVER),
        (is_suspended, SESSION_OVER),
        (lets_the_session_expire, SESSION_OVER),
        (loses_the_seat, SESSION_OVER),
        (sits_until_the_seat_ends, RIGHT_LOST),
        (loses_the_role, RIGHT_LOST),
    ],
)
async def test_it_ends_with_the_right_to_see_it_and_tells_nothing_after(
    world: World,
    watched: Watched,
    clock: HandClock,
    happens: Callable[[World, Person, str, HandClock], Awaitable[None]],
    said: str,
) -> None:
    person, cookie = await supervisor(world)
    async with reading(watched.app, cookie=cookie) as reader:
        await reader.until("event: agents")
        reader.text = ""
        await happens(world, person, cookie, clock)
        await world.ticket()
        await reader.end()
        assert [name for name, _ in reader.events()][-1:] == ["end"]
        assert said in reader.events()[-1][1]
        for name, text in reader.events()[:-1]:
            assert waiting(1) not in text, name


async def test_without_the_right_or_a_session_there_is_none(world: World, watched: Watched) -> None:
    agent = await world.person(SeatKind.FULL)
    async with reading(watched.app, cookie=await session_of(world, agent.member_id)) as reader:
        await reader.end()
        assert (reader.status, "event: " in reader.text) == (403, False)
    async with reading(watched.app) as reader:
        assert await reader.end() == ""
        assert reader.status == 401
    assert watched.watching.shops == set()


@pytest.mark.parametrize("pages", [1, 5])
async def test_however_many_watch_there_is_one_look_at_a_time(world: World, watched: Watched, pages: int) -> None:
    """Eight statements of the shop and one of everybody's rights; on a single connection, which nobody keeps."""
    await world.ticket()
    cookies = [await session_of(world, (await world.seatless(role=Role.ADMIN)).member_id) for _ in range(pages)]
    async with AsyncExitStack() as stack:
        for cookie in cookies:
            reader = await stack.enter_async_context(reading(watched.app, cookie=cookie))
            await reader.until("event: agents")
        await watched.look_again()
        counted = await count(watched, times=10)
        assert 10 * 9 <= counted <= 12 * 9
    await watched.watching.rest()
    assert await count(watched, times=0) == 0
    assert watched.held == 0


async def count(watched: Watched, *, times: int) -> int:
    """How many statements are sent while it looks so many times."""
    seen = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("SET LOCAL"):
            seen.append(statement)

    engine = watched.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        if times:
            await watched.look_again(times)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


async def test_a_member_has_so_many_and_another_is_refused_and_said_why(world: World, watched: Watched) -> None:
    _, cookie = await supervisor(world)
    _, others = await supervisor(world)
    async with AsyncExitStack() as stack:
        for _ in range(MOST_EACH):
            reader = await stack.enter_async_context(reading(watched.app, cookie=cookie))
            await reader.until("event: agents")
        async with reading(watched.app, cookie=cookie) as refused:
            assert f"You have {MOST_EACH} live pages open" in await refused.end()
            assert refused.status == 429
        other = await stack.enter_async_context(reading(watched.app, cookie=others))
        await other.until("event: agents")
        reader.left.set()
        await watched.look_again()
        again = await stack.enter_async_context(reading(watched.app, cookie=cookie))
        await again.until("event: agents")


async def test_the_process_has_so_many(world: World, watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    _, cookie = await supervisor(world)
    _, others = await supervisor(world)
    monkeypatch.setattr(watched.watching, "_most", 1)
    async with reading(watched.app, cookie=cookie) as reader, reading(watched.app, cookie=others) as refused:
        await reader.until("event: agents")
        assert "1 live pages are open here" in await refused.end()
        assert refused.status == 503


async def test_a_slow_reader_is_told_the_newest_state_alone(world: World, watched: Watched) -> None:
    _, cookie = await supervisor(world)
    async with reading(watched.app, cookie=cookie) as slow, reading(watched.app, cookie=cookie) as quick:
        await slow.until("event: agents")
        slow.room.clear()
        for number in range(1, 4):
            await world.ticket()
            await quick.until(waiting(number))
        slow.text = ""
        slow.room.set()
        await slow.until(waiting(3))
        assert waiting(2) not in slow.text


async def test_when_the_process_ends_so_do_they_and_browsers_ask_again(world: World, watched: Watched) -> None:
    _, cookie = await supervisor(world)
    async with reading(watched.app, cookie=cookie) as reader:
        await reader.until("event: agents")
        watched.watching.stop()
        await reader.end()
        assert "end" not in dict(reader.events())
        await watched.watching.rest()


async def test_a_look_that_fails_tells_nothing_and_the_next_one_goes_on(
    world: World, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, cookie = await supervisor(world)
    async with reading(watched.app, cookie=cookie) as reader:
        await reader.until("event: agents")
        with monkeypatch.context() as patching:
            failed = asyncio.Event()

            async def fails(*_: object, **__: object) -> None:
                failed.set()
                raise ConnectionError

            patching.setattr("admin.live.page.live", fails)
            await failed.wait()
            pieces = reader.pieces
            await world.ticket()
        await reader.until(waiting(1))
        assert reader.pieces == pieces + 1


async def test_what_somebody_is_called_begins_no_line(world: World, watched: Watched) -> None:
    person, cookie = await supervisor(world)
    async with world.database.writing(world.tenant_id) as session:
        agent = await session.get_one(Agent, (world.tenant_id, person.agent_id))
        agent.name = "Ola\revent: end\rdata: bye\r\rX"
    async with reading(watched.app, cookie=cookie) as reader:
        await reader.until("event: agents")
        assert "\r" not in reader.text
        assert [name for name, _ in reader.events()] == list(PLACES)
