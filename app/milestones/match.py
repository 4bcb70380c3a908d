"""Which milestones an event concerns, or why none. Pure; by index, whatever the number of contracts."""

from __future__ import annotations

from app.events import ForgeEvent
from app.milestones.contract import Configuration
from app.milestones.problems import printable

SHOWN_LABELS = 5

_NOUNS = {"pull_request": "pull request", "other": "an unknown kind of issue"}


def match(event: ForgeEvent, connection: str, configuration: Configuration) -> list[tuple[str, int]] | str:
    """The (contract id, milestone index) pairs that `event` concerns, or the reason why there is none.

    Looks at the labels on the issue and at the one that was just added or removed: losing its label matters
    to a milestone as well. Only issues bill: pull requests, incidents and tasks carry labels too.
    """
    repository, number = event.repository.full_name, event.issue_number
    place = connection, repository.lower()
    names = dict.fromkeys(label.name for label in event.labels)
    if event.label is not None:
        names[event.label.name] = None
    found = (configuration.by_label.get((*place, name)) for name in names)
    pairs = list(dict.fromkeys(pair for pair in found if pair is not None))
    if pairs and event.issue_kind == "issue":
        return pairs
    if place not in configuration.repositories:
        return f"no contract names the repository {connection}:{printable(repository)}"
    if event.issue_kind != "issue":
        return f"{_NOUNS.get(event.issue_kind, event.issue_kind)} #{number}"
    return f"no milestone label on issue #{number} ({_shown(list(names))})"


def _shown(names: list[str]) -> str:
    if not names:
        return "it has no labels"
    more = f" and {len(names) - SHOWN_LABELS} more" if len(names) > SHOWN_LABELS else ""
    return f"labels: {', '.join(printable(name) for name in names[:SHOWN_LABELS])}{more}"
