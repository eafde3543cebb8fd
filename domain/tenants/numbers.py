"""Human numbers: counted per tenant from 1, without a gap."""

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from domain.kit.database import TenantSession
from domain.tenants.models import Counter


async def take(session: TenantSession, *, name: str, count: int = 1) -> int:
    """The first of `count` consecutive numbers, which are the caller's if it commits.

    Call it last: the counter's row is locked until the transaction ends, and a rollback gives the numbers back.
    """
    taken = await session.scalar(
        update(Counter).where(Counter.name == name).values(next=Counter.next + count).returning(Counter.next - count)
    )
    if taken is None:
        start = insert(Counter).values(tenant_id=session.tenant_id, name=name, next=1).on_conflict_do_nothing()
        await session.execute(start)
        return await take(session, name=name, count=count)
    return int(taken)
