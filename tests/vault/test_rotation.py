"""A rotation of the key that is killed, or that meets another one, loses nothing. All by real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.db import Database
from app.settings import Settings, for_child, read_keys
from app.vault.store import Vault

MOMENTS = 7
SECRETS = {f"LAB{number}_TOKEN": f"canary-token-{number}" for number in range(3)}

KILLED = """
import os, signal, sys
from app.db import Database
from app.settings import Settings
from app.vault import keys, store
from app.vault.store import Vault
from tests.children import in_child

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def after(module, name, count):
    real, calls = getattr(module, name), []
    def called(*given):
        found = real(*given)
        calls.append(given)
        if len(calls) == count:
            die()
        return found
    setattr(module, name, called)

def half_way():
    real, calls = store.sa.update, []
    def called(*given):
        calls.append(given)
        return die() if len(calls) == 2 else real(*given)
    store.sa.update = called

MOMENTS = (
    lambda: after(store, "_require_all", 1),
    lambda: after(keys, "_written", 1),
    lambda: after(store, "write_keys", 1),
    half_way,
    lambda: after(Vault, "_seal_again", 1),
    lambda: after(keys, "_written", 2),
    lambda: after(store, "write_keys", 2),
)
settings = Settings.load()

def vault():
    return Vault(Database(settings.database_url), Settings.load())

def killed(moment):
    moment()
    vault().rotate(forget_old=True)

for moment in MOMENTS:
    died = in_child(lambda: killed(moment))
    print(died, in_child(lambda: print(sorted(vault().values()), flush=True)), flush=True)
vault().rotate(forget_old=True)
"""

MEETS = """
import fcntl, sys
from app.db import Database
from app.settings import Settings
from app.vault import keys, store

def say(what):
    print(what, flush=True)

class Lock:
    LOCK_EX = fcntl.LOCK_EX

    @staticmethod
    def flock(file, how):
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waits")
            fcntl.flock(file, how)

real = store.write_keys

def write_keys(*given):
    say("writes")
    sys.stdin.readline()
    real(*given)

keys.fcntl, store.write_keys = Lock, write_keys
settings = Settings.load()
say(store.Vault(Database(settings.database_url), settings).rotate(forget_old=True))
"""


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    """That of processes whose vault has something in it, and whose key is in a file."""
    found = {"CLOSEOUT_DATABASE_URL": database_url, "CLOSEOUT_KEY_FILE": str(tmp_path / "closeout.key")}
    settings, db = Settings.load(found), Database(database_url)
    Vault(db, settings).put(SECRETS)
    db.close()
    return for_child(found)


def values(environment: dict[str, str]) -> dict[str, str]:
    settings = Settings.load(environment)
    db = Database(settings.database_url)
    found = Vault(db, settings).values()
    db.close()
    return found


def test_a_rotation_that_is_killed_at_any_step_loses_nothing(environment: dict[str, str]) -> None:
    command = [sys.executable, "-c", KILLED]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [str(sorted(SECRETS)), "-9 0"] * MOMENTS
    assert values(environment) == SECRETS
    assert len(read_keys(Path(environment["CLOSEOUT_KEY_FILE"]))) == 1


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    command, pipe = [sys.executable, "-c", MEETS], subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True, bufsize=1)


def says(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def may_write_twice(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n\n")
    process.stdin.flush()


def test_two_rotations_at_once_take_turns(environment: dict[str, str]) -> None:
    with start(environment) as first:
        assert says(first) == "writes"  # it has read the keys, and not yet written the new one
        with start(environment) as second:
            assert says(second) == "waits"
            may_write_twice(first)
            assert [says(first), says(first)] == ["writes", str(len(SECRETS))]
            may_write_twice(second)
            assert [says(second) for _ in range(3)] == ["writes", "writes", str(len(SECRETS))]
    assert values(environment) == SECRETS
    assert len(read_keys(Path(environment["CLOSEOUT_KEY_FILE"]))) == 1
