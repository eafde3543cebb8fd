"""The only way out to a customer. Nothing else in Sezon opens a connection to one; a test reads every import.

It takes a permit, which the seat check alone can make, inside the transaction that holds the sender's seat.
"""

import asyncio
from contextlib import suppress

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from domain.kit.settings import SmtpSecurity
from domain.seats.rights import OutboundPermit
from domain.tickets.outbound import OutboundMessage
from workers.failures import Undeliverable
from workers.letter import PATIENCE, MailServer, compose

FAREWELL = 1.0
"""Seconds for the server to say goodbye, once it has the message or will not have it."""


async def send(message: OutboundMessage, permit: OutboundPermit, *, server: MailServer) -> None:
    """Hand one message to the mail server, within PATIENCE; it is the server's when this returns.

    Raises Undeliverable when the server refuses it for good, and what the network or the server says otherwise: then
    it may be sent again, under the same Message-ID.
    """
    if not isinstance(permit, OutboundPermit):
        raise TypeError("Reaching a customer takes an OutboundPermit.")
    letter = compose(
        sender_name=message.sender_name,
        sender_address=message.sender_address,
        recipient=message.recipient,
        subject=message.subject,
        body=message.body,
        message_id=message.message_id,
        at=message.at,
    )
    client = SMTP(
        hostname=server.host,
        port=server.port,
        use_tls=server.security is SmtpSecurity.TLS,
        start_tls=server.security is SmtpSecurity.STARTTLS,
        username=server.username,
        password=server.password,
        timeout=PATIENCE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            await client.connect()
            await client.sendmail(letter.sender, [letter.recipient], letter.content)
    except SMTPException as error:
        if refusal := refused_for_good(error):
            raise Undeliverable(refusal) from error
        raise
    finally:
        with suppress(SMTPException, OSError, TimeoutError):
            async with asyncio.timeout(FAREWELL):
                await client.quit()
        client.close()


def refused_for_good(error: SMTPException) -> str | None:
    """What the server said, if it refused this sender, recipient or content permanently (5yz).

    A refused greeting or sign-in is a fault of the set-up and says nothing about the message.
    """
    refusals: list[SMTPResponseException] = []
    if isinstance(error, SMTPRecipientsRefused):
        refusals = list(error.recipients)
    elif isinstance(error, (SMTPSenderRefused, SMTPDataError)):
        refusals = [error]
    if refusals and all(500 <= refusal.code < 600 for refusal in refusals):
        return "; ".join(f"{refusal.code} {refusal.message}" for refusal in refusals)
    return None
