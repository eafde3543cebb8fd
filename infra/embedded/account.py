"""The operating-system account and the program files the embedded PostgreSQL runs with.

PostgreSQL refuses to run as root. Started by root it runs as `nobody`, which can neither walk into a private home
folder nor read a virtual environment below one: it then runs a copy of the server that is kept once per version.
"""

import hashlib
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from infra.embedded.errors import CannotRun

COPIES = Path("/var/lib/sezon")


@dataclass(frozen=True)
class Account:
    """The user a server runs as when that is not the user who starts it."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """Whom PostgreSQL runs as: `nobody` when started by root, otherwise the starter (None)."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise CannotRun("This machine has no user 'nobody' for the database; run as an ordinary user.") from None
    return Account(entry.pw_uid, entry.pw_gid)


def program_files(installed: Path, *, version: str, account: Account | None) -> Path:
    """The server's installation folder as that account can read it; copied there when the installed one is not."""
    if account is None or _everyone_can_read(installed):
        return installed
    digest = hashlib.sha256((installed / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    copy = COPIES / f"postgresql-{version}-{digest}"
    try:
        _private_to_root(COPIES)
        if not copy.exists():
            _copy(installed, copy)
        _private_to_root(copy)
    except OSError as error:
        raise CannotRun(f"Cannot keep the database server where its user can read it, {copy}: {error}.") from None
    return copy


def _everyone_can_read(installed: Path) -> bool:
    def allows(path: str | Path, mode: int) -> bool:
        return os.stat(path).st_mode & mode == mode

    walk = stat.S_IROTH | stat.S_IXOTH
    return all(allows(parent, stat.S_IXOTH) for parent in installed.resolve().parents) and all(
        allows(folder, walk) and all(allows(os.path.join(folder, name), stat.S_IROTH) for name in files)
        for folder, _, files in os.walk(installed)
    )


def _private_to_root(folder: Path) -> None:
    """Make sure that root alone can change what is in this folder, so that nobody can plant a program there."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != 0 or facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CannotRun(f"{folder} must be a folder that root alone can change; remove it and start again.")


def _copy(installed: Path, copy: Path) -> None:
    unfinished = copy.with_name(f".{copy.name}.{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(installed, unfinished, symlinks=True)
    for folder, _, files in os.walk(unfinished):
        os.chmod(folder, 0o755)  # noqa: S103 - the server's user must be able to read it
        for name in files:
            path = os.path.join(folder, name)
            if not os.path.islink(path):
                os.chmod(path, 0o755 if os.access(path, os.X_OK) else 0o644)
    try:
        unfinished.rename(copy)
    except OSError:  # somebody else was quicker
        shutil.rmtree(unfinished, ignore_errors=True)
        if not copy.is_dir():
            raise
