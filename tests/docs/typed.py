"""Commands as the pages show them, held against the real command line without running anything."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click

from app.cli import closeout
from tests.docs.pages import Block

_ASSIGNMENT = re.compile(r"[A-Z_]+=\S*")
_PLACEHOLDER = re.compile(r"[A-Z][A-Z_]*|<.*>")
"""INDEX, FILE: a word that stands for what somebody types."""
_ENDS = {"|", "||", "&&", ";", "<", ">", ">>", "&", "2>"}


def commands_of(block: Block) -> Iterator[list[str]]:
    """The words of each `closeout …` in a block of shell, also behind a variable or in a container."""
    for line in block.text.replace("\\\n", " ").splitlines():
        if "closeout" not in line:
            continue
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split, lexer.commenters = True, "#"
        command: list[str] = []
        for word in [*lexer, ";"]:
            if word in _ENDS:
                yield from _without_prefix(command)
                command = []
            else:
                command.append(word)


def _without_prefix(words: list[str]) -> Iterator[list[str]]:
    while words and _ASSIGNMENT.fullmatch(words[0]):
        words = words[1:]
    if words[:3] == ["docker", "compose", "exec"]:
        words = [word for word in words[3:] if not word.startswith("-")][1:]
    if words and words[0].rpartition("/")[2] == "closeout":
        yield words[1:]


def fault(words: list[str], *, may_be_a_name: bool = False) -> str:
    """What is wrong with `closeout WORDS`; "" if the real command line takes it.

    `may_be_a_name`: within a sentence a command may be named without its arguments.
    """
    command: click.Command = closeout
    name, rest = "closeout", list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(click.Context(command), rest[0])
        if found is None:
            return f"{name} has no command {rest[0]}"
        command, name, rest = found, f"{name} {rest[0]}", rest[1:]
    if may_be_a_name and not rest:
        return ""
    if isinstance(command, click.Group) and not command.invoke_without_command and not _is_help(rest):
        return f"{name} needs a command"
    return _fault_of(command, name, rest)


def _is_help(rest: list[str]) -> bool:
    return rest in (["--help"], ["-h"], ["--version"])


def _fault_of(command: click.Command, name: str, rest: list[str]) -> str:
    if _is_help(rest):
        return ""
    context = click.Context(command, info_name=name)
    try:
        given, left, _ = command.make_parser(context).parse_args(list(rest))
    except click.UsageError as error:
        return f"{name}: {error.format_message()}"
    if left:
        return f"{name} takes no {' '.join(left)}"
    for parameter in command.params:
        value = given.get(parameter.name or "")
        if value is None or value is click.core.UNSET:
            if parameter.required:
                return f"{name} lacks {parameter.human_readable_name}"
            continue
        is_checked = isinstance(parameter.type, click.Choice | click.IntRange | type(click.INT))
        for one in value if isinstance(value, list | tuple) else [value]:
            if is_checked and isinstance(one, str) and not _PLACEHOLDER.fullmatch(one):
                try:
                    parameter.type.convert(one, parameter, context)
                except click.BadParameter as error:
                    return f"{name}: {error.format_message()}"
    return ""
