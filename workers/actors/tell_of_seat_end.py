"""Somebody is told that their seat ends soon, unless it does not any more."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.kit.settings import settings
from domain.seats import reminding
from domain.seats.jobs import TellOfSeatEnd
from domain.tenants.models import Tenant
from workers import reminder_letter, staff_mail
from workers.letter import MailServer
from workers.runtime import A_DAY_OF_ATTEMPTS, actor


@actor(TellOfSeatEnd, attempts=A_DAY_OF_ATTEMPTS)
async def tell_of_seat_end(session: TenantSession, job: TellOfSeatEnd, now: datetime) -> None:
    notice = await reminding.notice_to_sitter(session, reminder_id=job.reminder_id, now=now)
    if notice is None:
        return
    tenant = await session.get_one(Tenant, session.tenant_id)
    letter = reminder_letter.write_to_sitter(
        notice.language,
        shop=tenant.name,
        ending=notice.endings[0],
        ends_at=notice.ends_at,
        hours=notice.hours,
        timezone=tenant.timezone,
    )
    told = settings()
    message_id = f"<{job.reminder_id}@{told.mail_from.rpartition('@')[2]}>"
    mail = staff_mail.StaffMail(notice.email, letter.subject, letter.body, message_id, now)
    await staff_mail.send(session, mail, sender_address=told.mail_from, server=MailServer.of(told))
