"""An invited person gets the link, unless the invitation is of no use any more."""

from datetime import datetime

from domain.agents import invitations
from domain.agents.jobs import SendInvitation
from domain.agents.models import Invitation, Member
from domain.kit.database import TenantSession
from domain.kit.settings import settings
from domain.tenants.models import Tenant
from workers import invitation_letter, staff_mail
from workers.letter import MailServer
from workers.runtime import A_DAY_OF_ATTEMPTS, actor


@actor(SendInvitation, attempts=A_DAY_OF_ATTEMPTS)
async def send_invitation(session: TenantSession, job: SendInvitation, now: datetime) -> None:
    invitation = await session.get(Invitation, (session.tenant_id, job.invitation_id))
    if invitation is None or invitation.accepted_at or invitation.revoked_at or invitation.expires_at <= now:
        return
    member = await session.get_one(Member, (session.tenant_id, invitation.member_id))
    tenant = await session.get_one(Tenant, session.tenant_id)
    told = settings()
    credential = invitations.link_credential(
        tenant_id=tenant.id, invitation_id=invitation.id, key=told.secret_key.get_secret_value()
    )
    letter = invitation_letter.write(
        member.language,
        shop=tenant.name,
        link=invitations.link(credential, public_url=told.public_url),
        expires_at=invitation.expires_at,
        timezone=tenant.timezone,
    )
    message_id = f"<{invitation.id}@{told.mail_from.rpartition('@')[2]}>"
    mail = staff_mail.StaffMail(member.email, letter.subject, letter.body, message_id, now)
    await staff_mail.send(session, mail, sender_address=told.mail_from, server=MailServer.of(told))
