"""What people call the forges that are connected by an access token, and what a repository is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Flavour:
    """A forge's words: its kind in the contract file, its brand, a repository and how its name is written.

    `example` is a server's address, `token` says which access token to make.
    """

    kind: str
    brand: str
    noun: str
    nouns: str
    form: str
    example: str
    token: str

    @property
    def option(self) -> str:
        """How the command line is told of one."""
        return f"--{self.noun}"


_OF_GITEA = (
    "A token with issue: write, repository: write and organization: read, of an account that administers the "
    "repository."
)
FLAVOURS = {
    one.kind: one
    for one in (
        Flavour(
            "gitlab",
            "GitLab",
            "project",
            "projects",
            "group/name",
            "https://gitlab.com",
            "A project, group or personal access token with the scope api and the role Maintainer.",
        ),
        Flavour(
            "gitea",
            "Gitea",
            "repository",
            "repositories",
            "owner/name",
            "https://gitea.studio.example",
            _OF_GITEA,
        ),
        Flavour(
            "forgejo",
            "Forgejo",
            "repository",
            "repositories",
            "owner/name",
            "https://codeberg.org",
            _OF_GITEA,
        ),
    )
}
