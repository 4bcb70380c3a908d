"""The JSON of the pretend GitHub, in the shapes of its documentation. Pure.

https://docs.github.com/en/rest/issues/issues
"""

from __future__ import annotations

from typing import Any

from app.sandbox.forge.state import Comment, Happening, Hook, Issue, Label, Repository, User


class Render:
    """`api` is the root of the REST interface as the caller addressed it, `web` that of the pages."""

    def __init__(self, api: str, web: str) -> None:
        self._api, self._web = api, web

    def user(self, user: User) -> dict[str, Any]:
        return {
            "login": user.login,
            "id": user.id,
            "node_id": f"U_{user.id}",
            "type": user.type,
            "site_admin": False,
            "url": f"{self._api}/users/{user.login}",
            "html_url": f"{self._web}/{user.login}",
        }

    def repository(self, repository: Repository) -> dict[str, Any]:
        return {
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.full_name.split("/")[1],
            "full_name": repository.full_name,
            "private": repository.is_private,
            "owner": self.user(repository.owner),
            "url": self._repository_url(repository),
            "html_url": f"{self._web}/{repository.full_name}",
            "description": None,
            "fork": False,
            "visibility": "private" if repository.is_private else "public",
            "default_branch": "main",
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
            "description": label.description,
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
            "html_url": f"{self._web}/{repository.full_name}/issues/{issue.number}",
            "id": issue.id,
            "node_id": f"I_{issue.id}",
            "number": issue.number,
            "title": issue.title,
            "body": issue.body or None,
            "user": self.user(issue.author),
            "labels": [self.label(repository, label) for label in issue.labels],
            "state": issue.state,
            "state_reason": issue.state_reason,
            "locked": False,
            "assignee": None,
            "assignees": [],
            "milestone": None,
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
        if issue.is_pull_request:
            page = shown["html_url"].replace("/issues/", "/pull/")
            shown["html_url"], shown["draft"] = page, False
            shown["pull_request"] = {
                "url": url.replace("/issues/", "/pulls/"),
                "html_url": page,
                "merged_at": None,
            }
        if not in_list:
            shown["closed_by"] = self.user(issue.closed_by) if issue.closed_by else None
        return shown

    def comment(self, repository: Repository, issue: Issue, comment: Comment) -> dict[str, Any]:
        page = f"{self._web}/{repository.full_name}/issues/{issue.number}"
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

    def happening(self, happening: Happening) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "id": happening.id,
            "node_id": f"E_{happening.id}",
            "url": f"{self._api}/issues/events/{happening.id}",
            "actor": self.user(happening.actor),
            "event": happening.event,
            "commit_id": None,
            "commit_url": None,
            "created_at": happening.created_at,
        }
        if happening.label is not None:
            shown["label"] = {"name": happening.label.name, "color": happening.label.color}
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

    def _repository_url(self, repository: Repository) -> str:
        return f"{self._api}/repos/{repository.full_name}"


def _association(repository: Repository, user: User) -> str:
    """GitHub's word for how somebody relates to the repository."""
    if user is repository.owner:
        return "OWNER"
    return "COLLABORATOR" if repository.roles.get(user.login, "none") != "none" else "NONE"
