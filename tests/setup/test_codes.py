"""The one-time code: one at a time, once, for a day, and not by guessing."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from app.db import Database
from app.settings import Settings
from app.setup.codes import Codes
from app.setup.tables import setup_codes
from app.vault.store import Vault

KEY = "a-key-of-this-installation-0123456789"


def codes_under(db: Database, *keys: str) -> Codes:
    return Codes(db, Vault(db, Settings(keys=keys, is_key_given=True)))


@pytest.fixture
def codes(db: Database) -> Codes:
    return codes_under(db, KEY)


def test_the_right_code_is_taken_once(codes: Codes) -> None:
    code = codes.make()
    assert codes.take(code)
    assert not codes.take(code)


def test_it_may_be_typed_in_small_letters_and_without_the_dashes(codes: Codes) -> None:
    assert codes.take(f"  {codes.make().replace('-', ' ').lower()} ")


def test_a_new_code_ends_the_one_before(codes: Codes) -> None:
    first, second = codes.make(), codes.make()
    assert not codes.take(first)
    assert codes.take(second)


def test_a_code_that_was_withdrawn_is_none(codes: Codes) -> None:
    code = codes.make()
    codes.withdraw()
    assert not codes.take(code)


def test_it_ends_after_a_day(codes: Codes) -> None:
    code = codes.make()
    with time_machine.travel(time.time() + 24 * 3600 + 60):
        assert not codes.take(code)


@pytest.mark.parametrize("given", ["", "-", "ABCD-EFGH-JKLM", "\udc80", "K" * 100_000, "\x00"])
def test_a_wrong_code_is_refused_whatever_it_is(codes: Codes, given: str) -> None:
    codes.make()
    assert not codes.take(given)


def test_without_a_code_none_is_right(codes: Codes) -> None:
    assert not codes.take("")


def test_however_many_guess_the_right_code_is_taken(codes: Codes) -> None:
    code = codes.make()
    assert not any(codes.take(f"WRONG-{number}") for number in range(100))
    assert codes.take(code)


def test_no_two_codes_are_alike_and_each_has_sixty_bits(codes: Codes) -> None:
    made = {codes.make().replace("-", "") for _ in range(200)}
    assert len(made) == 200
    assert {len(one) for one in made} == {12}
    assert len(set("".join(made))) == 32


def test_of_two_who_give_it_at_once_one_gets_in(codes: Codes) -> None:
    code, got, start = codes.make(), list[bool](), threading.Barrier(2)

    def give() -> None:
        start.wait()
        got.append(codes.take(code))

    both = [threading.Thread(target=give) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(got) == [False, True]


def test_the_database_does_not_know_the_code(codes: Codes, db: Database) -> None:
    code = codes.make()
    with db.reading() as connection:
        stored = str(connection.execute(sa.select(setup_codes)).all())
    assert code not in stored
    assert code.replace("-", "") not in stored
    assert not codes_under(db, "another-key-of-another-installation-1").take(code)


def test_a_code_survives_that_the_key_is_rotated(db: Database) -> None:
    code = codes_under(db, KEY).make()
    assert codes_under(db, "the-newest-key-after-a-rotation-98765", KEY).take(code)


def test_guessing_makes_no_key(db: Database, tmp_path: Path) -> None:
    codes = Codes(db, Vault(db, Settings(key_path=tmp_path / "closeout.key")))
    assert not codes.take("ABCD-EFGH-JKLM")
    assert not (tmp_path / "closeout.key").exists()
