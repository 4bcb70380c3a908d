"""Somebody doing something at the pretend GitHub, and the webhooks that tell of it."""

from __future__ import annotations

from typing import Any

from app.sandbox.forge import git_shapes
from app.sandbox.forge.records import Issue, Repository, User
from app.sandbox.forge.render import Render
from app.sandbox.forge.state import State
from app.sandbox.forge.webhooks import Webhooks


class Act:
    """Something that `user` does. What is told of it is shown by `render` as it stands at that moment."""

    def __init__(self, state: State, webhooks: Webhooks, render: Render, user: User) -> None:
        self.state, self.webhooks, self.render, self.user = state, webhooks, render, user

    def by(self, user: User) -> Act:
        """The same, with somebody else taken for the one who did it."""
        return Act(self.state, self.webhooks, self.render, user)

    def emit(self, repository: Repository, event: str, action: str = "", **fields: Any) -> None:
        """Send a webhook about what just happened; some events know no action."""
        payload = {
            **({"action": action} if action else {}),
            **fields,
            "repository": self.render.repository(repository),
            "sender": self.render.user(self.user),
        }
        self.webhooks.send(repository, event, payload)

    def emit_issue(self, repository: Repository, issue: Issue, action: str, **fields: Any) -> None:
        """The same about an issue, or about a pull request, whose event has another name."""
        if issue.pull is not None:
            shown = git_shapes.pull(self.render, repository, issue)
            self.emit(repository, "pull_request", action, number=issue.number, pull_request=shown, **fields)
        else:
            shown = self.render.issue(repository, issue, in_list=True)
            self.emit(repository, "issues", action, issue=shown, **fields)
