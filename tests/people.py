"""Members for tests, with passwords that cost next to nothing to check."""

from pwdlib.hashers.argon2 import Argon2Hasher

from domain.agents.models import Agent, Member, MemberState, Presence
from domain.agents.passwords import Passwords
from domain.agents.roles import Role
from domain.kit.database import Database
from domain.kit.errors import Language
from domain.kit.ids import new_id
from tests.conftest import NOW, Shop

PASSWORD = "zielona bombka na choince"


def cheap_passwords(*, at_once: int = 2, most_waiting: int = 200) -> Passwords:
    """Argon2id with the smallest parameters there are."""
    return Passwords(
        Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1), at_once=at_once, most_waiting=most_waiting
    )


async def add_member(
    database: Database,
    shop: Shop,
    *,
    email: str = "ola@bombka.example",
    name: str = "Ola",
    role: Role = Role.ADMIN,
    state: MemberState = MemberState.ACTIVE,
    language: Language = Language.PL,
    password: str = PASSWORD,
) -> Member:
    """A member with an agent, in any state."""
    password_hash = await cheap_passwords().hash(password)
    async with database.writing(shop.tenant_id) as session:
        member = Member(
            tenant_id=shop.tenant_id,
            id=new_id(),
            email=email,
            name=name,
            role=role,
            language=language,
            state=state,
            password_hash=None if state is MemberState.INVITED else password_hash,
            failed_sign_ins=0,
            created_at=NOW,
        )
        session.add(member)
        await session.flush()
        session.add(
            Agent(
                tenant_id=shop.tenant_id,
                id=new_id(),
                member_id=member.id,
                name=name,
                presence=Presence.OFFLINE,
                presence_since=NOW,
                idle_since=NOW,
                created_at=NOW,
            )
        )
    return member
