"""Which milestones an event concerns, or why none. Pure; by index, whatever the number of contracts."""

from __future__ import annotations

from app.events import ForgeEvent
from app.milestones.contract import Configuration
from app.milestones.lookalike import difference, skeleton
from app.milestones.problems import printable

SHOWN_LABELS = 5

_NOUNS = {"pull_request": "pull request", "other": "an unknown kind of issue"}


def match(event: ForgeEvent, connection: str, configuration: Configuration) -> list[tuple[str, int]] | str:
    """The (contract id, milestone index) pairs that `event` concerns, or the reason why there is none.

    Looks at the labels on the issue, at the one that was just added or removed, and at the forge's own
    milestone: losing its label matters to a milestone as well. Only issues bill: pull requests, incidents and
    tasks carry labels too. A label that only looks like a milestone's bills nothing.
    """
    repository = event.repository.full_name
    place = connection, repository.lower()
    names = dict.fromkeys(label.name for label in event.labels)
    if event.label is not None:
        names[event.label.name] = None
    found = [configuration.by_label.get((*place, name)) for name in names]
    if event.milestone:
        found.append(configuration.by_milestone.get((*place, event.milestone)))
    pairs = list(dict.fromkeys(pair for pair in found if pair is not None))
    is_milestone = event.kind in ("milestone.closed", "milestone.reopened")
    is_billable = event.issue_kind == "issue" or is_milestone
    if pairs and is_billable:
        return pairs
    if place not in configuration.repositories:
        return f"no contract names the repository {connection}:{printable(repository)}"
    if is_milestone:
        return f"no contract bills the forge's milestone {printable(event.milestone)}"
    if not is_billable:
        return f"{_NOUNS.get(event.issue_kind, event.issue_kind)} #{event.issue_number}"
    return _look_alike(event, place, configuration) or _nothing(event, list(names))


def _look_alike(event: ForgeEvent, place: tuple[str, str], configuration: Configuration) -> str:
    """What to tell about a label that a person would take for a milestone's, "" where there is none."""
    for label in event.labels:
        meant = configuration.by_look.get((*place, skeleton(label.name)))
        if meant is not None:
            return (
                f'the label "{printable(label.name)}" on issue #{event.issue_number} looks like'
                f" {printable(meant)} but {difference(label.name, meant)}: it bills nothing"
            )
    return ""


def _nothing(event: ForgeEvent, names: list[str]) -> str:
    told = f"no milestone label on issue #{event.issue_number} ({_shown(names)})"
    if event.milestone:
        told += f", and no contract bills the forge's milestone {printable(event.milestone)}"
    return told


def _shown(names: list[str]) -> str:
    if not names:
        return "it has no labels"
    more = f" and {len(names) - SHOWN_LABELS} more" if len(names) > SHOWN_LABELS else ""
    return f"labels: {', '.join(printable(name) for name in names[:SHOWN_LABELS])}{more}"
