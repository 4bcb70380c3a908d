"""docs/commands.md as it should be now, made of the commands themselves: `python -m app.cli.manual`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from app.cli import closeout

_HEAD = """\
# Commands

<!-- Written by `make docs` from the commands: change their help texts. -->

`closeout COMMAND --help` says the same. Commands that work with the database and the contract file read the server's own
[settings](settings.md), so run them with its environment, and in its folder: with Docker that is `docker compose exec web
closeout …`. They may run beside the server.

**Exit status.** 0: done. 1: refused, or something is wrong, with the reason and the mend on standard error. 2: the command
line itself is wrong. What a command says otherwise stands with it.

`--json` prints one JSON document on standard output, for scripts; everything else that is printed is for people."""


def leaves(command: click.Command = closeout, name: str = "closeout") -> Iterator[tuple[str, click.Command]]:
    """Every command that does something by itself, with its whole name, in the order of the alphabet."""
    if not isinstance(command, click.Group) or command.invoke_without_command:
        yield name, command
    if isinstance(command, click.Group):
        for each in command.list_commands(click.Context(command)):
            found = command.get_command(click.Context(command), each)
            if found is not None and not found.hidden:
                yield from leaves(found, f"{name} {each}")


def page() -> str:
    """The whole page as Markdown."""
    found = list(leaves())
    rows = [f"| [`{name}`](#{name.replace(' ', '-')}) | {_brief(command)} |" for name, command in found]
    contents = "\n".join(["| command | |", "|---|---|", *rows])
    return "\n\n".join([_HEAD, contents, *(_section(name, command) for name, command in found)]) + "\n"


def _brief(command: click.Command) -> str:
    return _cell(command.get_short_help_str(limit=200))


def _section(name: str, command: click.Command) -> str:
    context = click.Context(command, info_name=name)
    usage = " ".join([name, *(piece for piece in command.collect_usage_pieces(context) if "COMMAND" not in piece)])
    usage = usage.removesuffix(" [ARGS]...")
    parts = [f"## {name}", f"```text\n{usage}\n```", _text(command)]
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    if options:
        rows = "\n".join(_row(one, context) for one in options)
        parts.append(f"| option | |\n|---|---|\n{rows}")
    return "\n\n".join(parts)


def _text(command: click.Command) -> str:
    """The help, a paragraph a line."""
    paragraphs = (command.help or "").strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _row(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    spelling, about = record if record else (option.name or "", "")
    return f"| `{_cell(spelling)}` | {_cell(about)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    click.echo(page(), nl=False)
