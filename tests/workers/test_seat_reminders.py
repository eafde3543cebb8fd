"""The mails that tell of seats which end: to the person and to the admins, each in their own language, once."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from domain.agents.models import Member, MemberState
from domain.agents.roles import Role
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.orders.customers import CustomerDetails, save_customer
from domain.seats.extending import extend_licences
from domain.seats.jobs import RemindSeats
from domain.seats.models import SeatKind
from domain.seats.reminding import Ending
from tests.conftest import NOW, Shop
from tests.domain.world import SEASON_END, Person, World
from tests.workers.probe import Bench
from tests.workers.sink import Sink
from workers import reminder_letter
from workers.broker import Delivery
from workers.reminder_letter import ReminderLetter
from workers.runtime import Outcome

T72 = SEASON_END - timedelta(hours=72)
LENA, OLA = "lena@bombka.example", "ola@bombka.example"


@pytest.fixture
async def world(bench_with_mail: Bench, shop: Shop) -> World:
    return await World.found(bench_with_mail.database, shop)


async def called(world: World, member_id: object, name: str, language: Language) -> None:
    async with world.database.writing(world.tenant_id) as session:
        known = {"name": name, "email": f"{name.lower()}@bombka.example", "language": language}
        await session.execute(update(Member).where(Member.id == member_id).values(known))


@pytest.fixture
async def lena(world: World) -> Person:
    """Somebody on a light seat until the season's end, who reads English; Ola, who owns the shop, reads Polish."""
    ola, lena = await world.seatless(role=Role.OWNER), await world.person(SeatKind.LIGHT)
    await called(world, ola.member_id, "Ola", Language.PL)
    await called(world, lena.member_id, "Lena", Language.EN)
    return lena


async def reminded(bench: Bench) -> list[Delivery]:
    """The mails that are due at T-72, after one pass."""
    bench.clock.move(seconds=(T72 - NOW).total_seconds())
    await bench.enqueue(RemindSeats())
    for message in await bench.dispatch():
        if message.actor == "remind_seats":
            assert await bench.perform(message) is Outcome.DONE
    return [message for message in await bench.dispatch() if message.actor.startswith("tell_of_")]


async def test_the_person_and_each_admin_get_one_mail(bench_with_mail: Bench, lena: Person, sink: Sink) -> None:
    mails = await reminded(bench_with_mail)
    assert sorted(mail.actor for mail in mails) == ["tell_of_seat_end", "tell_of_seat_ends"]
    for mail in mails:
        assert await bench_with_mail.perform(mail) is Outcome.DONE
        assert await bench_with_mail.perform(mail) is Outcome.NOTHING_TO_DO
    assert sorted(recipients for _, recipients in sink.envelopes) == [[LENA], [OLA]]
    said = {str(mail["To"]): (str(mail["Subject"]), mail.get_content()) for mail in sink.mails}
    until = "2027-01-15 10:00 (Europe/Warsaw, UTC+01:00)"
    subject, body = said[LENA]
    assert subject == f"Bombka: your seat in Sezon ends on {until}"
    assert body.replace("\r\n", "\n").splitlines() == [
        "Hello,",
        "",
        f"your seat in Sezon for Bombka (light) ends within 72 hours, on {until}.",
        "",
        "From then on you cannot work on tickets. Those in your hands are handed over by themselves.",
        "",
        "If you are to stay longer, ask an admin of Bombka.",
    ]
    subject, body = said[OLA]
    assert subject == f"Bombka: licencje, które kończą się {until}: 1"
    assert body.replace("\r\n", "\n").splitlines() == [
        "Dzień dobry!",
        "",
        f"Te licencje Bombka w Sezonie kończą się w ciągu 72 godzin, {until}:",
        "",
        "- Lena (lekka)",
        "",
        "W tej chwili dostęp ustanie, a otwarte zgłoszenia zostaną przekazane. Nie trzeba nic robić.",
        "Jeśli ktoś ma zostać, można przedłużyć licencję albo przydzielić inną:",
        "",
        "https://sezon.example/admin/seats",
    ]
    assert len({str(mail["Message-ID"]) for mail in sink.mails}) == 2


async def test_a_pass_run_again_sends_nothing_more(bench_with_mail: Bench, lena: Person, sink: Sink) -> None:
    for mail in await reminded(bench_with_mail):
        await bench_with_mail.perform(mail)
    sink.forget()
    bench_with_mail.clock.move(seconds=60)
    await bench_with_mail.enqueue(RemindSeats())
    for message in await bench_with_mail.dispatch():
        await bench_with_mail.perform(message)
    assert [message.actor for message in await bench_with_mail.dispatch() if "tell" in message.actor] == []
    assert sink.connections == 0


