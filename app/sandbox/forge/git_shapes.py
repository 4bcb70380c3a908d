"""The JSON of pull requests, commits, files and branches. Pure.

https://docs.github.com/en/rest/pulls/pulls and https://docs.github.com/en/rest/commits/commits
"""

from __future__ import annotations

import base64
from typing import Any

from app.sandbox.forge.records import Commit, File, Issue, Pull, Repository, User
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
        "changed_files": len({path for one in found.commits for path in one.changes}),
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
        "parents": [
            {
                "sha": parent.sha,
                "url": f"{render.repository_url(repository)}/commits/{parent.sha}",
                "html_url": f"{render.web}/{repository.full_name}/commit/{parent.sha}",
            }
            for parent in one.parents
        ],
    }


def changed_file(
    render: Render,
    repository: Repository,
    pull: Pull,
    before: dict[str, File],
    entry: tuple[str, File | None],
) -> dict[str, Any]:
    """A file of a pull request. https://docs.github.com/en/rest/pulls/pulls#list-pull-requests-files"""
    path, file = entry
    head, page = pull.commits[-1].sha, f"{render.web}/{repository.full_name}"
    status = "removed" if file is None else "modified" if path in before else "added"
    return {
        "sha": (file or before[path]).sha if file or path in before else None,
        "filename": path,
        "status": status,
        "additions": 0 if file is None else 1,
        "deletions": 0 if status == "added" else 1,
        "changes": 1 if file is None or status == "added" else 2,
        "blob_url": f"{page}/blob/{head}/{path}",
        "raw_url": f"{page}/raw/{head}/{path}",
        "contents_url": f"{render.repository_url(repository)}/contents/{path}?ref={head}",
    }


def tree(render: Render, repository: Repository, sha: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """A folder of a commit. https://docs.github.com/en/rest/git/trees#get-a-tree"""
    place = f"{render.repository_url(repository)}/git"
    kinds = {"040000": "tree", "160000": "commit"}
    shown = []
    for one in entries:
        kind = kinds.get(one["mode"], "blob")
        url = {} if kind == "commit" else {"url": f"{place}/{kind}s/{one['sha']}"}
        shown.append({**one, "type": kind, **url})
    return {"sha": sha, "url": f"{place}/trees/{sha}", "tree": shown, "truncated": False}


def blob(render: Render, repository: Repository, file: File) -> dict[str, Any]:
    """A file's bytes. https://docs.github.com/en/rest/git/blobs#get-a-blob"""
    return {
        "sha": file.sha,
        "node_id": f"B_{file.sha}",
        "size": len(file.content),
        "url": f"{render.repository_url(repository)}/git/blobs/{file.sha}",
        "content": base64.encodebytes(file.content).decode(),
        "encoding": "base64",
    }


def comparison(render: Render, repository: Repository, base: Commit, head: Commit) -> dict[str, Any]:
    """How two commits stand to each other. https://docs.github.com/en/rest/commits/commits#compare-two-commits"""
    old, new = base.history(), head.history()
    ahead, behind = [new[sha] for sha in new if sha not in old], [sha for sha in old if sha not in new]
    status = "diverged" if ahead and behind else "ahead" if ahead else "behind" if behind else "identical"
    common = next(one for sha, one in new.items() if sha in old)
    names = f"{base.sha}...{head.sha}"
    url, page = f"{render.repository_url(repository)}/compare/{names}", f"{render.web}/{repository.full_name}"
    return {
        "url": url,
        "html_url": f"{page}/compare/{names}",
        "permalink_url": f"{page}/compare/{names}",
        "diff_url": f"{page}/compare/{names}.diff",
        "patch_url": f"{page}/compare/{names}.patch",
        "base_commit": commit(render, repository, base),
        "merge_base_commit": commit(render, repository, common),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [commit(render, repository, one) for one in ahead],
        "files": [],
    }


def file_commit(render: Render, repository: Repository, path: str, one: Commit) -> dict[str, Any]:
    """What a commit to a single file is answered with; little is told of the file."""
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
        **_files(one),
    }


def _files(one: Commit) -> dict[str, list[str]]:
    known = one.parents[0].files() if one.parents else {}
    return {
        "added": [path for path, file in one.changes.items() if file and path not in known],
        "removed": [path for path, file in one.changes.items() if file is None],
        "modified": [path for path, file in one.changes.items() if file and path in known],
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
