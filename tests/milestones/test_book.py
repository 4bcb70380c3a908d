"""The contracts in force while their file changes under the running server."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from app.milestones import document
from app.milestones.book import Book
from app.milestones.problems import ConfigurationInvalid
from tests.milestones.example import SECOND, TEXT, edited

Logged = list[MutableMapping[str, Any]]

BAD = edited(("currency: usd", "currency: us"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "closeout.yml"
    file.write_text(TEXT, encoding="utf-8")
    return file


@pytest.fixture
def written() -> Iterator[Logged]:
    """What the book logs."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(0))
    with capture_logs() as entries:
        yield entries
    structlog.configure(**before)


def ids(book: Book) -> list[str]:
    return list(book.current.contracts)


def test_nothing_starts_on_a_bad_file(path: Path) -> None:
    path.write_text(BAD, encoding="utf-8")
    with pytest.raises(ConfigurationInvalid):
        Book(path)


def test_a_valid_change_is_taken_and_the_log_names_what_changed(path: Path, written: Logged) -> None:
    book = Book(path)
    path.write_text(edited(("terms: net-15", "terms: net-10")) + SECOND, encoding="utf-8")
    book.refresh()
    assert ids(book) == ["con_7732_alpha", "con_2"]
    (entry,) = written
    assert entry["event"] == "configuration.reloaded"
    assert entry["contracts_added"] == ["con_2"]
    assert entry["contracts_changed"] == ["con_7732_alpha"]


def test_a_configuration_that_is_being_used_does_not_change(path: Path) -> None:
    book = Book(path)
    mine = book.current
    path.write_text(TEXT + SECOND, encoding="utf-8")
    book.refresh()
    assert list(mine.contracts) == ["con_7732_alpha"]
    assert book.current is not mine


def test_an_invalid_file_changes_nothing_and_is_reported_once_until_it_is_mended(
    path: Path, written: Logged
) -> None:
    book = Book(path)
    path.write_text(BAD, encoding="utf-8")
    book.refresh()
    book.refresh()
    assert ids(book) == ["con_7732_alpha"]
    assert book.current.contracts["con_7732_alpha"].currency == "usd"
    assert book.problem is not None
    assert f"{path}:12:15" in book.problem
    (entry,) = written
    assert (entry["event"], entry["log_level"]) == ("configuration.refused", "error")
    assert "12:15" in entry["problems"][0]
    path.write_text(TEXT + SECOND, encoding="utf-8")
    book.refresh()
    assert ids(book) == ["con_7732_alpha", "con_2"]
    assert not book.problem


def test_going_back_to_the_old_file_clears_the_problem_and_breaking_it_again_reports_it(path: Path) -> None:
    book = Book(path)
    for text, is_bad in [(BAD, True), (TEXT, False), (BAD, True), (TEXT, False)]:
        path.write_text(text, encoding="utf-8")
        book.refresh()
        assert (book.problem is not None) == is_bad


def test_a_missing_file_changes_nothing_and_the_very_same_file_coming_back_clears_it(path: Path) -> None:
    book = Book(path)
    settle(path)
    book.refresh()
    away = path.rename(path.with_name("away.yml"))
    book.refresh()
    assert ids(book) == ["con_7732_alpha"]
    assert "No such file" in (book.problem or "")
    away.rename(path)
    book.refresh()
    assert book.problem is None


def test_a_folder_or_other_bytes_in_its_place_change_nothing(path: Path) -> None:
    book = Book(path)
    path.write_bytes(b"\xff\xfe\x00")
    book.refresh()
    assert "UTF-16" in (book.problem or "")
    path.unlink()
    path.mkdir()
    book.refresh()
    assert "Is a directory" in (book.problem or "")
    assert ids(book) == ["con_7732_alpha"]


@given(cut=st.integers(0, len(TEXT) - 3))
def test_a_half_written_file_never_replaces_a_good_one(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("cut") / "closeout.yml"
    file.write_text(TEXT, encoding="utf-8")
    book = Book(file)
    before = book.current
    file.write_text(TEXT[:cut], encoding="utf-8")
    book.refresh()
    assert book.current is before
    assert book.problem
    file.write_text(TEXT + SECOND, encoding="utf-8")
    book.refresh()
    assert ids(book) == ["con_7732_alpha", "con_2"]
    assert not book.problem


def test_a_file_that_somebody_is_writing_is_left_for_the_next_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book(path)

    def read_while_it_grows(at: Path) -> bytes:
        data = at.read_bytes()
        at.write_text(TEXT + SECOND, encoding="utf-8")
        return data

    with monkeypatch.context() as patched:
        patched.setattr(document, "read_bytes", read_while_it_grows)
        path.write_text(edited(("Acme Corp", "Half Corp")), encoding="utf-8")
        book.refresh()
    assert book.current.contracts["con_7732_alpha"].client.name == "Acme Corp"
    book.refresh()
    assert ids(book) == ["con_7732_alpha", "con_2"]


def test_two_changes_within_one_tick_of_the_clock_are_both_seen(path: Path) -> None:
    book = Book(path)
    for client in ("Acme Corp", "Bcme Corp", "Ccme Corp"):
        path.write_text(edited(("Acme Corp", client)), encoding="utf-8")
        os.utime(path)
        stamp = path.stat().st_mtime_ns
        book.refresh()
        path.write_text(edited(("Acme Corp", client.replace("Corp", "Ltd."))), encoding="utf-8")
        os.utime(path, ns=(stamp, stamp))
        book.refresh()
        assert book.current.contracts["con_7732_alpha"].client.name == client.replace("Corp", "Ltd.")


def test_a_settled_file_is_not_read_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book(path)
    settle(path)
    book.refresh()
    reads: list[Path] = []

    def counted(at: Path) -> bytes:
        reads.append(at)
        return at.read_bytes()

    monkeypatch.setattr(document, "read_bytes", counted)
    for _ in range(3):
        book.refresh()
    assert reads == []
    path.write_text(TEXT + SECOND, encoding="utf-8")
    settle(path, age_s=30)
    book.refresh()
    assert reads == [path]


def test_a_refresh_does_not_wait_for_the_one_that_is_under_way(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Book(path)
    is_reading, may_go_on = threading.Event(), threading.Event()

    def slowly(at: Path) -> bytes:
        is_reading.set()
        assert may_go_on.wait(10)
        return at.read_bytes()

    monkeypatch.setattr(document, "read_bytes", slowly)
    path.write_text(TEXT + SECOND, encoding="utf-8")
    other = threading.Thread(target=book.refresh)
    other.start()
    assert is_reading.wait(10)
    book.refresh()
    assert ids(book) == ["con_7732_alpha"]
    may_go_on.set()
    other.join(10)
    assert ids(book) == ["con_7732_alpha", "con_2"]


def settle(path: Path, age_s: int = 60) -> None:
    """Make the file look as if it was written some time ago."""
    then = path.stat().st_mtime_ns - age_s * 10**9
    os.utime(path, ns=(then, then))
