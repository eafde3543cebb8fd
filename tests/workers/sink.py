"""A mail server of the test's own, which answers as it is told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

OK = "250 OK"


class Sink:
    """Keeps every mail. Answers the next recipients and contents from the two lists, then with yes."""

    def __init__(self) -> None:
        self.port = 0
        self.mails: list[EmailMessage] = []
        self.envelopes: list[tuple[str | None, list[str]]] = []
        self.raw: list[bytes] = []
        self.to_recipients: list[str] = []
        self.to_contents: list[str] = []
        self.connections = 0
        self.arrived = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    def forget(self) -> None:
        """Nothing has come so far."""
        for kept in (self.mails, self.envelopes, self.raw, self.to_recipients, self.to_contents):
            kept.clear()
        self.connections = 0

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.to_recipients.pop(0) if self.to_recipients else OK
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.arrived.set()
        await self.may_answer.wait()
        answer = self.to_contents.pop(0) if self.to_contents else OK
        if answer == OK:
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            mail = message_from_bytes(content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.raw.append(content)
            self.envelopes.append((envelope.mail_from, list(envelope.rcpt_tos)))
        return answer


@asynccontextmanager
async def listening() -> AsyncIterator[Sink]:
    """A mail server on a free port."""
    sink, loop = Sink(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, hostname="localhost", loop=loop), "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        sink.may_answer.set()
        server.close()
