"""`closeout schema`: print the JSON Schema of the contract file, or its reference for people."""

from __future__ import annotations

import click

from app.milestones.schema import schema_text


@click.command("schema", short_help="Print the JSON Schema, for editors.")
@click.option("--markdown", "is_for_people", is_flag=True, help="Print the reference for people instead.")
def command(is_for_people: bool) -> None:
    """Print the JSON Schema of the contract file, for editors."""
    from app.milestones.reference.page import page

    click.echo(page() if is_for_people else schema_text(), nl=False)
