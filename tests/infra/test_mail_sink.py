"""Every mail becomes one file, complete from the moment it is there, with its envelope on top."""

import smtplib
from email import message_from_bytes, policy
from pathlib import Path

from infra.embedded import parts
from infra.embedded.data_folder import DataFolder
from infra.embedded.ports import free_ports
from infra.embedded.supervisor import Supervisor


def test_a_mail_becomes_a_file_with_its_envelope(tmp_path: Path) -> None:
    port = free_ports(None)[0]
    folder = DataFolder(tmp_path)
    folder.logs.mkdir()
    body = "From: sklep@example.org\r\nTo: a@example.org\r\nSubject: Paczka\r\n\r\nW drodze: Łódź\r\n"
    with Supervisor(tmp_path / "run.json") as supervisor:
        supervisor.start(parts.mail_sink(folder=folder, port=port))
        with smtplib.SMTP("127.0.0.1", port) as client:
            for _ in range(2):
                client.sendmail("bounce@example.org", ["a@example.org", "hidden@example.org"], body.encode())

    files = sorted(folder.mail.iterdir())
    assert [path.suffix for path in files] == [".eml", ".eml"]
    mail = message_from_bytes(files[0].read_bytes(), policy=policy.default)
    assert (mail["X-Envelope-From"], mail["X-Envelope-To"]) == (
        "bounce@example.org",
        "a@example.org, hidden@example.org",
    )
    assert files[0].read_bytes().endswith(body.encode())
