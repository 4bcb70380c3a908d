"""The JSON of the pretend GitHub, in the shapes of its documentation. Pure.

https://docs.github.com/en/rest/issues/issues
"""

from __future__ import annotations

from typing import Any

from app.sandbox.forge.records import (
    DEFAULT_BRANCH,
    Comment,
    Commit,
    Happening,
    Hook,
    Issue,
    Label,
    Milestone,
    Repository,
    User,
)


class Render:
    """`api` is the root of the REST interface as the caller addressed it, `web` that of the pages."""

    def __init__(self, api: str, web: str) -> None:
        self.api, self.web = api, web

    def user(self, user: User) -> dict[str, Any]:
        return {
            "login": user.login,
            "id": user.id,
            "node_id": f"U_{user.id}",
            "type": user.type,
            "site_admin": False,
            "url": f"{self.api}/users/{user.login}",
            "html_url": f"{self.web}/{user.login}",
        }

    def repository(self, repository: Repository) -> dict[str, Any]:
        return {
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.is_private,
            "owner": self.user(repository.owner),
            "url": self._repository_url(repository),
            "html_url": f"{self.web}/{repository.full_name}",
            "description": None,
            "fork": False,
            "visibility": "private" if repository.is_private else "public",
            "default_branch": DEFAULT_BRANCH,
            "has_issues": True,
            "archived": False,
        }

    def label(self, repository: Repository, label: Label) -> dict[str, Any]:
        return {
            "id": label.id,
            "node_id": f"LA_{label.id}",
            "url": f"{self._repository_url(repository)}/labels/{label.name}",
            "name": label.name,
            "color": label.color,
            "default": False,
            "description": label.description or None,
        }

    def milestone(self, repository: Repository, milestone: Milestone) -> dict[str, Any]:
        """A milestone; GitHub counts pull requests among its issues.

        https://docs.github.com/en/rest/issues/milestones
        """
        inside = [one for one in repository.issues.values() if one.milestone is milestone]
        url = f"{self._repository_url(repository)}/milestones/{milestone.number}"
        return {
            "url": url,
            "html_url": f"{self.web}/{repository.full_name}/milestone/{milestone.number}",
            "labels_url": f"{url}/labels",
            "id": milestone.id,
            "node_id": f"MI_{milestone.id}",
            "number": milestone.number,
            "title": milestone.title,
            "description": milestone.description or None,
            "creator": self.user(milestone.creator),
            "open_issues": sum(one.state == "open" for one in inside),
            "closed_issues": sum(one.state == "closed" for one in inside),
            "state": milestone.state,
            "created_at": milestone.created_at,
            "updated_at": milestone.updated_at,
            "due_on": None,
            "closed_at": milestone.closed_at,
        }

    def issue(self, repository: Repository, issue: Issue, *, in_list: bool = False) -> dict[str, Any]:
        """One issue; a list's entries lack `closed_by`."""
        url = f"{self._repository_url(repository)}/issues/{issue.number}"
        shown: dict[str, Any] = {
            "url": url,
            "repository_url": self._repository_url(repository),
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "html_url": f"{self.web}/{repository.full_name}/issues/{issue.number}",
            "id": issue.id,
            "node_id": f"I_{issue.id}",
            "number": issue.number,
            "title": issue.title,
            "body": issue.body or None,
            "user": self.user(issue.author),
            "labels": [self.label(repository, label) for label in issue.labels],
            "state": issue.state,
            "state_reason": issue.state_reason,
            "locked": issue.is_locked,
            "assignee": None,
            "assignees": [],
            "milestone": self.milestone(repository, issue.milestone) if issue.milestone else None,
            "comments": len(issue.comments),
            "created_at": issue.created_at,
            "updated_at": issue.updated_at,
            "closed_at": issue.closed_at,
            "author_association": _association(repository, issue.author),
            "active_lock_reason": None,
            "performed_via_github_app": None,
            "reactions": {"url": f"{url}/reactions", "total_count": 0},
            "timeline_url": f"{url}/timeline",
        }
        if issue.pull is not None:
            page = shown["html_url"].replace("/issues/", "/pull/")
            shown["html_url"], shown["draft"] = page, False
            shown["pull_request"] = {
                "url": url.replace("/issues/", "/pulls/"),
                "html_url": page,
                "merged_at": issue.pull.merged_at,
            }
        if not in_list:
            shown["closed_by"] = self.user(issue.closed_by) if issue.closed_by else None
        return shown

    def comment(self, repository: Repository, issue: Issue, comment: Comment) -> dict[str, Any]:
        page = f"{self.web}/{repository.full_name}/issues/{issue.number}"
        return {
            "url": f"{self._repository_url(repository)}/issues/comments/{comment.id}",
            "html_url": f"{page}#issuecomment-{comment.id}",
            "issue_url": f"{self._repository_url(repository)}/issues/{issue.number}",
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "user": self.user(comment.author),
            "body": comment.body,
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "author_association": _association(repository, comment.author),
            "performed_via_github_app": None,
        }

    def pull(self, repository: Repository, issue: Issue, *, in_list: bool = False) -> dict[str, Any]:
        """A pull request as the `pulls` interface shows it; a list's entries do not say who merged it.

        https://docs.github.com/en/rest/pulls/pulls
        """
        pull = issue.as_pull()
        kept = ("id", "number", "title", "body", "user", "labels", "milestone", "state", "locked")
        whole = self.issue(repository, issue)
        shown: dict[str, Any] = {
            name: whole[name] for name in (*kept, "created_at", "updated_at", "closed_at")
        }
        shown |= {
            "url": whole["pull_request"]["url"],
            "html_url": whole["html_url"],
            "issue_url": whole["url"],
            "node_id": f"PR_{issue.id}",
            "draft": False,
            "head": self._branch(repository, pull.head, pull.commits[-1].sha),
            "base": self._branch(repository, pull.base, "0" * 40),
            "merged_at": pull.merged_at,
            "merge_commit_sha": pull.merge_sha,
            "author_association": whole["author_association"],
        }
        if not in_list:
            shown["merged"] = pull.merged_at is not None
            shown["merged_by"] = self.user(pull.merged_by) if pull.merged_by else None
        return shown

    def commit(self, repository: Repository, commit: Commit) -> dict[str, Any]:
        """https://docs.github.com/en/rest/commits/commits#get-a-commit"""
        return {
            "sha": commit.sha,
            "url": f"{self._repository_url(repository)}/commits/{commit.sha}",
            "commit": {"message": commit.message},
            "author": self.user(commit.author),
            "committer": self.user(commit.committer),
        }

    def happening(self, repository: Repository, happening: Happening) -> dict[str, Any]:
        """A line of an issue's history.

        https://docs.github.com/en/rest/using-the-rest-api/issue-event-types
        """
        if happening.source is not None:
            source = self.issue(repository, happening.source, in_list=True)
            source["repository"] = self.repository(repository)
            return {
                "actor": self.user(happening.actor),
                "created_at": happening.created_at,
                "updated_at": happening.created_at,
                "source": {"type": "issue", "issue": source},
                "event": happening.event,
            }
        place, sha = self._repository_url(repository), happening.commit_id
        shown: dict[str, Any] = {
            "id": happening.id,
            "node_id": f"E_{happening.id}",
            "url": f"{place}/issues/events/{happening.id}",
            "actor": self.user(happening.actor),
            "event": happening.event,
            "commit_id": sha,
            "commit_url": f"{place}/commits/{sha}" if sha else None,
            "created_at": happening.created_at,
            "performed_via_github_app": None,
        }
        if happening.label is not None:
            name, color = happening.label
            shown["label"] = {"name": name, "color": color}
        if happening.milestone:
            shown["milestone"] = {"title": happening.milestone}
        return shown

    def hook(self, repository: Repository, hook: Hook) -> dict[str, Any]:
        """A hook; its secret is never shown again."""
        return {
            "type": "Repository",
            "id": hook.id,
            "name": "web",
            "active": hook.is_active,
            "events": hook.events,
            "config": {"url": hook.url, "content_type": hook.content_type, "secret": "********"},
            "url": f"{self._repository_url(repository)}/hooks/{hook.id}",
            "deliveries_url": f"{self._repository_url(repository)}/hooks/{hook.id}/deliveries",
        }

    def _branch(self, repository: Repository, name: str, sha: str) -> dict[str, Any]:
        owner = repository.owner.login
        return {"label": f"{owner}:{name}", "ref": name, "sha": sha, "repo": self.repository(repository)}

    def _repository_url(self, repository: Repository) -> str:
        return f"{self.api}/repos/{repository.full_name}"


def _association(repository: Repository, user: User) -> str:
    """GitHub's word for how somebody relates to the repository."""
    if user is repository.owner:
        return "OWNER"
    return "COLLABORATOR" if repository.roles.get(user.login, "none") != "none" else "NONE"
