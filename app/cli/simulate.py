"""`closeout simulate`: what a delivery would lead to, without doing it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from app import money
from app.cli.table import clean


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
    from app.connect import connect_forges
    from app.errors import SettingsError
    from app.events import Ignored
    from app.milestones.document import load
    from app.releases.forge_events import concerned, decide_now, repository_of
    from app.settings import Settings

    settings = Settings.load()
    configuration = load(settings.config)
    if connection not in configuration.connections:
        raise SettingsError(
            f"there is no connection {connection!r}",
            where=str(settings.config),
            mend=f"Use one of: {', '.join(sorted(configuration.connections))}",
        )
    connections = connect_forges(settings, configuration)
    headers = {f"x-{forge}-event": event for forge in ("github", "gitlab", "gitea", "forgejo")}
    parsed = connections[connection].parser.parse(headers | {"content-type": "application/json"}, body)
    if isinstance(parsed, Ignored):
        return {"event": parsed.event, "action": parsed.action, "decisions": [], "reason": parsed.reason}
    found = {"event": parsed.event, "action": parsed.action, "decisions": [], "reason": ""}
    places = concerned(parsed, connection, configuration)
    if isinstance(places, str):
        return found | {"reason": places}
    forges = {name: one.client for name, one in connections.items()}
    decisions = []
    for contract_id, index in places:
        contract = configuration.contracts[contract_id]
        milestone = contract.milestone(index)
        key = repository_of(parsed, connection, contract.repositories)
        decision = decide_now(configuration, contract_id, index, forges, key, parsed)
        decisions.append(
            {
                "contract": contract_id,
                "milestone_index": index,
                "label": milestone.label,
                "title": milestone.title,
                "amount_minor": milestone.amount_minor,
                "currency": contract.currency,
                "verdict": decision.verdict,
                "reason": decision.reason,
                "evidence": decision.evidence,
            }
        )
    return found | {"decisions": decisions}
