"""`sezon mail`: what a demo would have sent, as a person reads it."""

from email import message_from_bytes, policy
from pathlib import Path

import typer

from infra.embedded.errors import CannotRun


def show_newest(*, data_dir: Path) -> None:
    """Print the newest mail that `sezon up` caught. Raises CannotRun when there is none."""
    mails = sorted((data_dir / "mail").glob("*.eml"))
    if not mails:
        raise CannotRun(f"There is no mail in {data_dir / 'mail'} yet.")
    mail = message_from_bytes(mails[-1].read_bytes(), policy=policy.default)
    typer.echo(f"To: {mail['X-Envelope-To']}\nSubject: {mail['Subject']}\n")
    text = mail.get_body(("plain",))
    typer.echo(text.get_content().strip() if text is not None else "(no text)")
