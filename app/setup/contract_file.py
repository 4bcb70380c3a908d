"""Writing the contract file so that nobody's work is lost: as a whole, and only over what was read."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from app.errors import CloseoutError


class ChangedMeanwhile(CloseoutError):
    """Somebody else wrote the file since it was read; nothing was written."""


class NotWritable(CloseoutError):
    """The file can not be written from here: it is mounted read-only, or belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class Text:
    """The file as it was read; `digest` is "" where there is none."""

    text: str
    digest: str


def read_text(path: Path) -> Text | None:
    """The file, None where there is none. Raises NotWritable for what is no readable text."""
    try:
        data = path.read_bytes()
        return Text(data.decode("utf-8-sig"), hashlib.sha256(data).hexdigest())
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise NotWritable(
            "the contract file is not UTF-8", where=str(path), mend="Mend it on the server"
        ) from error
    except OSError as error:
        raise NotWritable(
            f"the contract file can not be read: {error.strerror}", where=str(path), mend="Mend its rights"
        ) from error


def write_text(path: Path, text: str, expected: str) -> None:
    """Replace the file whose digest is `expected` ("": there is none) by `text`, as a whole or not at all.

    Raises ChangedMeanwhile and NotWritable. It keeps the file's rights, and a link stays a link.
    """
    target = path.resolve()
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        number, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error
    fresh = Path(name)
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fchmod(number, mode)
            os.fsync(number)
        present = read_text(target)
        if (present.digest if present else "") != expected:
            raise ChangedMeanwhile(
                "somebody else changed the contract file meanwhile",
                where=str(path),
                mend="Nothing was saved. Copy your text, open the page again, and put your changes in there",
            )
        if expected:
            fresh.replace(target)
        else:
            os.link(fresh, target)  # unlike a replacement this fails where a file came meanwhile
        _sync_folder(target.parent)
    except FileExistsError as error:
        what = "somebody else made the contract file meanwhile"
        raise ChangedMeanwhile(
            what, where=str(path), mend="Copy your text, and open the page again"
        ) from error
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """The new name is safe on disk only when its folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _unwritable(path: Path, error: OSError) -> NotWritable:
    return NotWritable(
        f"the contract file can not be written from here: {error.strerror}",
        where=str(path),
        mend="Copy the text below into it on the server",
    )