@pytest.mark.parametrize("fate", ["extended", "suspended", "over"])
async def test_what_is_of_no_use_any_more_is_not_mailed(
    bench_with_mail: Bench, world: World, lena: Person, sink: Sink, fate: str
) -> None:
    mails = await reminded(bench_with_mail)
    async with world.database.writing(world.tenant_id) as session:
        if fate == "extended":
            await extend_licences(session, licence_ids=[lena.licence_id], end=None, by=SYSTEM, now=T72)
        elif fate == "suspended":
            everybody = update(Member).where(Member.tenant_id == world.tenant_id)
            await session.execute(everybody.values(state=MemberState.SUSPENDED))
        else:
            bench_with_mail.clock.move(hours=72)
    for mail in mails:
        assert await bench_with_mail.perform(mail) is Outcome.DONE
    assert sink.connections == 0


async def test_mail_that_would_reach_a_customer_is_refused_and_set_aside(
    bench_with_mail: Bench, world: World, lena: Person, sink: Sink
) -> None:
    async with world.database.writing(world.tenant_id) as session:
        for address in (LENA, OLA):
            details = CustomerDetails(external_id=address, name="Zofia", email=address)
            await save_customer(session, details=details, by=SYSTEM, now=NOW)
    for mail in await reminded(bench_with_mail):
        assert await bench_with_mail.perform(mail) is Outcome.DEAD
    assert sink.connections == 0


async def test_a_server_that_says_no_for_now_is_asked_again_for_a_day(
    bench_with_mail: Bench, lena: Person, sink: Sink
) -> None:
    (mail,) = [mail for mail in await reminded(bench_with_mail) if mail.actor == "tell_of_seat_end"]
    sink.to_recipients.append("451 4.7.1 greylisted")
    assert await bench_with_mail.perform(mail) is Outcome.PUT_BACK
    bench_with_mail.clock.move(seconds=2)
    (again,) = [mail for mail in await bench_with_mail.dispatch() if mail.actor == "tell_of_seat_end"]
    assert await bench_with_mail.perform(again) is Outcome.DONE
    assert [recipients for _, recipients in sink.envelopes] == [[LENA]]


@pytest.mark.parametrize(
    ("ends_at", "until"),
    [
        (datetime(2026, 3, 28, 23, tzinfo=UTC), "2026-03-29 00:00 (Europe/Warsaw, UTC+01:00)"),
        (datetime(2026, 3, 29, 22, tzinfo=UTC), "2026-03-30 00:00 (Europe/Warsaw, UTC+02:00)"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25 02:30 (Europe/Warsaw, UTC+02:00)"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25 02:30 (Europe/Warsaw, UTC+01:00)"),
        (datetime(2028, 2, 29, 23, tzinfo=UTC), "2028-03-01 00:00 (Europe/Warsaw, UTC+01:00)"),
    ],
)
def test_the_instant_is_told_in_the_shops_time_and_of_two_hours_of_one_name_which(
    ends_at: datetime, until: str
) -> None:
    letter = reminder_letter.write_to_sitter(
        Language.EN,
        shop="Bombka",
        ending=Ending("Lena", SeatKind.FULL, light_after=False),
        ends_at=ends_at,
        hours=24,
        timezone="Europe/Warsaw",
    )
    assert letter.subject == f"Bombka: your seat in Sezon ends on {until}"


def test_who_goes_on_lightly_is_told_so_in_either_language() -> None:
    said = [
        reminder_letter.write_to_sitter(
            language,
            shop="Bombka",
            ending=Ending("Lena", SeatKind.FULL, light_after=True),
            ends_at=SEASON_END,
            hours=24,
            timezone="Europe/Warsaw",
        )
        for language in Language
    ]
    assert [letter.body.splitlines()[4] for letter in said] == [
        "From then on you have a light seat: you write drafts, and somebody with a full seat sends them. Conversations "
        "with customers are handed over by themselves.",
        "Od tej chwili licencja będzie lekka: można pisać szkice, a wyśle je ktoś z pełną licencją. Rozmowy "
        "z klientami zostaną przekazane same.",
    ]


def test_admins_read_in_one_letter_whose_seats_end() -> None:
    endings = [Ending("Adam", SeatKind.FULL, light_after=False), Ending("Ewa", SeatKind.LIGHT, light_after=False)]
    letter = reminder_letter.write_to_admin(
        Language.EN,
        shop="Bombka",
        endings=endings,
        ends_at=SEASON_END,
        hours=24,
        timezone="Europe/Warsaw",
        public_url="https://sezon.example/",
    )
    until = "2027-01-15 10:00 (Europe/Warsaw, UTC+01:00)"
    assert letter == ReminderLetter(
        f"Bombka: seats that end on {until}: 2",
        "Hello,\n\n"
        f"these seats of Bombka in Sezon end within 24 hours, on {until}:\n\n"
        "- Adam (full)\n- Ewa (light)\n\n"
        "Access stops at that instant, and open tickets are handed over. You need to do nothing.\n"
        "If somebody is to stay, extend the licence or give them another one:\n\n"
        "https://sezon.example/admin/seats\n",
    )
