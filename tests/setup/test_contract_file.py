"""Writing the contract file: all of it or nothing, over what was read and over nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.setup.contract_file import ChangedMeanwhile, NotWritable, read_text, write_text


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "closeout.yml"


def digest_of(path: Path) -> str:
    found = read_text(path)
    assert found is not None
    return found.digest


def test_a_new_file_is_made_and_nothing_else(path: Path) -> None:
    write_text(path, "version: 1\n", "")
    assert path.read_text() == "version: 1\n"
    assert [one.name for one in path.parent.iterdir()] == ["closeout.yml"]


def test_an_existing_one_is_replaced_and_keeps_its_rights(path: Path) -> None:
    path.write_text("old")
    path.chmod(0o640)
    write_text(path, "new", digest_of(path))
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640


def test_what_somebody_else_wrote_meanwhile_stays(path: Path) -> None:
    path.write_text("read")
    before = digest_of(path)
    path.write_text("theirs")
    with pytest.raises(ChangedMeanwhile):
        write_text(path, "mine", before)
    assert path.read_text() == "theirs"
    assert [one.name for one in path.parent.iterdir()] == ["closeout.yml"]


def test_a_file_that_came_meanwhile_stays(path: Path) -> None:
    path.write_text("theirs")
    with pytest.raises(ChangedMeanwhile):
        write_text(path, "mine", "")
    assert path.read_text() == "theirs"


def test_a_file_that_went_meanwhile_is_not_made_again(path: Path) -> None:
    path.write_text("read")
    before = digest_of(path)
    path.unlink()
    with pytest.raises(ChangedMeanwhile):
        write_text(path, "mine", before)
    assert not path.exists()


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "real.yml"
    real.write_text("old")
    path.symlink_to(real)
    write_text(path, "new", digest_of(path))
    assert path.is_symlink()
    assert real.read_text() == "new"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotWritable, match="can not be written from here"):
        write_text(tmp_path / "none" / "closeout.yml", "x", "")


def test_a_disk_that_takes_no_more_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    path.write_text("old")
    before = digest_of(path)
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotWritable, match="No space left"):
        write_text(path, "new", before)
    assert path.read_text() == "old"
    assert [one.name for one in path.parent.iterdir()] == ["closeout.yml"]


def test_a_file_that_is_no_text_is_not_opened_for_writing(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NotWritable, match="UTF-8"):
        read_text(path)
