"""`closeout labels sync`: make and mend the labels that the contracts need."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from app.cli.store import existing_or_scratch
from app.cli.table import clean, echo_table
from app.milestones.problems import number_of

if TYPE_CHECKING:
    from app.errors import CloseoutError
    from app.releases.labels.sync import Outcome

_DONE = {
    "create": "created",
    "mend": "mended",
    "keep": "as it should be",
    "leave": "left alone",
    "fail": "failed",
}
_DRY = {**_DONE, "create": "to create", "mend": "to mend"}


@click.group(short_help="The labels that the contracts need at the forges.")
def command() -> None:
    """Milestone labels, and the label that puts a milestone on hold."""


@command.command()
@click.option("--dry-run", "is_dry", is_flag=True, help="Tell what would be done, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of a table.")
@click.option(
    "--show-amounts",
    "shows_amounts",
    is_flag=True,
    help="Write each milestone's amount into its label's description, where everybody reads it.",
)
def sync(is_dry: bool, as_json: bool, shows_amounts: bool) -> None:
    """Create or mend the labels of every contract in all its repositories: name, colour, description.

    Nothing is deleted or renamed, and a second run changes nothing. Exit status 1: something needs you, and
    says what; the rest was done.
    """
    outcomes = _outcomes(is_dry, shows_amounts)
    problems = sum(bool(one.mend) for one in outcomes)
    if as_json:
        told = {"dry_run": is_dry, "problems": problems, "labels": [one.to_json() for one in outcomes]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        words = _DRY if is_dry else _DONE
        if outcomes:
            echo_table(
                ("repository", "label", "what", "why"),
                [(str(one.repository), one.label or "-", words[one.action], _why(one)) for one in outcomes],
            )
        click.echo(clean(_sum(outcomes, words)))
    sys.exit(1 if problems else 0)


def _outcomes(is_dry: bool, shows_amounts: bool) -> list[Outcome]:
    """With what a server remembers of the labels, where one ever ran."""
    from app.configured import connections_of
    from app.releases.decision.identities import Identities
    from app.releases.labels.sync import sync_labels
    from app.settings import Settings

    with existing_or_scratch() as db:
        connections = connections_of(Settings.load(), db)
        contracts, forges = connections.book.current, connections.forges
        names = Identities(db, forges)
        done = sync_labels(contracts, forges, names, shows_amounts=shows_amounts, is_dry=is_dry)
        return [_explained(one, connections.problems) for one in done]


def _explained(one: Outcome, problems: Mapping[str, CloseoutError]) -> Outcome:
    """What a connection lacks, in place of that it is not connected."""
    problem = problems.get(f"connection {one.repository.connection}")
    return replace(one, note=f"{problem.where}: {problem.what}", mend=problem.mend) if problem else one


def _why(one: Outcome) -> str:
    return ". ".join(filter(None, (one.note, one.mend))) or "-"


def _sum(outcomes: list[Outcome], words: dict[str, str]) -> str:
    if not outcomes:
        return "No contract needs a label."
    counts = Counter[str](one.action for one in outcomes)
    if counts.keys() == {"keep"}:
        return f"Nothing to do: {number_of(len(outcomes), 'label')} as they should be."
    return f"{', '.join(f'{counts[action]} {words[action]}' for action in words if counts[action])}."
