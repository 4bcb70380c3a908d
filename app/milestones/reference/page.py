"""docs/contract.md as it should be now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic.fields import FieldInfo

from app.milestones.entry import Entry
from app.milestones.reference.forms import entry_of, form, heading
from app.milestones.reference.slips import EXAMPLE, SLIPS, said
from app.milestones.shape import FileEntry

_HEAD = """\
# The contract file

<!-- Written by `make docs` from app/milestones: change the descriptions there. -->

One YAML file says who is billed for what, when, and who gets paid. Closeout looks for it at `CLOSEOUT_CONFIG`, else at
`closeout.yml`, else at `config/closeout.yml`. `closeout init` writes a first one, `closeout check` says what is wrong with it
at file:line:column, and [config/closeout.schema.json](../config/closeout.schema.json) lets an editor complete and check it.

A running server takes up a changed file when it is valid, and keeps the old one, and says so, when it is not. What was
released before keeps the contract as it stood then: `closeout check --against-database` says where the file differs.

- Every value is read as the text that stands there: `30000.00` is never a binary fraction, `no` is a country.
- Keys that are not on this page are refused, and so are keys that stand twice, tags, and more than a few aliases.
- Secrets never stand in the file: [settings](settings.md).

A whole file:

```yaml
"""
_TAIL_HEAD = """\
## Errors and warnings

With an error the file can not be used; a warning says what is likely to be regretted. Besides what the tables above refuse,
for example (these are the reader's own words about that file with one slip in it):

| slip | | what Closeout says |
|---|---|---|
"""


def page() -> str:
    """The whole page as Markdown."""
    parts = [_HEAD + EXAMPLE + "```", *map(_section, _entries(FileEntry)), _TAIL_HEAD + "\n".join(_slips())]
    return "\n\n".join(parts) + "\n"


def _entries(entry: type[Entry]) -> Iterator[type[Entry]]:
    """Each mapping once, in the order in which a reader comes to it."""
    found: dict[type[Entry], None] = {entry: None}
    todo = [entry]
    while todo:
        new = [
            inner
            for field in todo.pop(0).model_fields.values()
            if (inner := entry_of(field.annotation)) and inner not in found
        ]
        found.update(dict.fromkeys(new))
        todo += new
    return iter(found)


def _section(entry: type[Entry]) -> str:
    rows = "\n".join(_row(name, field) for name, field in entry.model_fields.items())
    about = "\n".join(line.strip() for line in (entry.__doc__ or "").strip().splitlines())
    table = f"| key | | left out | takes | for example |\n|---|---|---|---|---|\n{rows}"
    return f"## {heading(entry)}\n\n{about}\n\n{table}"


def _row(name: str, field: FieldInfo) -> str:
    examples, about, left_out = field.examples or [], field.description or "", _left_out(field)
    cells = (
        f"`{name}`",
        about.partition(" Left out:")[0] if left_out else about,
        left_out,
        form(field.annotation, field.metadata),
        _code(_yaml(examples[0])) if examples else "",
    )
    return "| " + " | ".join(cells) + " |"


def _left_out(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    more = field.json_schema_extra
    default = more["default"] if isinstance(more, dict) and "default" in more else field.default
    return "" if default in ("", (), None) else _code(_yaml(default))


def _slips() -> Iterator[str]:
    for slip in SLIPS:
        found = said(slip)
        text = f"{found.message}. {found.mend}".replace("|", "\\|")
        yield f"| {slip.shown} | {found.severity} | {text} |"


def _code(text: str) -> str:
    return f"`{text}`"


def _yaml(value: Any) -> str:
    """A short value as a person writes it into YAML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if ":" in str(value) else str(value)
