"""`closeout identities`: what names meant when they were first seen, and forgetting one on purpose."""

from __future__ import annotations

import json
from typing import get_args

import click

from app.cli.releases.orders import who
from app.cli.store import opened
from app.cli.table import clean, echo_table
from app.releases.decision.identities import Kind

KINDS: tuple[str, ...] = get_args(Kind)


@click.group(invoke_without_command=True, short_help="Who and what names meant at first; forget one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of a table.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the numeric ids that repositories, people and labels had when they were first seen.

    Names are given away, ids are not: who takes over a name that a contract uses is a stranger to it.
    """
    if ctx.invoked_subcommand is not None:
        return
    from app.releases.decision.known_names import list_names

    with opened() as db:
        found = list_names(db)
    if as_json:
        click.echo(json.dumps([one.to_json() for one in found], indent=2, ensure_ascii=False))
    elif not found:
        click.echo("No name was looked up yet. That happens when the first issue is decided about.")
    else:
        echo_table(
            ("connection", "kind", "name", "id", "first seen"),
            [(one.connection, one.kind, one.shown, one.forge_id, _day(one.first_seen_at)) for one in found],
            right=(3,),
        )


@command.command()
@click.argument("connection")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--as", "in_name", default="", help="In whose name; by default your account's.")
def forget(connection: str, kind: Kind, name: str, yes: bool, in_name: str) -> None:
    """Forget what NAME was, so that it is looked up again: what has it now is believed from then on.

    For a label that was made anew on purpose, or a repository or an account that was replaced. A label is
    named alone or as OWNER/REPOSITORY/LABEL. Milestones that are not released yet are looked at again.
    """
    from app.cli.contract_file import loaded
    from app.releases.decision import known_names

    configuration = loaded()
    with opened() as db:
        known = known_names.find_name(db, connection, kind, name)
        seen = f"which was {known.forge_id} when it was first seen, {_day(known.first_seen_at)}"
        was = f"{kind} {known.shown} of {connection}, {seen}"
        if not yes:
            click.confirm(clean(f"Forget the {was}? What has that name now is then trusted"), abort=True)
        again = known_names.forget(db, configuration, known, who(in_name))
    click.echo(clean(f"Forgot the {was}."))
    if again:
        click.echo(f"Looked at again as soon as closeout serve takes it up: {', '.join(again)}")
    else:
        click.echo("No milestone that is still open uses it.")
    if kind == "repository":
        click.echo(
            "Deliveries that were parked for it: closeout deliveries --status parked, then closeout replay ID"
        )


def _day(moment: str) -> str:
    return f"{moment[:10]} {moment[11:16]}"
