"""The backup file: a zip of one JSON-lines member per table, and a manifest that says what has to be in them.

    manifest.json            format, product, revision, created_at, database, gateways,
                             tables: {name: {rows, sha256}}
    tables/<name>.jsonl      the columns' names, then each row, as JSON arrays; bytes are {"base64": "…"}

A zip's directory stands at its end, so that a truncated file is none; the checksums are of the members as
they are unpacked. They guard against accidents: who can write the file can also write other checksums.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Any

from app.errors import CloseoutError

FORMAT = 1
"""Grows only when an older program could not read what a newer one writes."""
MANIFEST = "manifest.json"
MANIFEST_MAX_BYTES = 1_000_000
ROW_MAX_BYTES = 256_000_000
"""Far above the largest webhook, 25 MB, as JSON: a zip of some megabytes may hold a line of any length."""
Value = str | int | bytes | None


class BackupError(CloseoutError):
    """A backup that can not be written, or a file that is no whole backup."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a table's member has to hold: how many rows, and the SHA-256 of its unpacked bytes."""

    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `revision` is that of the migrations, `created_at` RFC 3339 in UTC.

    `gateways` are the names of those of the contract file, where orders may have gone since.
    """

    product: str
    revision: str
    created_at: str
    database: str
    gateways: tuple[str, ...] = ()
    tables: dict[str, Contents] = field(default_factory=dict)
    format: int = FORMAT


class Writer:
    """An archive in the making; the manifest is its last member."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive, self.manifest = archive, manifest

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Write a table row by row, so that none has to fit into memory."""
        digest, count = hashlib.sha256(), -1
        with self._archive.open(_member(name), "w", force_zip64=True) as member:
            for row in chain([columns], rows):
                line = json.dumps([_plain(value) for value in row], separators=(",", ":")).encode() + b"\n"
                digest.update(line)
                member.write(line)
                count += 1
        self.manifest.tables[name] = Contents(count, digest.hexdigest())

    def close(self) -> None:
        self._archive.writestr(MANIFEST, json.dumps(asdict(self.manifest), indent=2))


@contextmanager
def writing(path: Path, manifest: Manifest, *, force: bool) -> Iterator[Writer]:
    """A new archive that appears at `path` when the block has ended, whole and durable, or not at all.

    Only its owner can read it. Raises BackupError where there is a file already, unless `force` is set, and
    for every word of the file system.
    """
    if path.exists() and not force:
        raise BackupError("there is a file already", where=str(path), mend="Choose another name, or --force")
    passing = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        number = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                writer = Writer(archive, manifest)
                yield writer
                writer.close()
            file.flush()
            os.fsync(file.fileno())
        _publish(passing, path, force=force)
    except OSError as error:
        raise BackupError(
            f"the backup could not be written: {error.strerror or error}",
            where=str(path),
            mend="Nothing was left there. Check disk space and permissions, then run it again",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            passing.unlink(missing_ok=True)


def _publish(passing: Path, path: Path, *, force: bool) -> None:
    """Give the finished file its name; without `force` never over a file that came meanwhile."""
    if not force:
        try:
            os.link(passing, path)  # the one way that refuses in the same step
        except FileExistsError:
            raise
        except OSError:  # a file system without links, such as a stick's
            force = not path.exists()
    if force:
        os.replace(passing, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Reader:
    """An archive whose every byte was checked."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive, self.manifest = archive, manifest

    def close(self) -> None:
        self._archive.close()

    def rows(self, name: str) -> Iterator[dict[str, Value]]:
        """The rows of a table, by their columns' names, one at a time."""
        with self._archive.open(_member(name)) as member:
            yield from _rows(member)


@contextmanager
def reading(path: Path) -> Iterator[Reader]:
    """Open an archive and check all of it first. Raises BackupError for whatever is wrong with it."""
    with contextlib.closing(_checked(path)) as reader:
        yield reader


