"""Sessions, the seals of their forms, and what they send to GitHub: each only for whom it was made."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import time_machine

from app.db import Database
from app.settings import Settings
from app.setup.sessions import LIVES_S, STATE_LIVES_S, Sessions, give_back, use_up
from app.vault.store import Vault

KEY = "a-key-of-this-installation-0123456789"


def sessions_under(db: Database, *keys: str) -> Sessions:
    return Sessions(db, Vault(db, Settings(keys=keys, is_key_given=True)))


@pytest.fixture
def sessions(db: Database) -> Sessions:
    return sessions_under(db, KEY)


def opened(sessions: Sessions) -> str:
    session = sessions.read(sessions.begin())
    assert session is not None
    return session


def test_each_sign_in_is_another_session(sessions: Sessions) -> None:
    assert opened(sessions) != opened(sessions)


def test_a_session_ends_after_half_a_day(sessions: Sessions) -> None:
    cookie = sessions.begin()
    with time_machine.travel(time.time() + LIVES_S + 2):
        assert sessions.read(cookie) is None


@pytest.mark.parametrize("cookie", ["", "x", "ä", "a.b.c", "eyJ9.aaaa.bbbb", "\udc80"])
def test_what_we_did_not_sign_is_no_session(sessions: Sessions, cookie: str) -> None:
    assert sessions.read(cookie) is None


def test_another_installations_session_is_none(sessions: Sessions, db: Database) -> None:
    another = sessions_under(db, "another-key-of-another-installation-1")
    assert another.read(sessions.begin()) is None


def test_a_newer_key_ends_every_session(sessions: Sessions, db: Database) -> None:
    newer = sessions_under(db, "the-newest-key-after-a-rotation-98765", KEY)
    assert newer.read(sessions.begin()) is None
    assert newer.read(newer.begin()) is not None


def test_all_sessions_are_ended_at_once_and_later_ones_count(sessions: Sessions) -> None:
    before = [sessions.begin(), sessions.begin()]
    sessions.end_all()
    assert [sessions.read(one) for one in before] == [None, None]
    after = sessions.begin()
    assert sessions.read(after) is not None
    assert [sessions.read(one) for one in before] == [None, None]


def test_reading_a_session_makes_no_key(db: Database, tmp_path: Path) -> None:
    sessions = Sessions(db, Vault(db, Settings(key_path=tmp_path / "closeout.key")))
    assert sessions.read("x") is None
    assert not (tmp_path / "closeout.key").exists()


def test_a_state_or_a_seal_is_no_session(sessions: Sessions) -> None:
    session = opened(sessions)
    assert sessions.read(sessions.send(session, "github", "", replaces=False)) is None
    assert sessions.read(sessions.seal(session)) is None


def test_a_seal_is_that_of_its_session_alone(sessions: Sessions) -> None:
    mine, theirs = opened(sessions), opened(sessions)
    assert sessions.is_sealed(mine, sessions.seal(mine))
    assert not sessions.is_sealed(mine, sessions.seal(theirs))
    assert not sessions.is_sealed(mine, "")


def test_a_state_comes_back_with_what_it_was_about(sessions: Sessions) -> None:
    session = opened(sessions)
    errand = sessions.returned(session, sessions.send(session, "acme", "ghe.example", replaces=True))
    assert errand is not None
    assert (errand.connection, errand.host, errand.replaces) == ("acme", "ghe.example", True)


def test_a_state_is_good_for_its_session_and_for_an_hour(sessions: Sessions) -> None:
    mine, theirs = opened(sessions), opened(sessions)
    state = sessions.send(mine, "github", "", replaces=False)
    assert sessions.returned(theirs, state) is None
    with time_machine.travel(time.time() + STATE_LIVES_S + 2):
        assert sessions.returned(mine, state) is None


@pytest.mark.parametrize("change", [lambda one: one[:-1], lambda one: "A" + one, lambda _: "", str.swapcase])
def test_a_state_that_somebody_changed_is_none(sessions: Sessions, change: object) -> None:
    session = opened(sessions)
    state = sessions.send(session, "github", "", replaces=False)
    assert sessions.returned(session, change(state)) is None  # type: ignore[operator]


def test_a_nonce_is_used_once_unless_it_is_given_back(db: Database) -> None:
    assert use_up(db, "n")
    assert not use_up(db, "n")
    give_back(db, "n")
    assert use_up(db, "n")
