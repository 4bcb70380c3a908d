"""The installation's keys: where they come from, and the ciphers that are made of them.

The newest key is used, the older ones are still understood. They come from CLOSEOUT_KEY, or from a file that
is made when a key is first needed and that nobody but its owner can read.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import structlog
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.errors import SettingsError
from app.settings import Settings, read_keys
from app.wellformed import PREFIX

log = structlog.get_logger()

KEY_BYTES = 32
_MEND = "Let this account write there, or set CLOSEOUT_KEY (for example from: openssl rand -base64 32)"


def ciphers(keys: Sequence[str]) -> MultiFernet:
    """Seals with the first key, opens with any. Any text of enough length is a key.

    https://cryptography.io/en/latest/fernet/#cryptography.fernet.MultiFernet
    """
    return MultiFernet([_cipher(key) for key in keys])


def _cipher(key: str) -> Fernet:
    derived = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"closeout vault").derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def with_key(settings: Settings) -> Settings:
    """Settings that have a key; a file with a new one is made where there is none yet, and the log names it.

    Two processes that start at once end up with the same key. Raises SettingsError when it can not be made.
    """
    if settings.keys:
        return settings
    path = settings.key_path.resolve()
    if not path.exists():
        # Linked into place when it is whole: nobody reads half a key, and nobody replaces another's.
        whole = _written(path, [new_key()])
        try:
            with suppress(FileExistsError):
                os.link(whole, path)
                log.warning("a key was made: keep a copy of this file apart from the backups", path=str(path))
        except OSError as error:
            raise SettingsError(
                f"can not make a key: {error.strerror}", where=str(path), mend=_MEND
            ) from error
        finally:
            whole.unlink()
    return replace(settings, keys=read_keys(path))


def write_keys(path: Path, keys: Sequence[str]) -> None:
    """Replace the keys of the file, as a whole or not at all. A link to it stays one."""
    path = path.resolve()
    _written(path, keys).replace(path)


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Inside the block no other process of this machine has the key file to change; waits until it is so.

    The lock is on a file beside it, since the key file itself is replaced. A killed process lets go of it.
    """
    path = path.resolve()
    try:
        lock = path.with_name(f"{path.name}.lock").open("a", encoding="utf-8")
    except OSError as error:
        where = f"{PREFIX}KEY_FILE, {path}"
        raise SettingsError(f"can not write beside it: {error.strerror}", where=where, mend=_MEND) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _written(path: Path, keys: Sequence[str]) -> Path:
    """A file beside `path` with these keys, safe on disk, readable by its owner alone (mode 0600)."""
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    except OSError as error:
        where = f"{PREFIX}KEY_FILE, {path}"
        raise SettingsError(f"can not write beside it: {error.strerror}", where=where, mend=_MEND) from error
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(number)
    return Path(name)
