"""The comment on a pull request that touches the contract file. Pure: values in, Markdown out.

All that comes from the file is a stranger's text, and is escaped as in every notice. A comment is public
where its repository is: no e-mail address is in it, not even one that an error quotes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app import money
from app.configuration.changes import Changes, RuleChange
from app.milestones.problems import Problem, number_of, printable
from app.notices.text import escape
from app.place import SHORT, InRepository

LONGEST = 60_000
"""GitHub takes 65,536 characters."""
SHOWN = 100
CELL = 300
_ADDRESS = re.compile(r"[^\s@'\"<>]+@[^\s@'\"<>]+")


@dataclass(frozen=True, slots=True)
class Plan:
    """What merging would do. `problems` are those of the file, `differences` with what was released.

    `base` is the commit in force, "" for none; `standing` says where the issues of milestones stand that are
    new or decided otherwise; `is_behind`: the branch lacks what is in force.
    """

    head: str
    base: str
    changes: Changes | None
    problems: tuple[Problem, ...] = ()
    differences: tuple[Problem, ...] = ()
    standing: tuple[str, ...] = ()
    is_behind: bool = False


Link = Callable[[str], str]
"""Where people see the file at a commit."""


def marker(place: InRepository) -> str:
    """The hidden text by which the comment is found again; another file has another one."""
    return f"<!-- closeout:plan:{hashlib.sha256(str(place).encode()).hexdigest()[:16]} -->"


def comment(place: InRepository, headline: str, body: str) -> str:
    """The whole comment; `headline` and `body` are Markdown already."""
    text = f"{marker(place)}\n\n{headline}\n\n{body}".rstrip() + "\n"
    if len(text) <= LONGEST:
        return text
    kept = text[:LONGEST].rpartition("\n")[0]
    return f"{kept}\n\n*This is longer than a comment may be; the rest is left out.*\n"


def of_plan(place: InRepository, plan: Plan, link: Link) -> str:
    """The plan in paragraphs; `link` leads to the file at a commit."""
    path = escape(place.path)
    at = f"[{plan.head[:SHORT]}](<{link(plan.head)}>)"
    against = f"[{plan.base[:SHORT]}](<{link(plan.base)}>), which is in force" if plan.base else "nothing yet"
    parts = [f"What merging `{place.path}` at {at} would change, against {against}:"]
    errors = [one for one in plan.problems if one.severity == "error"]
    if errors:
        parts.append(
            f"**{number_of(len(errors), 'error')}: merged like this, nothing of it would come into force,"
            f" and what is in force would stay.**\n\n{_listed(errors, plan.head, link)}"
        )
    if plan.changes is not None:
        parts += _changes(plan.changes)
    if plan.standing:
        parts.append("**Where the issues stand**\n\n" + _bullets(escape(one) for one in plan.standing))
    if plan.differences:
        head = "**Already released.** What was released stays as it was decided:"
        parts.append(f"{head}\n\n{_listed(plan.differences, plan.head, link)}")
    warnings = [one for one in plan.problems if one.severity == "warning"]
    if warnings:
        parts.append(f"**{number_of(len(warnings), 'warning')}**\n\n{_listed(warnings, plan.head, link)}")
    if plan.is_behind:
        parts.append(
            f"The branch lacks commit {plan.base[:SHORT]}, which is in force: merged, {path} may be another"
            " than here. Update the branch to see exactly what would change."
        )
    return "\n\n".join(parts)


def _changes(found: Changes) -> list[str]:
    if not found:
        return ["Nothing changes, neither in money nor in rules."]
    parts = []
    if found.rows:
        lines = [
            f"| {_cell(row.contract)} | {_cell(row.what)} | {_cell(row.before)} | {_cell(row.after)} |"
            for row in found.rows[:SHOWN]
        ]
        table = "\n".join(["| Contract | What | Before | After |", "|---|---|---|---|", *lines])
        parts.append(f"**Money and people**\n\n{table}{_more(len(found.rows))}")
    if found.totals:
        told = (
            f"{currency}: {money.show(before, currency)} → {money.show(after, currency)}"
            for currency, before, after in found.totals
        )
        parts.append("**All contracts together**\n\n" + _bullets(told))
    if found.rules:
        told = (_rule(one) for one in found.rules[:SHOWN])
        parts.append("**Rules**\n\n" + "\n".join(told) + _more(len(found.rules)))
    return parts


def _rule(one: RuleChange) -> str:
    numbers = ", ".join(map(str, one.milestones))
    noun = "milestone" if len(one.milestones) == 1 else "milestones"
    lines = [f"- {escape(one.contract)}, {noun} {numbers}"]
    lines += [f"  - no longer: {_short(text)}" for text in one.dropped]
    lines += [f"  - from then on: {_short(text)}" for text in one.added]
    return "\n".join(lines)


def _listed(problems: Sequence[Problem], head: str, link: Link) -> str:
    lines = []
    for one in problems[:SHOWN]:
        where = f"[line {one.line}, column {one.column}](<{link(head)}#L{one.line}>)"
        field = f"{one.field}: " if one.field else ""
        said = _ADDRESS.sub("(an address)", f"{field}{one.message}. {one.mend}")
        lines.append(f"{where}: {_short(said)}")
    return _bullets(lines) + _more(len(problems))


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _more(count: int) -> str:
    return f"\n\n*and {count - SHOWN:,} more*" if count > SHOWN else ""


def _cell(text: str) -> str:
    return _short(text) or "–"


def _short(text: str) -> str:
    """Somebody's text, inert, on one line and of bounded length."""
    return escape(printable(text, CELL))
