"""Pull requests: open, read, merge. https://docs.github.com/en/rest/pulls/pulls"""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, request

from app.sandbox.forge import git_shapes
from app.sandbox.forge.acts import Act
from app.sandbox.forge.closing import close_by_keywords, cross_reference, set_state
from app.sandbox.forge.commits import push
from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import Refused, forbidden, invalid, not_found
from app.sandbox.forge.records import DEFAULT_BRANCH, Commit, File, Issue, Pull, Repository

METHODS = ("merge", "squash", "rebase")
_PULLS = "/repos/<owner>/<name>/pulls"


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""
    _change_routes(app, desk)

    @app.post(_PULLS)
    def create(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        fields = desk.body("PullRequest", title=str, body=str, head=str, base=str)
        for needed in ("title", "head", "base"):
            if not fields.get(needed):
                raise invalid("PullRequest", needed, "missing_field")
        head, base = fields["head"].rpartition(":")[2], fields["base"]
        if head not in repository.branches or base not in repository.branches:
            raise invalid("PullRequest", "base" if head in repository.branches else "head")
        known = repository.branches[base]
        commits = [one for one in repository.branches[head] if one not in known]
        if not commits:
            what = f"No commits between {base} and {head}"
            raise invalid("PullRequest", "head", "custom", what)
        pull = Pull(head, base, commits)
        issue = open_pull(desk.act, repository, pull, fields["title"], fields.get("body") or "")
        return answer(git_shapes.pull(desk.render, repository, issue), 201)

    @app.get(_PULLS)
    def listed(owner: str, name: str) -> Response:
        repository = desk.repository(owner, name)
        state, base = desk.choice("PullRequest", "state", ("open", "closed", "all")), request.args.get("base")
        pulls = [
            one
            for one in repository.issues.values()
            if one.pull and state in ("all", one.state) and base in (None, one.pull.base)
        ]
        return desk.page(pulls[::-1], partial(git_shapes.pull, desk.render, repository, in_list=True))

    @app.get(f"{_PULLS}/<int:number>")
    def read(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        return answer(git_shapes.pull(desk.render, repository, _find(desk, repository, number)[0]))

    @app.get(f"{_PULLS}/<int:number>/files")
    def files(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        _, pull = _find(desk, repository, number)
        before = pull.commits[0].parents[0].files() if pull.commits[0].parents else {}
        show = partial(git_shapes.changed_file, desk.render, repository, pull, before)
        return desk.page(list(changed(pull).items()), show)


def _change_routes(app: Blueprint, desk: Desk) -> None:
    @app.patch(f"{_PULLS}/<int:number>")
    def edit(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        issue, pull = _find(desk, repository, number)
        if not desk.may(repository, "write") and issue.author is not desk.user:
            raise forbidden("Must have write access, or be its author.", "pull_requests=write")
        fields = desk.body("PullRequest", title=str, body=str, state=str, base=str)
        wanted, before = fields.get("base") or pull.base, pull.base
        if wanted not in repository.branches:
            raise invalid("PullRequest", "base")
        if wanted != before:
            pull.base = wanted
            changes = {"base": {"ref": {"from": before}, "sha": {"from": "0" * 40}}}
            desk.act.emit_issue(repository, issue, "edited", changes=changes)
        if fields.get("state") not in (None, "open", "closed") or pull.merged_at is not None:
            raise invalid("PullRequest", "state")
        if fields.get("state") is not None:
            set_state(desk.act, repository, issue, fields["state"])
        return answer(git_shapes.pull(desk.render, repository, issue))

    @app.put(f"{_PULLS}/<int:number>/merge")
    def merge(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        issue, pull = _find(desk, repository, number)
        if not desk.may(repository, "write"):
            raise forbidden("Must have push access to merge.", "contents=write")
        types = dict.fromkeys(("commit_title", "commit_message", "sha", "merge_method"), str)
        fields = desk.body("PullRequest", **types)
        method = fields.get("merge_method") or "merge"
        if method not in METHODS:
            raise invalid("PullRequest", "merge_method")
        if issue.state != "open":
            raise Refused(405, "Pull Request is not mergeable")
        if fields.get("sha") not in (None, pull.commits[-1].sha):
            raise Refused(409, "Head branch was modified. Review and try the merge again.")
        title = fields.get("commit_title") or f"Merge pull request #{number} from {pull.head}"
        message = f"{title}\n\n{fields.get('commit_message') or ''}".strip()
        sha = merge_pull(desk.act, repository, issue, method, message)
        return answer({"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


def open_pull(act: Act, repository: Repository, pull: Pull, title: str, body: str) -> Issue:
    """Open one, in the name of `act`."""
    issue = act.state.add_issue(repository, act.user, title, body)
    issue.pull = pull
    cross_reference(act, repository, issue)
    act.emit_issue(repository, issue, "opened")
    return issue


def merge_pull(act: Act, repository: Repository, issue: Issue, method: str, message: str) -> str:
    """Merge, and close what its text and its commits say they close. Answers the merge commit's hash.

    Keywords count on the default branch only. What the text closes is closed by whoever merges.
    """
    pull = issue.as_pull()
    landing: list[Commit] = [] if method == "squash" else list(pull.commits)
    tip = repository.branches[pull.base][-1]
    if method == "rebase":
        landing[0].parents = [tip]
    else:
        parents = [tip] if method == "squash" else [tip, pull.commits[-1]]
        made = act.state.add_commit(
            repository, message, act.user, act.user, parents=parents, changes=changed(pull)
        )
        landing.append(made)
    for commit in landing:
        commit.pull_number = issue.number
    pull.merged_at, pull.merged_by, pull.merge_sha = act.state.now(), act.user, landing[-1].sha
    issue.state, issue.closed_at, issue.closed_by = "closed", pull.merged_at, act.user
    act.state.note(issue, "merged", act.user, commit_id=pull.merge_sha)
    act.state.note(issue, "closed", act.user)
    act.emit_issue(repository, issue, "closed")
    if pull.base == DEFAULT_BRANCH:
        close_by_keywords(act, repository, issue.body)
    push(act, repository, pull.base, landing)
    return pull.merge_sha


def changed(pull: Pull) -> dict[str, File | None]:
    """What its commits change together; the last counts."""
    return {path: file for commit in pull.commits for path, file in commit.changes.items()}


def _find(desk: Desk, repository: Repository, number: int) -> tuple[Issue, Pull]:
    issue = desk.issue(repository, number)
    if issue.pull is None:
        raise not_found()
    return issue, issue.pull
