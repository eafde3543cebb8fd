"""A mail server that accepts everything and delivers nothing: each mail becomes a file to look at.

python -m infra.embedded.mail_sink --port PORT --folder FOLDER
"""

import argparse
import asyncio
import itertools
import signal
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from infra.embedded.ports import LOOPBACK

LARGEST_MAIL = 50_000_000


class MailFolder:
    """Writes every mail, byte for byte, to `<utc time>-<number>.eml` under X-Envelope-From and X-Envelope-To.

    A file appears complete or not at all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = itertools.count(1)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        """Called by the server for each mail."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        head = f"X-Envelope-From: {envelope.mail_from}\r\nX-Envelope-To: {', '.join(envelope.rcpt_tos)}\r\n"
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{next(self._numbers)}.eml"
        unfinished = self._folder / f".{name}.new"
        unfinished.write_bytes(head.encode() + raw)
        unfinished.rename(self._folder / name)
        return "250 OK"


async def serve(port: int, folder: Path) -> None:
    """Accept mail on the loopback interface until SIGTERM."""
    handler = MailFolder(folder)
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="localhost", enable_SMTPUTF8=True, data_size_limit=LARGEST_MAIL, loop=loop),
        LOOPBACK,
        port,
    )
    await stopped.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Accept every mail and keep it as a file.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(arguments.port, arguments.folder))


if __name__ == "__main__":
    main()
