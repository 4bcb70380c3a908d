"""Branches and commits: just enough of git to push something whose message closes an issue.

https://docs.github.com/en/rest/repos/contents#create-or-update-file-contents
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import partial
from typing import Any

from flask import Blueprint, Response

from app.sandbox.forge import git_shapes
from app.sandbox.forge.acts import Act
from app.sandbox.forge.closing import close_by_keywords
from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import Refused, invalid, not_found
from app.sandbox.forge.records import DEFAULT_BRANCH, Commit, File, Issue, Repository, User

_REF = re.compile(r"refs/heads/([\w./-]{1,200})", re.ASCII)
_ADDRESS = re.compile(r"(?:\d+\+)?([\w-]+)@users\.noreply\.github\.com", re.ASCII)
"""How GitHub ties a commit to an account that keeps its address to itself."""


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""
    _branch_routes(app, desk)

    @app.put("/repos/<owner>/<name>/contents/<path:path>")
    def put(owner: str, name: str, path: str) -> Response:
        repository = desk.repository(owner, name, "write")
        fields = desk.body("Contents", message=str, content=str, branch=str, author=dict, committer=dict)
        if not fields.get("message"):
            raise invalid("Contents", "message", "missing_field")
        content = _content(fields.get("content"))
        branch = fields.get("branch") or DEFAULT_BRANCH
        if branch not in repository.branches:
            raise Refused(404, f"Branch {branch} not found")
        committer = _account(desk, fields.get("committer"))
        author = _account(desk, fields["author"]) if fields.get("author") else committer
        commit = desk.state.add_commit(
            repository,
            fields["message"],
            author,
            committer,
            parents=[repository.branches[branch][-1]],
            changes={path: File(content)},
        )
        push(desk.act, repository, branch, [commit])
        return answer(git_shapes.file_commit(desk.render, repository, path, commit), 201)

    @app.get("/repos/<owner>/<name>/commits/<sha>")
    def read(owner: str, name: str, sha: str) -> Response:
        repository = desk.repository(owner, name)
        return answer(git_shapes.commit(desk.render, repository, _find(repository, sha)))

    @app.get("/repos/<owner>/<name>/commits/<sha>/pulls")
    def pulls(owner: str, name: str, sha: str) -> Response:
        repository = desk.repository(owner, name)
        commit = _find(repository, sha)
        found = [
            issue
            for issue in repository.issues.values()
            if issue.pull is not None
            and (
                issue.number == commit.pull_number
                or (commit.pull_number is None and commit in issue.pull.commits)
            )
        ]
        return desk.page(found, partial(git_shapes.pull, desk.render, repository, in_list=True))


def push(act: Act, repository: Repository, branch: str, commits: list[Commit]) -> None:
    """Put commits onto a branch. On the default one their messages close issues.

    GitHub does not say in whose name; here it is the committer's, whom nobody checked: the worst case.
    """
    before = repository.branches[branch][-1]
    repository.branches[branch] = [*repository.branches[branch], *commits]
    told = git_shapes.pushed(act.render, repository, branch, before.sha, commits, act.user)
    act.emit(repository, "push", **told)
    for issue in repository.issues.values():
        if issue.pull is not None and issue.state == "open" and issue.pull.head == branch:
            add_to_pull(act, repository, issue, commits)
    if branch == DEFAULT_BRANCH:
        for commit in commits:
            close_by_keywords(act.by(commit.committer), repository, commit.message, commit.sha)


def add_to_pull(act: Act, repository: Repository, issue: Issue, commits: list[Commit]) -> None:
    """More commits came onto the branch that a pull request is of."""
    pull = issue.as_pull()
    moved = {"before": pull.commits[-1].sha, "after": commits[-1].sha}
    pull.commits += commits
    act.emit_issue(repository, issue, "synchronize", **moved)


def rewrite(act: Act, repository: Repository, branch: str, commits: list[Commit] | None) -> None:
    """Let a branch be of these commits instead, oldest first; None deletes it."""
    before, none = repository.branches[branch], "0" * 40
    shown = commits or before
    told = git_shapes.pushed(act.render, repository, branch, before[-1].sha, shown[-1:], act.user)
    if commits is None:
        del repository.branches[branch]
        told |= {"after": none, "deleted": True, "commits": [], "head_commit": None}
    else:
        repository.branches[branch] = commits
    act.emit(repository, "push", **told | {"forced": commits is not None})


def _branch_routes(app: Blueprint, desk: Desk) -> None:
    refs = "/repos/<owner>/<name>/git"

    @app.get(f"{refs}/ref/heads/<path:branch>")
    def tip(owner: str, name: str, branch: str) -> Response:
        repository = desk.repository(owner, name)
        if branch not in repository.branches:
            raise not_found()
        return answer(git_shapes.ref(desk.render, repository, branch, repository.branches[branch][-1]))

    @app.post(f"{refs}/refs")
    def create(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name, "write")
        fields = desk.body("Reference", ref=str, sha=str)
        match = _REF.fullmatch(fields.get("ref") or "")
        if match is None or match[1] in repository.branches:
            raise Refused(422, "Reference already exists" if match else "Reference name is not valid")
        for known in repository.branches.values():
            places = [one.sha for one in known]
            if fields.get("sha") in places:
                repository.branches[match[1]] = known[: places.index(fields["sha"]) + 1]
                made = git_shapes.ref(desk.render, repository, match[1], repository.branches[match[1]][-1])
                return answer(made, 201)
        raise Refused(422, "Object does not exist")


def _content(content: object) -> bytes:
    try:
        return base64.b64decode(content if isinstance(content, str) else "?", validate=True)
    except (binascii.Error, ValueError):
        raise Refused(422, "content is not valid Base64") from None


def _account(desk: Desk, fields: dict[str, Any] | None) -> User:
    """Whom a commit names: the caller, or whoever owns the address that the caller wrote there."""
    match = _ADDRESS.fullmatch(str((fields or {}).get("email")))
    return desk.state.users.get(match[1].lower(), desk.user) if match else desk.user


def _find(repository: Repository, sha: str) -> Commit:
    if sha not in repository.commits:
        raise Refused(422, f"No commit found for SHA: {sha}")
    return repository.commits[sha]
