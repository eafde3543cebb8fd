"""An admin is told whose seats end soon at one instant, in one mail."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.kit.settings import settings
from domain.seats import reminding
from domain.seats.jobs import TellOfSeatEnds
from domain.tenants.models import Tenant
from workers import reminder_letter, staff_mail
from workers.letter import MailServer
from workers.runtime import A_DAY_OF_ATTEMPTS, actor


@actor(TellOfSeatEnds, attempts=A_DAY_OF_ATTEMPTS)
async def tell_of_seat_ends(session: TenantSession, job: TellOfSeatEnds, now: datetime) -> None:
    notice = await reminding.notice_to_admin(
        session, member_id=job.member_id, ends_at=job.ends_at, hours=job.hours, told_at=job.told_at, now=now
    )
    if notice is None:
        return
    tenant = await session.get_one(Tenant, session.tenant_id)
    told = settings()
    letter = reminder_letter.write_to_admin(
        notice.language,
        shop=tenant.name,
        endings=notice.endings,
        ends_at=notice.ends_at,
        hours=notice.hours,
        timezone=tenant.timezone,
        public_url=told.public_url,
    )
    which = f"{job.member_id}.{job.ends_at:%Y%m%dT%H%M%S%f}.{job.hours}.{job.told_at:%Y%m%dT%H%M%S%f}"
    message_id = f"<{which}@{told.mail_from.rpartition('@')[2]}>"
    mail = staff_mail.StaffMail(notice.email, letter.subject, letter.body, message_id, now)
    await staff_mail.send(session, mail, sender_address=told.mail_from, server=MailServer.of(told))
