"""Files as git has them: trees and blobs, and how two commits stand to each other.

https://docs.github.com/en/rest/git/trees, https://docs.github.com/en/rest/git/blobs and
https://docs.github.com/en/rest/commits/commits#compare-two-commits
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Blueprint, Response

from app.sandbox.forge import git_shapes
from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import Refused, not_found
from app.sandbox.forge.records import Commit, Repository

_SHA = re.compile(r"[0-9a-f]{40}", re.ASCII)


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""

    @app.get("/repos/<owner>/<name>/git/trees/<sha>")
    def tree(owner: str, name: str, sha: str) -> Response:
        repository = desk.repository(owner, name)
        _check(sha)
        for commit in repository.commits.values():
            for folder in ("", *_folders(commit)):
                if sha in (_tree_sha(commit, folder), "" if folder else commit.sha):
                    entries = _entries(commit, folder)
                    return answer(git_shapes.tree(desk.render, repository, sha, entries))
        raise not_found()

    @app.get("/repos/<owner>/<name>/git/blobs/<sha>")
    def blob(owner: str, name: str, sha: str) -> Response:
        repository = desk.repository(owner, name)
        _check(sha)
        for commit in repository.commits.values():
            for file in commit.changes.values():
                if file is not None and file.sha == sha and file.mode != "160000":
                    return answer(git_shapes.blob(desk.render, repository, file))
        raise not_found()

    @app.get("/repos/<owner>/<name>/compare/<path:between>")
    def compare(owner: str, name: str, between: str) -> Response:
        repository = desk.repository(owner, name)
        base, dots, head = between.partition("...")
        if not dots:
            raise not_found()
        commits = _resolved(repository, base), _resolved(repository, head)
        return answer(git_shapes.comparison(desk.render, repository, *commits))


def _check(sha: str) -> None:
    if not _SHA.fullmatch(sha):
        raise Refused(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")


def _resolved(repository: Repository, name: str) -> Commit:
    """A commit by its hash, or a branch's last one."""
    if name in repository.branches:
        return repository.branches[name][-1]
    if name not in repository.commits:
        raise not_found()
    return repository.commits[name]


def _folders(commit: Commit) -> set[str]:
    found = set()
    for path in commit.files():
        parts = path.split("/")[:-1]
        found |= {"/".join(parts[: depth + 1]) + "/" for depth in range(len(parts))}
    return found


def _tree_sha(commit: Commit, folder: str) -> str:
    inside = [(path, file.sha) for path, file in sorted(commit.files().items()) if path.startswith(folder)]
    return hashlib.sha1(repr((folder, inside)).encode(), usedforsecurity=False).hexdigest()


def _entries(commit: Commit, folder: str) -> list[dict[str, Any]]:
    """What is in a folder: its path ends in a slash, "" for the top."""
    found: dict[str, dict[str, Any]] = {}
    for path, file in commit.files().items():
        if not path.startswith(folder):
            continue
        name, slash, _ = path.removeprefix(folder).partition("/")
        if slash:
            sha = _tree_sha(commit, f"{folder}{name}/")
            found[name] = {"path": name, "mode": "040000", "sha": sha}
        else:
            size = {} if file.mode == "160000" else {"size": len(file.content)}
            found[name] = {"path": name, "mode": file.mode, "sha": file.sha, **size}
    return [found[name] for name in sorted(found)]
