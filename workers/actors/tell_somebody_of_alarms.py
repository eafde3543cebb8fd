"""Somebody who supervises is told of alarms, in one mail."""

from datetime import datetime

from domain.kit.database import TenantSession
from domain.kit.settings import settings
from domain.tenants.models import Tenant
from domain.tickets.alarms import raising
from domain.tickets.jobs import TellSomebodyOfAlarms
from workers import alarm_letter, staff_mail
from workers.letter import MailServer
from workers.runtime import A_DAY_OF_ATTEMPTS, actor


@actor(TellSomebodyOfAlarms, attempts=A_DAY_OF_ATTEMPTS)
async def tell_somebody_of_alarms(session: TenantSession, job: TellSomebodyOfAlarms, now: datetime) -> None:
    notice = await raising.notice(session, member_id=job.member_id, told_at=job.told_at)
    if notice is None:
        return
    tenant = await session.get_one(Tenant, session.tenant_id)
    told = settings()
    letter = alarm_letter.write(notice.language, shop=tenant.name, alarms=notice.alarms, public_url=told.public_url)
    message_id = f"<alarm.{job.member_id}.{job.told_at:%Y%m%dT%H%M%S%f}@{told.mail_from.rpartition('@')[2]}>"
    mail = staff_mail.StaffMail(notice.email, letter.subject, letter.body, message_id, now)
    await staff_mail.send(session, mail, sender_address=told.mail_from, server=MailServer.of(told))
