"""The JSON of pull requests, commits, branches and hooks. Pure.

https://docs.github.com/en/rest/pulls/pulls and https://docs.github.com/en/rest/commits/commits
"""

from __future__ import annotations

from typing import Any

from app.sandbox.forge.records import Commit, Issue, Repository, User
from app.sandbox.forge.render import Render

_KEPT = """
    id number title body user labels milestone state locked active_lock_reason comments assignee assignees
    author_association created_at updated_at closed_at
"""


def pull(render: Render, repository: Repository, issue: Issue, *, in_list: bool = False) -> dict[str, Any]:
    """A pull request as the `pulls` interface shows it; a list's entries do not say who merged it."""
    found, whole = issue.as_pull(), render.issue(repository, issue)
    url, page = whole["pull_request"]["url"], whole["html_url"]
    shown = {name: whole[name] for name in _KEPT.split()} | {
        "url": url,
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": whole["url"],
        "comments_url": whole["comments_url"],
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{render.repository_url(repository)}/pulls/comments{{/number}}",
        "statuses_url": f"{render.repository_url(repository)}/statuses/{found.commits[-1].sha}",
        "node_id": f"PR_{issue.id}",
        "draft": False,
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _branch(render, repository, found.head, found.commits[-1].sha),
        "base": _branch(render, repository, found.base, "0" * 40),
        "merged_at": found.merged_at,
        "merge_commit_sha": found.merge_sha,
        "auto_merge": None,
    }
    shown["_links"] = {
        name: {"href": shown[f"{name}_url"]}
        for name in ("comments", "commits", "statuses", "html", "issue", "review_comments", "review_comment")
    } | {"self": {"href": url}}
    if in_list:
        return shown
    return shown | {
        "merged": found.merged_at is not None,
        "merged_by": render.user(found.merged_by) if found.merged_by else None,
        "mergeable": None,
        "mergeable_state": "unknown",
        "maintainer_can_modify": False,
        "commits": len(found.commits),
        "additions": 0,
        "deletions": 0,
        "changed_files": 0,
        "review_comments": 0,
    }


def commit(render: Render, repository: Repository, one: Commit) -> dict[str, Any]:
    url = f"{render.repository_url(repository)}/commits/{one.sha}"
    return {
        "sha": one.sha,
        "node_id": f"C_{one.sha}",
        "url": url,
        "html_url": f"{render.web}/{repository.full_name}/commit/{one.sha}",
        "comments_url": f"{url}/comments",
        "commit": _git_commit(render, repository, one),
        "author": render.user(one.author),
        "committer": render.user(one.committer),
        "parents": [],
    }


def file_commit(render: Render, repository: Repository, path: str, one: Commit) -> dict[str, Any]:
    """What a commit to a single file is answered with; there are no files, so little is told of one."""
    written = _git_commit(render, repository, one) | {"sha": one.sha}
    return {"content": {"path": path, "name": path.rpartition("/")[2]}, "commit": written}


def ref(render: Render, repository: Repository, branch: str, one: Commit) -> dict[str, Any]:
    place = f"{render.repository_url(repository)}/git"
    return {
        "ref": f"refs/heads/{branch}",
        "node_id": f"REF_{repository.id}_{branch}",
        "url": f"{place}/refs/heads/{branch}",
        "object": {"type": "commit", "sha": one.sha, "url": f"{place}/commits/{one.sha}"},
    }


def pushed(
    render: Render, repository: Repository, branch: str, before: str, commits: list[Commit], pusher: User
) -> dict[str, Any]:
    """What a webhook tells of commits that came onto a branch, on which `before` was the last.

    https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
    """
    shown = [_pushed_commit(render, repository, one) for one in commits]
    after = commits[-1].sha
    return {
        "ref": f"refs/heads/{branch}",
        "before": before,
        "after": after,
        "created": False,
        "deleted": False,
        "forced": False,
        "base_ref": None,
        "compare": f"{render.web}/{repository.full_name}/compare/{before[:12]}...{after[:12]}",
        "commits": shown,
        "head_commit": shown[-1],
        "pusher": {"name": pusher.login, "email": _address(pusher)},
    }


def _pushed_commit(render: Render, repository: Repository, one: Commit) -> dict[str, Any]:
    return {
        "id": one.sha,
        "tree_id": one.sha,
        "distinct": True,
        "message": one.message,
        "timestamp": one.created_at,
        "url": f"{render.web}/{repository.full_name}/commit/{one.sha}",
        "author": _signature(one.author, one.created_at) | {"username": one.author.login},
        "committer": _signature(one.committer, one.created_at) | {"username": one.committer.login},
        "added": [],
        "removed": [],
        "modified": [],
    }


def _git_commit(render: Render, repository: Repository, one: Commit) -> dict[str, Any]:
    place = f"{render.repository_url(repository)}/git"
    return {
        "url": f"{place}/commits/{one.sha}",
        "author": _signature(one.author, one.created_at),
        "committer": _signature(one.committer, one.created_at),
        "message": one.message,
        "comment_count": 0,
        "tree": {"sha": one.sha, "url": f"{place}/trees/{one.sha}"},
    }


def _signature(user: User, moment: str) -> dict[str, Any]:
    return {"name": user.login, "email": _address(user), "date": moment}


def _address(user: User) -> str:
    return f"{user.id}+{user.login}@users.noreply.github.com"


def _branch(render: Render, repository: Repository, name: str, sha: str) -> dict[str, Any]:
    owner = repository.owner
    return {
        "label": f"{owner.login}:{name}",
        "ref": name,
        "sha": sha,
        "user": render.user(owner),
        "repo": render.repository(repository),
    }
