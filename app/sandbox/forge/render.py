"""The JSON of the pretend GitHub, in the shapes of its documentation. Pure.

https://docs.github.com/en/rest/issues/issues
"""

from __future__ import annotations

from typing import Any

from app.sandbox.forge import links
from app.sandbox.forge.records import (
    DEFAULT_BRANCH,
    Comment,
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
            "gravatar_id": "",
            "type": user.type,
            "user_view_type": "public",
            "site_admin": False,
            **links.of_user(self.api, self.web, user.login),
        }

    def profile(self, user: User) -> dict[str, Any]:
        """An account as it is shown when it is asked for itself; nobody here tells anything of themselves."""
        said = ("name", "company", "blog", "location", "email", "hireable", "bio")
        counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
        times = {"created_at": user.created_at, "updated_at": user.created_at}
        return self.user(user) | dict.fromkeys(said) | counts | times

    def repository(self, repository: Repository) -> dict[str, Any]:
        is_open = [one.state == "open" for one in repository.issues.values()]
        zeros = (
            "forks forks_count network_count size stargazers_count subscribers_count watchers watchers_count"
        )
        absent = "homepage language license mirror_url description"
        off = "archived disabled fork has_discussions has_downloads has_pages has_projects has_wiki"
        return {
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.name,
            "full_name": repository.full_name,
            "private": repository.is_private,
            "owner": self.user(repository.owner),
            **links.of_repository(self.api, self.web, repository.full_name),
            "visibility": "private" if repository.is_private else "public",
            "default_branch": DEFAULT_BRANCH,
            "has_issues": True,
            "topics": [],
            "open_issues": sum(is_open),
            "open_issues_count": sum(is_open),
            **dict.fromkeys(zeros.split(), 0),
            **dict.fromkeys(absent.split()),
            **dict.fromkeys(off.split(), False),
            "created_at": repository.created_at,
            "updated_at": repository.created_at,
            "pushed_at": repository.created_at,
        }

    def label(self, repository: Repository, label: Label) -> dict[str, Any]:
        return {
            "id": label.id,
            "node_id": f"LA_{label.id}",
            "url": f"{self.repository_url(repository)}/labels/{label.name}",
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
        url = f"{self.repository_url(repository)}/milestones/{milestone.number}"
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
        url = f"{self.repository_url(repository)}/issues/{issue.number}"
        shown: dict[str, Any] = {
            "url": url,
            "repository_url": self.repository_url(repository),
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
            "reactions": _no_reactions(url),
            "timeline_url": f"{url}/timeline",
        }
        if issue.pull is not None:
            page = shown["html_url"].replace("/issues/", "/pull/")
            shown["html_url"], shown["draft"] = page, False
            shown["pull_request"] = {
                "url": url.replace("/issues/", "/pulls/"),
                "html_url": page,
                "diff_url": f"{page}.diff",
                "patch_url": f"{page}.patch",
                "merged_at": issue.pull.merged_at,
            }
        if not in_list:
            shown["closed_by"] = self.user(issue.closed_by) if issue.closed_by else None
        return shown

    def comment(self, repository: Repository, issue: Issue, comment: Comment) -> dict[str, Any]:
        page = f"{self.web}/{repository.full_name}/issues/{issue.number}"
        url = f"{self.repository_url(repository)}/issues/comments/{comment.id}"
        return {
            "url": url,
            "html_url": f"{page}#issuecomment-{comment.id}",
            "issue_url": f"{self.repository_url(repository)}/issues/{issue.number}",
            "id": comment.id,
            "node_id": f"IC_{comment.id}",
            "user": self.user(comment.author),
            "body": comment.body,
            "created_at": comment.created_at,
            "updated_at": comment.updated_at,
            "author_association": _association(repository, comment.author),
            "reactions": _no_reactions(url),
            "performed_via_github_app": None,
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
        place, sha = self.repository_url(repository), happening.commit_id
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
        url = f"{self.repository_url(repository)}/hooks/{hook.id}"
        config = {"url": hook.url, "content_type": hook.content_type, "insecure_ssl": "0"}
        return {
            "type": "Repository",
            "id": hook.id,
            "name": "web",
            "active": hook.is_active,
            "events": hook.events,
            "config": config | ({"secret": "********"} if hook.secret else {}),
            "created_at": hook.created_at,
            "updated_at": hook.created_at,
            "url": url,
            "test_url": f"{url}/test",
            "ping_url": f"{url}/pings",
            "deliveries_url": f"{url}/deliveries",
            "last_response": {"code": None, "status": "unused", "message": None},
        }

    def repository_url(self, repository: Repository) -> str:
        return f"{self.api}/repos/{repository.full_name}"


def _no_reactions(url: str) -> dict[str, Any]:
    kinds = ("total_count", "+1", "-1", "laugh", "confused", "heart", "hooray", "eyes", "rocket")
    return {"url": f"{url}/reactions", **dict.fromkeys(kinds, 0)}


def _association(repository: Repository, user: User) -> str:
    """GitHub's word for how somebody relates to the repository."""
    if user is repository.owner:
        return "OWNER"
    return "COLLABORATOR" if repository.roles.get(user.login, "none") != "none" else "NONE"
