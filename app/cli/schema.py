"""`closeout schema`: print the JSON Schema of the contract file."""

from __future__ import annotations

import click

from app.milestones.schema import schema_text


@click.command("schema", short_help="Print the JSON Schema, for editors.")
def command() -> None:
    """Print the JSON Schema of the contract file, for editors."""
    click.echo(schema_text(), nl=False)
