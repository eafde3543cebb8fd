"""Inviting and joining."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from domain.agents import invitations, joining, operations, queries
from domain.agents.channels import Channel
from domain.agents.errors import (
    AddressBelongsToCustomer,
    InvitationInvalid,
    InvitationTooSoon,
    MemberExists,
    MemberNotFound,
    RoleAboveOwn,
    SkillNotFound,
    TeamNotFound,
)
from domain.agents.invitations import Invited
from domain.agents.jobs import SendInvitation
from domain.agents.models import AgentCapacity, AgentSkill, AgentTeam, Member, MemberState, Presence
from domain.agents.roles import Role
from domain.agents.sessions import SignedIn
from domain.kit.database import Database
from domain.kit.errors import InvalidInput, Language
from domain.kit.events import SYSTEM, Actor, ActorKind
from domain.kit.ids import new_id
from domain.kit.secrets import Credential, Prefix
from domain.seats import entrance
from tests.conftest import NOW, FoundShop, Shop
from tests.people import PASSWORD, add_member, cheap_passwords
from tests.state import everything, jobs_of

KEY = "k" * 32
EMAIL = "ewa@bombka.example"


async def invite(database: Database, shop: Shop, inviter: Member, **changes: Any) -> Invited:
    values: dict[str, Any] = {
        "email": EMAIL,
        "name": "Ewa",
        "role": Role.AGENT,
        "team_ids": [],
        "skill_ids": [],
        "capacities": {},
        "language": Language.PL,
        "belongs_to_customer": False,
        "by": Actor(ActorKind.MEMBER, inviter.id),
        "inviter_member_id": inviter.id,
        "key": KEY,
        "now": NOW,
    }
    async with database.writing(shop.tenant_id) as session:
        return await invitations.invite_member(session, **{**values, **changes})


def token_of(shop: Shop, invited: Invited) -> str:
    return str(invitations.link_credential(tenant_id=shop.tenant_id, invitation_id=invited.invitation.id, key=KEY))


async def good(database: Database, shop: Shop, invited: Invited) -> bool:
    credential = invitations.link_credential(tenant_id=shop.tenant_id, invitation_id=invited.invitation.id, key=KEY)
    try:
        async with database.reading(shop.tenant_id) as session:
            await joining.open_invitation(session, credential=credential, now=NOW)
    except InvitationInvalid:
        return False
    return True


async def join(database: Database, token: str, **changes: Any) -> Member:
    values: dict[str, Any] = {"password": PASSWORD, "name": None, "passwords": cheap_passwords(), "now": NOW}
    return await entrance.join(database, token=token, **{**values, **changes})


async def team_and_skill(database: Database, shop: Shop) -> tuple[UUID, UUID]:
    async with database.writing(shop.tenant_id) as session:
        team = await operations.create_team(session, key="first-line", name="Pierwsza linia", by=SYSTEM, now=NOW)
        skill = await operations.create_skill(session, key="payments", name="Płatności", by=SYSTEM, now=NOW)
    return team.id, skill.id


async def test_an_invited_person_is_a_member_and_an_agent_whose_link_is_to_be_mailed(
    database: Database, shop: Shop
) -> None:
    owner = await add_member(database, shop, role=Role.OWNER)
    team_id, skill_id = await team_and_skill(database, shop)
    invited = await invite(
        database,
        shop,
        owner,
        email=" EWA@Bombka.example ",
        team_ids=[team_id],
        skill_ids=[skill_id, skill_id],
        capacities={Channel.CHAT: 3},
    )
    member, agent, invitation = invited.member, invited.agent, invited.invitation
    assert (member.email, member.name, member.role, member.language) == (EMAIL, "Ewa", Role.AGENT, Language.PL)
    assert (member.state, member.password_hash) == (MemberState.INVITED, None)
    assert (agent.member_id, agent.name, agent.presence) == (member.id, "Ewa", Presence.OFFLINE)
    assert (invitation.member_id, invitation.invited_by_id) == (member.id, owner.id)
    assert invitation.expires_at == NOW + timedelta(days=7)
    async with database.reading(shop.tenant_id) as session:
        assert (await session.scalars(select(AgentTeam.team_id))).all() == [team_id]
        assert (await session.scalars(select(AgentSkill.skill_id))).all() == [skill_id]
        capacity = (await session.scalars(select(AgentCapacity))).one()
    assert (capacity.agent_id, capacity.channel, capacity.items) == (agent.id, Channel.CHAT, 3)
    job = SendInvitation(invitation.id)
    assert await jobs_of(database, shop.tenant_id) == [("send_invitation", job.payload())]
    assert SendInvitation.parse(job.payload()) == job


async def test_no_event_and_no_job_holds_the_address_or_the_links_secret(database: Database, shop: Shop) -> None:
    invited = await invite(database, shop, await add_member(database, shop))
    after = await everything(database, shop.tenant_id)
    told = str(after["event"]) + str(after["outbox"])
    assert EMAIL not in told
    assert token_of(shop, invited).rsplit("_", 1)[1] not in str(after)


@pytest.mark.parametrize("own", list(Role))
@pytest.mark.parametrize("role", list(Role))
async def test_nobody_grants_a_role_above_their_own(database: Database, shop: Shop, own: Role, role: Role) -> None:
    inviter = await add_member(database, shop, role=own)
    order = [Role.AGENT, Role.SUPERVISOR, Role.ADMIN, Role.OWNER]
    if order.index(role) <= order.index(own):
        assert (await invite(database, shop, inviter, role=role)).member.role is role
        return
    before = await everything(database, shop.tenant_id)
    with pytest.raises(RoleAboveOwn) as refused:
        await invite(database, shop, inviter, role=role)
    assert refused.value.data() == {"role": role, "own_role": own}
    assert await everything(database, shop.tenant_id) == before


async def test_an_admin_cannot_replace_the_invitation_of_an_owner(database: Database, shop: Shop) -> None:
    owner = await add_member(database, shop, role=Role.OWNER)
    admin = await add_member(database, shop, role=Role.ADMIN, email="adam@bombka.example")
    await invite(database, shop, owner, role=Role.OWNER)
    before = await everything(database, shop.tenant_id)
    with pytest.raises(RoleAboveOwn):
        await invite(database, shop, admin, role=Role.AGENT)
    assert await everything(database, shop.tenant_id) == before


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"email": "ola@bombka.example"}, MemberExists),
        ({"email": "zuza@bombka.example"}, MemberExists),
        ({"belongs_to_customer": True}, AddressBelongsToCustomer),
        ({"team_ids": [new_id()]}, TeamNotFound),
        ({"skill_ids": [new_id()]}, SkillNotFound),
        ({"capacities": {Channel.EMAIL: -1}}, InvalidInput),
        ({"capacities": {Channel.EMAIL: 1001}}, InvalidInput),
        ({"email": "ewa"}, InvalidInput),
        ({"email": "ewa@bombka.example, ola@x.example"}, InvalidInput),
        ({"name": ""}, InvalidInput),
        ({"name": "Ewa\r\nBcc: x@y.example"}, InvalidInput),
        ({"inviter_member_id": new_id()}, MemberNotFound),
    ],
)
async def test_a_refused_invitation_changes_nothing(
    database: Database, shop: Shop, changes: dict[str, Any], error: type[Exception]
) -> None:
    inviter = await add_member(database, shop)
    await add_member(database, shop, email="zuza@bombka.example", state=MemberState.SUSPENDED)
    before = await everything(database, shop.tenant_id)
    with pytest.raises(error):
        await invite(database, shop, inviter, **changes)
    assert await everything(database, shop.tenant_id) == before


async def test_teams_and_skills_of_another_shop_do_not_exist(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    inviter = await add_member(database, shop)
    team_id, skill_id = await team_and_skill(database, await found_shop())
    before = await everything(database, shop.tenant_id)
    with pytest.raises(TeamNotFound) as no_team:
        await invite(database, shop, inviter, team_ids=[team_id])
    with pytest.raises(SkillNotFound) as no_skill:
        await invite(database, shop, inviter, skill_ids=[skill_id])
    assert (no_team.value.team_id, no_skill.value.skill_id) == (team_id, skill_id)
    assert await everything(database, shop.tenant_id) == before


async def test_inviting_again_makes_the_older_link_worthless_and_what_is_said_now_counts(
    database: Database, shop: Shop
) -> None:
    inviter = await add_member(database, shop)
    team_id, _ = await team_and_skill(database, shop)
    older = await invite(database, shop, inviter, team_ids=[team_id], now=NOW - timedelta(minutes=1))
    newer = await invite(database, shop, inviter, name="Ewa Nowak", role=Role.SUPERVISOR, team_ids=[])
    assert (newer.member.id, newer.agent.id) == (older.member.id, older.agent.id)
    assert (newer.member.name, newer.member.role, newer.agent.name) == ("Ewa Nowak", Role.SUPERVISOR, "Ewa Nowak")
    before = await everything(database, shop.tenant_id)
    with pytest.raises(InvitationInvalid):
        await join(database, token_of(shop, older))
    assert await everything(database, shop.tenant_id) == before
    assert before["agent_team"] == []
    assert (await join(database, token_of(shop, newer))).state is MemberState.ACTIVE


async def test_two_invitations_of_one_address_at_once_leave_one_member_and_one_good_link(
    database: Database, shop: Shop
) -> None:
    inviter = await add_member(database, shop)
    both = await asyncio.gather(*(invite(database, shop, inviter) for _ in range(2)), return_exceptions=True)
    (invited,) = [outcome for outcome in both if isinstance(outcome, Invited)]
    assert [type(outcome) for outcome in both if outcome is not invited] == [InvitationTooSoon]
    assert await good(database, shop, invited)
    assert len((await everything(database, shop.tenant_id))["invitation"]) == 1


async def test_joining_sets_password_and_name_and_the_person_can_sign_in(database: Database, shop: Shop) -> None:
    invited = await invite(database, shop, await add_member(database, shop))
    later = NOW + timedelta(days=6, hours=23)
    member = await join(database, token_of(shop, invited), name=" Ewa Kowalska ", now=later)
    assert (member.id, member.state, member.name) == (invited.member.id, MemberState.ACTIVE, "Ewa Kowalska")
    async with database.reading(shop.tenant_id) as session:
        agent = await queries.lock_agent_of(session, member_id=member.id)
    assert agent is not None
    assert agent.name == "Ewa Kowalska"
    outcome = await entrance.enter(
        database, shop=shop.slug, email=EMAIL, password=PASSWORD, passwords=cheap_passwords(), now=later
    )
    assert isinstance(outcome, SignedIn)


async def test_a_link_works_once(database: Database, shop: Shop) -> None:
    token = token_of(shop, await invite(database, shop, await add_member(database, shop)))
    await join(database, token)
    before = await everything(database, shop.tenant_id)
    with pytest.raises(InvitationInvalid):
        await join(database, token, password="another long password")
    assert await everything(database, shop.tenant_id) == before


async def test_of_two_people_who_use_a_link_at_once_one_joins(database: Database, shop: Shop) -> None:
    token = token_of(shop, await invite(database, shop, await add_member(database, shop)))
    outcomes = await asyncio.gather(*(join(database, token) for _ in range(4)), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["InvitationInvalid"] * 3 + ["Member"]


async def test_a_link_that_is_old_forged_or_of_another_shop_changes_nothing(
    database: Database, shop: Shop, found_shop: FoundShop
) -> None:
    other = await found_shop()
    invited = await invite(database, shop, await add_member(database, shop))
    real = invitations.link_credential(tenant_id=shop.tenant_id, invitation_id=invited.invitation.id, key=KEY)
    forged = [
        invitations.link_credential(
            tenant_id=shop.tenant_id, invitation_id=real.id, key="another key entirely........."
        ),
        Credential(Prefix.INVITATION, other.tenant_id, real.id, real.secret),
        Credential(Prefix.SESSION, real.tenant_id, real.id, real.secret),
        invitations.link_credential(tenant_id=shop.tenant_id, invitation_id=new_id(), key=KEY),
    ]
    before = await everything(database, shop.tenant_id)
    for token in (*map(str, forged), "", "nonsense", "sziv_x_y_z"):
        with pytest.raises(InvitationInvalid):
            await join(database, token)
    with pytest.raises(InvitationInvalid):
        await join(database, str(real), now=NOW + timedelta(days=7))
    assert await everything(database, shop.tenant_id) == before
    assert not (await everything(database, other.tenant_id))["member"]


@pytest.mark.parametrize(
    ("password", "name"), [("too short", None), (EMAIL, None), (PASSWORD, " "), (PASSWORD, "a\nb")]
)
async def test_a_refused_password_or_name_uses_nothing_up(
    database: Database, shop: Shop, password: str, name: str | None
) -> None:
    token = token_of(shop, await invite(database, shop, await add_member(database, shop)))
    before = await everything(database, shop.tenant_id)
    with pytest.raises(InvalidInput):
        await join(database, token, password=password, name=name)
    assert await everything(database, shop.tenant_id) == before
    assert (await join(database, token)).state is MemberState.ACTIVE


async def test_looking_at_an_invitation_uses_nothing_up(database: Database, shop: Shop) -> None:
    invited = await invite(database, shop, await add_member(database, shop))
    credential = invitations.link_credential(tenant_id=shop.tenant_id, invitation_id=invited.invitation.id, key=KEY)
    before = await everything(database, shop.tenant_id)
    async with database.writing(shop.tenant_id) as session:
        for _ in range(2):
            opened = await joining.open_invitation(session, credential=credential, now=NOW)
            assert (opened.email, opened.name, opened.member_id) == (EMAIL, "Ewa", invited.member.id)
    assert await everything(database, shop.tenant_id) == before


def test_the_link_leads_to_the_panel() -> None:
    credential = invitations.link_credential(tenant_id=UUID(int=1), invitation_id=UUID(int=2), key=KEY)
    made_again = invitations.link_credential(tenant_id=UUID(int=1), invitation_id=UUID(int=2), key=KEY)
    assert made_again == credential
    url = invitations.link(credential, public_url="https://sezon.example/")
    assert url == f"https://sezon.example/admin/invitation/{credential}"
