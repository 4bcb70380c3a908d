"""What people do with git itself, as methods: pushing files, rewriting and deleting branches."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.sandbox.forge import commits
from app.sandbox.forge.acts import Act
from app.sandbox.forge.records import DEFAULT_BRANCH, Commit, File, Repository
from app.sandbox.forge.state import State

Enter = Callable[[str, str], tuple[Repository, Act]]
"""A repository, by its name, and what somebody does in it; "" for one of its administrators."""


class GitDoors:
    """Reached over HTTP by POST to /sandbox/git/<method>. Raises KeyError for what is not there."""

    def __init__(self, state: State, enter: Enter) -> None:
        self._state, self._enter = state, enter

    def push(
        self,
        full_name: str,
        files: Mapping[str, str | None],
        login: str = "",
        branch: str = DEFAULT_BRANCH,
        mode: str = "100644",
    ) -> str:
        """A commit onto a branch, which is made where there is none; answers its hash.

        With the mode 120000 or 160000 the files are links or submodules.
        """
        with self._state.lock:
            repository, act = self._enter(full_name, login)
            known = repository.branches.setdefault(branch, list(repository.branches[DEFAULT_BRANCH]))
            commit = add_commit(act, repository, "Push", known[-1], files, mode)
            commits.push(act, repository, branch, [commit])
            return commit.sha

    def push_to_pull_request(
        self, full_name: str, number: int, login: str, files: Mapping[str, str | None]
    ) -> str:
        """One more commit in a fork's branch; answers its hash."""
        with self._state.lock:
            repository, act = self._enter(full_name, login)
            issue = repository.issues[number]
            commit = add_commit(act, repository, "More", issue.as_pull().commits[-1], files)
            commits.add_to_pull(act, repository, issue, [commit])
            return commit.sha

    def force_push(self, full_name: str, sha: str, login: str = "", branch: str = DEFAULT_BRANCH) -> None:
        """Set a branch back to a commit that it had before; what came after is in no branch then."""
        with self._state.lock:
            repository, act = self._enter(full_name, login)
            known = [one.sha for one in repository.branches[branch]]
            kept = repository.branches[branch][: known.index(sha) + 1]
            commits.rewrite(act, repository, branch, kept)

    def delete_branch(self, full_name: str, branch: str, login: str = "") -> None:
        """Nothing leads to its commits any more."""
        with self._state.lock:
            repository, act = self._enter(full_name, login)
            commits.rewrite(act, repository, branch, None)


def add_commit(
    act: Act,
    repository: Repository,
    message: str,
    parent: Commit,
    files: Mapping[str, str | None],
    mode: str = "100644",
) -> Commit:
    """A commit that changes these files, None for one that is removed; it is on no branch yet."""
    changes = {path: None if text is None else File(text.encode(), mode) for path, text in files.items()}
    return act.state.add_commit(repository, message, act.user, act.user, parents=[parent], changes=changes)
