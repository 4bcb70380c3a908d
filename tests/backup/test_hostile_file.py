"""A backup that somebody made to harm who reads it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.backup.archive import MANIFEST, BackupError
from app.backup.restore import check
from tests.backup.test_tampered import in_manifest, rewrite


def test_a_line_without_an_end_is_refused_before_it_fills_the_memory(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A zip of three megabytes may hold one of three gigabytes."""

    def endless(members: dict[str, bytes]) -> None:
        name = "tables/deliveries.jsonl"
        members[name] += b'["' + b"x" * 3_000_000 + b'"]\n'
        manifest = json.loads(members[MANIFEST])
        manifest["tables"]["deliveries"]["sha256"] = hashlib.sha256(members[name]).hexdigest()
        members[MANIFEST] = json.dumps(manifest).encode()

    rewrite(file, endless)
    monkeypatch.setattr("app.backup.archive.ROW_MAX_BYTES", 1_000_000)
    with pytest.raises(BackupError, match="a row of it has more than 1000000 bytes"):
        check(file)


def strange_member(members: dict[str, bytes]) -> None:
    members["tables/\x1b]0;pwned\x07.jsonl"] = b"[]\n"


@pytest.mark.parametrize("change", [in_manifest(product="1.0\x1b]0;pwned\x07"), strange_member])
@pytest.mark.parametrize("command", [("restore", "--dry-run"), ("backup", "--verify")])
def test_what_a_file_says_of_itself_commands_no_terminal(
    file: Path, change: Callable[[dict[str, bytes]], None], command: tuple[str, str]
) -> None:
    rewrite(file, change)
    said = subprocess.run(
        [sys.executable, "-m", "app", *command, str(file)], capture_output=True, timeout=60, check=False
    )
    printed = said.stdout + said.stderr
    assert b"pwned" in printed
    assert not {0x1B, 0x07} & set(printed)
