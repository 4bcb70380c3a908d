"""Where the contract file is: on this machine, or at the head of a branch of a repository. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from app.errors import SettingsError

DEFAULT_FILE = "closeout.yml"
LOOKED_FOR = (DEFAULT_FILE, f"config/{DEFAULT_FILE}")
"""Where nobody said where the contract file is, in this order."""
SHORT = 12
"""So many characters of a commit's hash are shown; all of them are kept."""

_LIKELY = re.compile(r"[a-z][a-z0-9-]{0,31}:[^/\\]", re.ASCII)
_SEGMENT = r"(?!\.{1,2}(?:[/@:]|$))[A-Za-z0-9_.-]{1,100}"
_PLACE = re.compile(
    rf"([a-z][a-z0-9-]{{0,31}}):({_SEGMENT}(?:/{_SEGMENT})+)@([^\s:~^?*\[\\@]{{1,200}})(?::(.+))?", re.ASCII
)
_PATH = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT}){{0,20}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class InRepository:
    """A file at the head of a branch; `connection` is how Closeout is connected to the forge."""

    connection: str
    full_name: str
    branch: str
    path: str = DEFAULT_FILE

    def __str__(self) -> str:
        return f"{self.connection}:{self.full_name}@{self.branch}:{self.path}"

    def at(self, commit: str) -> str:
        """The file at one commit, as errors name it."""
        return f"{self.connection}:{self.full_name}@{commit[:SHORT]}:{self.path}"


def config_place(text: str) -> Path | InRepository:
    """What CLOSEOUT_CONFIG names: github:acme/contracts@main[:path], or else a path on this machine.

    Raises SettingsError for what begins like a repository and is none.
    """
    if not _LIKELY.match(text):
        return Path(text)
    found = _PLACE.fullmatch(text)
    path = (found[4] or DEFAULT_FILE) if found else ""
    if found is None or not _PATH.fullmatch(path) or found[2].endswith(".git"):
        raise SettingsError(
            f"{text!r} is no file in a repository",
            where="CLOSEOUT_CONFIG",
            mend="Write connection:owner/name@branch, for example github:acme/contracts@main; another file"
            " than closeout.yml follows after a colon. A file on this machine is named with ./ before it",
        )
    return InRepository(found[1], found[2], found[3], path)
