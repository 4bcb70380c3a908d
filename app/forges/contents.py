"""The port to a repository that holds the contract file: its branch, the file, the pull requests.

Only GitHub's adapter offers it for now. All methods raise ForgeError, ForgeNotFound for what is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from app.errors import ForgeError
from app.events import Repository
from app.forges.base import CommentRef


class Unreadable(ForgeError):
    """What stands under the path is no file that can be read: it stays so at this commit."""

    permanent = True


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request as it is now.

    `head` is its last commit, `base` the branch that it is for, `merged_as` the commit that it became, "" for
    none. `is_by_member`: its author belongs to the repository, its owner or its organisation.
    """

    number: int
    state: Literal["open", "closed", "merged"]
    base: str
    head: str
    merged_as: str = ""
    is_by_member: bool = False


class Contents(Protocol):
    """A repository is asked for by its `id` where that is known, else by its name."""

    def read_repository(self, repository: Repository) -> Repository:
        """The repository's numeric id and its present name."""

    def read_head(self, repository: Repository, branch: str) -> str:
        """The hash of the branch's last commit."""

    def is_after(self, repository: Repository, before: str, commit: str) -> bool:
        """Whether `commit` has `before` among those that led to it."""

    def read_file(self, repository: Repository, path: str, commit: str, most_bytes: int) -> bytes:
        """The file's bytes at that commit. Raises Unreadable for a link, a folder, or more than that."""

    def list_pulls(self, repository: Repository, branch: str) -> list[PullRequest]:
        """The open pull requests for that branch."""

    def read_pull(self, repository: Repository, number: int) -> PullRequest:
        """One pull request."""

    def touches(self, repository: Repository, number: int, path: str) -> bool:
        """Whether a pull request changes, adds, removes or renames the file; yes where that is not told."""

    def write_comment(self, repository: Repository, number: int, marker: str, text: str) -> CommentRef:
        """As that of the Forge port."""

    def file_url(self, full_name: str, path: str, commit: str) -> str:
        """Where people see the file at that commit."""
