"""`closeout simulate`: what a delivery would lead to, without doing it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app import money
from app.cli.store import existing_or_scratch, scratch
from app.cli.table import clean

if TYPE_CHECKING:
    from app.db import Database
    from app.events import ForgeEvent
    from app.forges.base import Forge
    from app.milestones.book import Book


@click.command(short_help="Say what a webhook would lead to.")
@click.option("--connection", required=True, help="The connection that it would come in by.")
@click.option("--event", required=True, help='The forge\'s name of the event, such as "issues".')
@click.option(
    "--payload",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the delivery's JSON body.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document instead of sentences.")
def command(connection: str, event: str, payload: Path, as_json: bool) -> None:
    """Decide as the server would, reading the forge's present state, and change nothing."""
    found = _simulate(connection, event, payload.read_bytes())
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    if not found["decisions"]:
        click.echo(clean(f"Ignored: {found['reason']}"))
    for one in found["decisions"]:
        amount = money.show(one["amount_minor"], one["currency"])
        click.echo(clean(f"{one['contract']} milestone {one['milestone_index']} ({one['label']}, {amount})"))
        click.echo(clean(f"  {one['verdict']}: {one['reason']}"))


def _simulate(connection: str, event: str, body: bytes) -> dict[str, Any]:
    from app.configured import connections_of
    from app.errors import SettingsError
    from app.events import AppChanged, Ignored, PullRequestChanged, Pushed
    from app.forges.registry import FORGES
    from app.milestones.match import match
    from app.releases.forge_events import without_effect
    from app.settings import Settings

    settings = Settings.load()
    with existing_or_scratch() as db:
        connections = connections_of(settings, db)
    book, forges = connections.book, connections.forges
    configuration = book.current
    if connection not in configuration.connections:
        raise SettingsError(
            f"there is no connection {connection!r}",
            where=str(settings.config),
            mend=f"Use one of: {', '.join(sorted(configuration.connections))}",
        )
    headers = {f"x-{forge}-event": event for forge in FORGES}
    parser, _ = FORGES[configuration.connections[connection].forge]
    parsed = parser.parse(headers | {"content-type": "application/json"}, body)
    if isinstance(parsed, Ignored):
        return {"event": parsed.event, "action": parsed.action, "decisions": [], "reason": parsed.reason}
    if isinstance(parsed, AppChanged | Pushed | PullRequestChanged):
        what = "where the App is installed" if isinstance(parsed, AppChanged) else "what it leads to"
        told = f"{what} is read by closeout serve"
        return {"event": parsed.event, "action": parsed.action, "decisions": [], "reason": told}
    found = {"event": parsed.event, "action": parsed.action, "decisions": [], "reason": ""}
    places = without_effect(parsed) or match(parsed, connection, configuration)
    if isinstance(places, str) or parsed.kind == "comment.created":
        return found | {
            "reason": places if isinstance(places, str) else "a command is obeyed by closeout serve"
        }
    with scratch() as db:
        return found | {"decisions": _decisions(db, book, forges, parsed, connection, places)}


def _decisions(
    db: Database,
    book: Book,
    forges: Mapping[str, Forge],
    event: ForgeEvent,
    connection: str,
    places: list[tuple[str, int]],
) -> list[dict[str, Any]]:
    from app.releases.decision.decider import Cause, Decider
    from app.releases.decision.identities import Identities
    from app.releases.forge_events import repository_of

    decider = Decider(db, book, forges, Identities(db, forges))
    decisions = []
    for contract_id, index in places:
        contract = book.current.contracts[contract_id]
        milestone = contract.milestone(index)
        cause = Cause(repository_of(event, connection, contract.repositories), event, {})
        decision = decider.decision(contract, milestone, cause, {})
        decisions.append(
            {
                "contract": contract_id,
                "milestone_index": index,
                "label": milestone.trigger,
                "title": milestone.title,
                "amount_minor": milestone.amount_minor,
                "currency": contract.currency,
                "verdict": decision.verdict,
                "reason": decision.reason,
                "evidence": decision.evidence,
            }
        )
    return decisions
