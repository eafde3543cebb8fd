"""What the commands that change a shop do."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from domain.agents.channels import Channel
from domain.agents.models import Member, MemberState, Team
from domain.agents.roles import Role
from domain.agents.sessions import SignedIn
from domain.billing.models import PriceUnit
from domain.billing.queries import price_list
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.events import SYSTEM
from domain.kit.ids import new_id
from domain.kit.outbox import ScheduleRow
from domain.orders.customers import CustomerDetails, save_customer
from domain.seats import entrance
from domain.seats.models import SeatKind
from domain.tenants import clients, tokens
from domain.tenants.errors import SlugTaken
from domain.tenants.permissions import CLIENT_SCOPES, Permission
from domain.tickets.models import Topic
from domain.tickets.opening import open_ticket
from infra.commands import client, demo, price, tenant
from infra.embedded.errors import CannotRun
from tests.callers import who
from tests.conftest import NOW, Shop
from tests.people import PASSWORD, cheap_passwords
from tests.state import events_of, jobs_of

KEY = "k" * 32


async def found(database: Database, slug: str) -> tenant.FoundedTenant:
    return await tenant.found(
        database,
        slug=slug,
        name="Choinka",
        timezone="Europe/Warsaw",
        currency="PLN",
        language=Language.PL,
        mail_from="pomoc@choinka.example",
        owner_email="szef@choinka.example",
        owner_name="Szef",
        public_url="https://sezon.example",
        key=KEY,
        now=NOW,
    )


async def test_a_founded_shop_has_an_owner_who_joins_by_the_link(database: Database) -> None:
    slug = f"s-{new_id().hex}"
    founded = await found(database, slug)
    address, _, token = founded.owner_link.rpartition("/")
    assert (address, founded.slug) == ("https://sezon.example/admin/invitation", slug)
    assert [actor for actor, _ in await jobs_of(database, founded.tenant_id)] == ["send_invitation"]
    owner = await entrance.join(
        database, token=token, password=PASSWORD, name=None, passwords=cheap_passwords(), now=NOW
    )
    assert (owner.role, owner.state, owner.name) == (Role.OWNER, MemberState.ACTIVE, "Szef")
    async with database.reading(founded.tenant_id) as session:
        schedule = await session.execute(select(ScheduleRow.actor, ScheduleRow.every_seconds))
        assert sorted(schedule.all()) == [
            ("expire_seats", 30),
            ("keep_books", 3600),
            ("provision_seats", 30),
            ("prune", 3600),
            ("remind_seats", 300),
            ("route_sweep", 30),
        ]
    with pytest.raises(SlugTaken):
        await found(database, slug)


async def test_a_founded_shop_can_take_in_a_case_at_once(database: Database) -> None:
    founded = await found(database, f"s-{new_id().hex}")
    async with database.writing(founded.tenant_id) as session:
        zofia = CustomerDetails(external_id="c-1", name="Zofia")
        customer = await save_customer(session, details=zofia, by=SYSTEM, now=NOW)
        await session.flush()
        ticket = await open_ticket(
            session,
            channel=Channel.EMAIL,
            topic_key="delivery",
            subject="Gdzie moja paczka?",
            body="Czekam.",
            customer_id=customer.id,
            order_id=None,
            by=SYSTEM,
            now=NOW,
        )
        team = await session.get_one(Team, (founded.tenant_id, ticket.team_id))
        assert (team.key, team.name, ticket.number) == ("first-line", "Pierwsza linia", 1)


async def test_a_created_client_gets_what_was_asked_for(database: Database, shop: Shop) -> None:
    created = await client.create(database, tenant_id=shop.tenant_id, name="ERP", scopes=["orders:read"], now=NOW)
    parsed = clients.parse_client_id(created.client_id)
    assert parsed is not None
    async with database.reading(shop.tenant_id) as session:
        row = await clients.check_client_secret(session, client_id=parsed.id, secret=created.client_secret)
    assert row is not None
    assert row.scopes == [Permission.ORDERS_READ]


async def test_a_revoked_client_and_its_tokens_are_worth_nothing(database: Database, shop: Shop) -> None:
    created = await client.create(database, tenant_id=shop.tenant_id, name="ERP", scopes=["orders:read"], now=NOW)
    parsed = clients.parse_client_id(created.client_id)
    assert parsed is not None
    async with database.writing(shop.tenant_id) as session:
        row = await clients.check_client_secret(session, client_id=parsed.id, secret=created.client_secret)
        assert row is not None
        issued = await tokens.issue_token(session, client=row, scopes=None, now=NOW)
    for _ in range(2):
        await client.revoke(database, client_id=created.client_id, now=NOW)
    async with database.reading(shop.tenant_id) as session:
        assert await clients.check_client_secret(session, client_id=parsed.id, secret=created.client_secret) is None
        assert await who(session, credential=issued.credential, now=NOW) is None
    with pytest.raises(CannotRun, match="is no client id"):
        await client.revoke(database, client_id="ERP", now=NOW)


async def test_the_demo_shop_can_be_set_up_again_and_what_was_lost_stops_working(database: Database) -> None:
    passwords = cheap_passwords()
    first = await demo.set_up(database, passwords=passwords, now=NOW)
    again = await demo.set_up(database, passwords=passwords, now=NOW)
    assert (again.tenant_id, again.shop, again.email) == (first.tenant_id, "demo", "owner@demo.example")
    outcomes = [
        await entrance.enter(
            database, shop=each.shop, email=each.email, password=each.password, passwords=passwords, now=NOW
        )
        for each in (first, again)
    ]
    assert [isinstance(outcome, SignedIn) for outcome in outcomes] == [False, True]
    good = []
    async with database.reading(first.tenant_id) as session:
        for each in (first, again):
            parsed = clients.parse_client_id(each.client_id)
            assert parsed is not None
            row = await clients.check_client_secret(session, client_id=parsed.id, secret=each.client_secret)
            good.append(None if row is None else set(row.scopes))
        teams = await session.scalars(select(Team.key).order_by(Team.key))
        topics = await session.scalars(select(Topic.key).order_by(Topic.key))
        members = await session.scalars(select(Member.role))
        assert teams.all() == ["accounting", "first-line", "second-line", "warehouse"]
        assert topics.all() == ["complaint", "delivery", "payment", "question", "return"]
        assert members.all() == [Role.OWNER]
    assert good == [None, set(CLIENT_SCOPES)]
    names = [name for name, _, _ in await events_of(database, first.tenant_id, aggregate="member")]
    assert names == ["MemberJoined", "PasswordSet", "MemberSignedIn"]


async def test_a_founded_shop_pays_the_usual_prices_until_others_are_set(database: Database) -> None:
    founded = await found(database, f"s-{new_id().hex}")
    set_to = await price.set_in_shop(
        database,
        shop=founded.slug,
        kind=SeatKind.LIGHT,
        unit=PriceUnit.MONTH,
        amount=3900,
        currency="PLN",
        first_day=date(2026, 12, 1),
        now=NOW,
    )
    assert set_to.valid_from == datetime(2026, 11, 30, 23, tzinfo=UTC)
    async with database.reading(founded.tenant_id) as session:
        prices = await price_list(session)
    assert [prices.at(SeatKind.LIGHT, at).amount for at in (NOW, set_to.valid_from)] == [2900, 3900]
    with pytest.raises(CannotRun, match="There is no shop nowhere"):
        await price.set_in_shop(
            database,
            shop="nowhere",
            kind=SeatKind.LIGHT,
            unit=PriceUnit.MONTH,
            amount=3900,
            currency="PLN",
            first_day=date(2026, 12, 1),
            now=NOW,
        )
