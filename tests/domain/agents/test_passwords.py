"""Which passwords are accepted, and how many are hashed at once."""

import asyncio
import threading
import time

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from domain.agents.errors import SignInBusy
from domain.agents.passwords import Passwords, acceptable
from domain.kit.errors import InvalidInput
from tests.people import cheap_passwords


class Counting(Argon2Hasher):
    """Says how many hashes ran at the same time, and on which threads."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.running = 0
        self.most = 0
        self.calls = 0
        self.threads: set[int] = set()
        self._lock = threading.Lock()

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        with self._lock:
            self.calls += 1
            self.running += 1
            self.most = max(self.most, self.running)
            self.threads.add(threading.get_ident())
        time.sleep(0.02)
        with self._lock:
            self.running -= 1
        return super().verify(password, hash)


@pytest.mark.parametrize("password", ["x" * 12, "x" * 256, "żółć żółć żó"])
def test_12_to_256_characters_are_accepted(password: str) -> None:
    assert acceptable(password, email="ola@bombka.example") == password


@pytest.mark.parametrize("password", ["", "x" * 11, "x" * 257, "ola@bombka.example", " OLA@Bombka.example "])
def test_a_short_long_or_address_like_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        acceptable(password, email="ola@bombka.example")
    assert refused.value.field == "password"


def test_a_refusal_never_repeats_the_password() -> None:
    with pytest.raises(InvalidInput) as refused:
        acceptable("sekret", email="ola@bombka.example")
    assert "sekret" not in str(refused.value.data())


async def test_a_password_matches_its_own_hash_alone() -> None:
    passwords = cheap_passwords()
    stored = await passwords.hash("zielona bombka")
    assert stored.startswith("$argon2id$")
    assert await passwords.matches("zielona bombka", stored)
    assert not await passwords.matches("Zielona bombka", stored)


async def test_letters_composed_in_two_ways_are_one_password() -> None:
    passwords = cheap_passwords()
    stored = await passwords.hash("z\u0142\u00f3ty d\u0105b i bombka")
    assert await passwords.matches("z\u0142o\u0301ty da\u0328b i bombka", stored)


async def test_without_a_hash_the_same_work_is_done_and_the_answer_is_no() -> None:
    counting = Counting()
    passwords = Passwords(counting)
    assert not await passwords.matches("nobody has this password", None)
    assert counting.calls == 1


async def test_no_more_than_the_bound_run_at_once_and_none_on_the_event_loop() -> None:
    counting = Counting()
    passwords = Passwords(counting, at_once=3)
    stored = await passwords.hash("zielona bombka")
    beats = 0

    async def heart() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.001)
            beats += 1

    beating = asyncio.create_task(heart())
    answers = await asyncio.gather(*(passwords.matches("zielona bombka", stored) for _ in range(24)))
    beating.cancel()
    assert answers == [True] * 24
    assert counting.most == 3
    assert threading.get_ident() not in counting.threads
    assert beats > 20


async def test_who_finds_too_many_waiting_is_told_at_once() -> None:
    passwords = Passwords(Counting(), at_once=1, most_waiting=2)
    answers = await asyncio.gather(*(passwords.matches("x", None) for _ in range(5)), return_exceptions=True)
    assert answers == [False, False, False, SignInBusy(), SignInBusy()]
    assert await passwords.matches("x", None) is False


async def test_what_is_stored_says_how_strong_it_is() -> None:
    assert (await Passwords().hash("zielona bombka")).startswith("$argon2id$v=19$m=47104,t=1,p=1$")
