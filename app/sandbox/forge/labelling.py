"""Putting labels and milestones on issues and taking them off, each with its line and its webhook."""

from __future__ import annotations

from app.sandbox.forge.acts import Act
from app.sandbox.forge.records import Issue, Milestone, Repository


def put_label(act: Act, repository: Repository, issue: Issue, name: str) -> None:
    """Attach a label; nothing if it is there."""
    label = act.state.label(repository, name)
    if label not in issue.labels:
        issue.labels.append(label)
        act.state.note(issue, "labeled", act.user, label=label)
        act.emit_issue(repository, issue, "labeled", label=act.render.label(repository, label))


def take_label(act: Act, repository: Repository, issue: Issue, name: str) -> None:
    """Take a label off; nothing if it is not there."""
    for label in [one for one in issue.labels if one.name.lower() == name.lower()]:
        issue.labels.remove(label)
        act.state.note(issue, "unlabeled", act.user, label=label)
        act.emit_issue(repository, issue, "unlabeled", label=act.render.label(repository, label))


def replace_labels(act: Act, repository: Repository, issue: Issue, names: list[str]) -> None:
    """Leave exactly these labels on the issue."""
    for label in list(issue.labels):
        if label.name.lower() not in {name.lower() for name in names}:
            take_label(act, repository, issue, label.name)
    for name in names:
        put_label(act, repository, issue, name)


def set_milestone(act: Act, repository: Repository, issue: Issue, milestone: Milestone | None) -> None:
    """Put it into a milestone, out of the one before; nothing if it is in that already."""
    before = issue.milestone
    if before is milestone:
        return
    if before is not None:
        issue.milestone = None
        act.state.note(issue, "demilestoned", act.user, milestone=before.title)
        shown = act.render.milestone(repository, before)
        act.emit_issue(repository, issue, "demilestoned", milestone=shown)
    if milestone is not None:
        issue.milestone = milestone
        act.state.note(issue, "milestoned", act.user, milestone=milestone.title)
        shown = act.render.milestone(repository, milestone)
        act.emit_issue(repository, issue, "milestoned", milestone=shown)
