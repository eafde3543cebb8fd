"""Mail to the staff, and to nobody else: an address that is a customer's is refused before anything is connected."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import aiosmtplib

from domain.kit.database import TenantSession
from domain.kit.settings import SmtpSecurity
from domain.orders.customers import is_customer
from workers.egress import refused_for_good
from workers.failures import Hopeless, Undeliverable
from workers.letter import PATIENCE, MailServer, compose

SENDER_NAME = "Sezon"


class AddressOfCustomer(Hopeless):
    """The address of a mail to staff belongs to a customer of the shop."""


@dataclass(frozen=True)
class StaffMail:
    """A mail from Sezon to a member of the staff."""

    recipient: str
    subject: str
    body: str
    message_id: str
    at: datetime


async def send(session: TenantSession, mail: StaffMail, *, sender_address: str, server: MailServer) -> None:
    """Hand the mail to the mail server, within PATIENCE.

    Raises AddressOfCustomer having connected to nothing, Undeliverable, and what the network or the server says.
    """
    if await is_customer(session, email=mail.recipient):
        raise AddressOfCustomer("The recipient is a customer of this shop, and mail to staff never reaches one.")
    letter = compose(
        sender_name=SENDER_NAME,
        sender_address=sender_address,
        recipient=mail.recipient,
        subject=mail.subject,
        body=mail.body,
        message_id=mail.message_id,
        at=mail.at,
        automatic=True,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await aiosmtplib.send(
                letter.content,
                sender=letter.sender,
                recipients=[letter.recipient],
                hostname=server.host,
                port=server.port,
                use_tls=server.security is SmtpSecurity.TLS,
                start_tls=server.security is SmtpSecurity.STARTTLS,
                username=server.username,
                password=server.password,
            )
    except aiosmtplib.SMTPException as error:
        if refusal := refused_for_good(error):
            raise Undeliverable(refusal) from error
        raise
