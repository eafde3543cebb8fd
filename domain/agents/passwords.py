"""Passwords: what is accepted, and Argon2id run in a few threads so that the event loop never waits for it."""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from domain.agents.errors import SignInBusy
from domain.kit.addresses import normalised
from domain.kit.errors import InvalidInput

SHORTEST = 12
LONGEST = 256

T = TypeVar("T")


def acceptable(password: str, *, email: str) -> str:
    """The password, when it may be chosen. Raises InvalidInput: 12 to 256 characters, and not the e-mail address."""
    if len(password) < SHORTEST:
        raise InvalidInput(
            "password", f"must have at least {SHORTEST} characters", f"musi mieć co najmniej {SHORTEST} znaków"
        )
    if len(password) > LONGEST:
        raise InvalidInput(
            "password", f"must have at most {LONGEST} characters", f"może mieć najwyżej {LONGEST} znaków"
        )
    if normalised(password) == normalised(email):
        raise InvalidInput("password", "must not be the e-mail address", "nie może być adresem e-mail")
    return password


class Passwords:
    """Hashes and checks passwords, `at_once` at a time; one instance per process.

    Each takes 46 MiB and about 40 ms of a core by default, the first of the settings that OWASP's password storage
    guide calls equally strong and the one that a rush of sign-ins at the start of a shift costs least. The bound keeps
    such a rush from taking the machine. Call it with no transaction open: a connection that waits for a hash is
    missing elsewhere.

        passwords = Passwords()
        stored = await passwords.hash("correct horse battery")
        assert await passwords.matches("correct horse battery", stored)
    """

    def __init__(self, hasher: Argon2Hasher | None = None, *, at_once: int = 2, most_waiting: int = 200) -> None:
        self._hasher = PasswordHash((hasher or Argon2Hasher(time_cost=1, memory_cost=46 * 1024, parallelism=1),))
        self._threads = ThreadPoolExecutor(max_workers=at_once, thread_name_prefix="argon2")
        self._most = at_once + most_waiting
        self._asked = 0
        self._decoy = self._hasher.hash("nobody has this password")

    async def hash(self, password: str) -> str:
        """The text to store for a password. Raises SignInBusy when too many wait already."""
        return await self._run(lambda: self._hasher.hash(_composed(password)))

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """Whether it is the password of that hash; without a hash it takes the same time and the answer is no.

        Raises SignInBusy when too many wait already.
        """
        compared = password_hash or self._decoy
        right = await self._run(lambda: self._hasher.verify(_composed(password), compared))
        return right and password_hash is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self._asked >= self._most:
            raise SignInBusy
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._asked -= 1


def _composed(password: str) -> str:
    """One spelling of letters that keyboards compose differently, such as ó."""
    return unicodedata.normalize("NFC", password)