def _checked(path: Path) -> Reader:
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise BackupError(f"it can not be read: {error.strerror}", where=str(path)) from error
    except zipfile.BadZipFile as error:
        raise _damaged(path, f"{error}") from error
    try:
        manifest = _manifest(archive)
        _check(archive, manifest)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError) as error:
        archive.close()
        raise _damaged(path, f"{error}") from error
    except BackupError as error:
        archive.close()
        raise _damaged(path, error.what) from error
    return Reader(archive, manifest)


def _damaged(path: Path, what: str) -> BackupError:
    return BackupError(
        f"this is no whole backup: {what}",
        where=str(path),
        mend="Nothing was changed. Use another copy of it, or an older backup",
    )


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    try:
        size = archive.getinfo(MANIFEST).file_size
        if size > MANIFEST_MAX_BYTES:
            raise BackupError(f"its manifest has {size} bytes")
        plain = json.loads(archive.read(MANIFEST))
        if plain["format"] != FORMAT:
            raise BackupError(f"it has the format {plain['format']!r}, this program reads {FORMAT}")
        tables = {str(name): Contents(**one) for name, one in plain["tables"].items()}
        return Manifest(
            product=str(plain["product"]),
            revision=str(plain["revision"]),
            created_at=str(plain["created_at"]),
            database=str(plain["database"]),
            gateways=tuple(map(str, plain["gateways"])),
            tables=tables,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BackupError(f"its manifest can not be read ({error})") from error


def _check(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Every member is there once, is one of the manifest's, and unpacks to what the manifest says."""
    wanted = sorted([MANIFEST, *(_member(name) for name in manifest.tables)])
    found = sorted(archive.namelist())
    if found != wanted:
        odd = sorted(set(found) ^ set(wanted)) or ["one of them twice"]
        raise BackupError(f"its members are not those of its manifest: {', '.join(odd)[:200]}")
    for name, contents in manifest.tables.items():
        digest = hashlib.sha256()
        with archive.open(_member(name)) as member:
            while piece := member.read(1 << 20):
                digest.update(piece)
        if digest.hexdigest() != contents.sha256:
            raise BackupError(f"the table {name} does not have the checksum that the manifest says")
        with archive.open(_member(name)) as member:
            rows = sum(1 for _ in _rows(member))
        if rows != contents.rows:
            raise BackupError(f"the table {name} has {rows} rows, its manifest says {contents.rows}")


def _rows(member: IO[bytes]) -> Iterator[dict[str, Value]]:
    # Alone it looks for the end of a line, where that is bounded, by half a kilobyte at a time.
    buffered: IO[bytes] = io.BufferedReader(member)  # type: ignore[type-var]
    lines = iter(partial(_line, buffered), b"")
    try:
        columns: list[str] = json.loads(next(lines))
        for line in lines:
            yield dict(zip(columns, map(_value, json.loads(line)), strict=True))
    except (StopIteration, ValueError, TypeError, KeyError, binascii.Error) as error:
        raise BackupError(f"a row of it can not be read ({error})") from error


def _line(member: IO[bytes]) -> bytes:
    """The next line, b"" after the last. Raises BackupError for one that no row of ours has."""
    line = member.readline(ROW_MAX_BYTES + 1)
    if len(line) > ROW_MAX_BYTES:
        raise BackupError(f"a row of it has more than {ROW_MAX_BYTES} bytes")
    return line


def _member(table: str) -> str:
    return f"tables/{table}.jsonl"


def _plain(value: Value) -> Any:
    """A value as JSON. Raises BackupError for a kind that no column of ours has, such as a float."""
    if isinstance(value, bytes | memoryview):
        return {"base64": base64.b64encode(value).decode()}
    if value is None or isinstance(value, str | int):
        return value
    raise BackupError(f"a value of the type {type(value).__name__} has no place in a backup")


def _value(plain: Any) -> Value:
    """The inverse of `_plain`."""
    if isinstance(plain, dict):
        return base64.b64decode(plain["base64"], validate=True)
    if plain is None or isinstance(plain, str | int):
        return plain
    raise TypeError(f"{type(plain).__name__} is no value of a table")
