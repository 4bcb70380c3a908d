"""The many addresses that GitHub's answers carry for accounts and repositories. Pure.

https://docs.github.com/en/rest/repos/repos and https://docs.github.com/en/rest/users/users
"""

from __future__ import annotations

_OF_USER = {
    "followers": "followers",
    "following": "following{/other_user}",
    "gists": "gists{/gist_id}",
    "starred": "starred{/owner}{/repo}",
    "subscriptions": "subscriptions",
    "organizations": "orgs",
    "repos": "repos",
    "events": "events{/privacy}",
    "received_events": "received_events",
}
_OF_REPOSITORY = {
    "archive": "{archive_format}{/ref}",
    "assignees": "assignees{/user}",
    "blobs": "git/blobs{/sha}",
    "branches": "branches{/branch}",
    "collaborators": "collaborators{/collaborator}",
    "comments": "comments{/number}",
    "commits": "commits{/sha}",
    "compare": "compare/{base}...{head}",
    "contents": "contents/{+path}",
    "contributors": "contributors",
    "deployments": "deployments",
    "downloads": "downloads",
    "events": "events",
    "forks": "forks",
    "git_commits": "git/commits{/sha}",
    "git_refs": "git/refs{/sha}",
    "git_tags": "git/tags{/sha}",
    "hooks": "hooks",
    "issue_comment": "issues/comments{/number}",
    "issue_events": "issues/events{/number}",
    "issues": "issues{/number}",
    "keys": "keys{/key_id}",
    "labels": "labels{/name}",
    "languages": "languages",
    "merges": "merges",
    "milestones": "milestones{/number}",
    "notifications": "notifications{?since,all,participating}",
    "pulls": "pulls{/number}",
    "releases": "releases{/id}",
    "stargazers": "stargazers",
    "statuses": "statuses/{sha}",
    "subscribers": "subscribers",
    "subscription": "subscription",
    "tags": "tags",
    "teams": "teams",
    "trees": "git/trees{/sha}",
}


def of_user(api: str, web: str, login: str) -> dict[str, str]:
    """`api` is the root of the REST interface, `web` that of the pages."""
    url, page = f"{api}/users/{login}", f"{web}/{login}"
    return {"url": url, "html_url": page, "avatar_url": f"{page}.png"} | _below(url, _OF_USER)


def of_repository(api: str, web: str, full_name: str) -> dict[str, str]:
    """As for a user, with the addresses for git, which the sandbox does not answer at."""
    url, page = f"{api}/repos/{full_name}", f"{web}/{full_name}"
    host = web.partition("//")[2]
    git = {
        "clone_url": f"{page}.git",
        "git_url": f"git://{host}/{full_name}.git",
        "ssh_url": f"ssh://git@{host}/{full_name}.git",
        "svn_url": page,
    }
    return {"url": url, "html_url": page} | git | _below(url, _OF_REPOSITORY)


def _below(url: str, places: dict[str, str]) -> dict[str, str]:
    return {f"{name}_url": f"{url}/{place}" for name, place in places.items()}
