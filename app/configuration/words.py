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
from app.configuration.changes import ELSE, Changes, Row, RuleChange
from app.milestones.problems import Problem, number_of, printable
from app.notices.text import escape
from app.place import SHORT, InRepository

LONGEST = 60_000
"""GitHub takes 65,536 characters."""
SHOWN = 100
CELL = 300
_ADDRESS = re.compile(r"[^\s@'\"<>/:]+@[^\s@'\"<>/:]+")


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
        parts.append("**Where the issues stand**\n\n" + _bullets(map(_short, plan.standing)))
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
    if found.totals:
        told = (
            f"{currency}: {money.show(before, currency)} → {money.show(after, currency)}"
            for currency, before, after in found.totals
        )
        parts.append("**All contracts together**\n\n" + _bullets(told))
    if found.rows:
        shown = _shown(found.rows)
        table = "\n".join(["| Contract | What | Before | After |", "|---|---|---|---|", *map(_row, shown)])
        parts.append(f"**Money and people**\n\n{table}{_more(len(found.rows), len(shown))}")
    if found.rules:
        told = (_rule(one) for one in found.rules[:SHOWN])
        parts.append("**Rules**\n\n" + "\n".join(told) + _more(len(found.rules)))
    return parts


def _shown(rows: Sequence[Row]) -> Sequence[Row]:
    """Where there are many, where money goes comes first, then how much; neither is ever left out."""
    if len(rows) <= SHOWN:
        return rows
    about_money = sum(one.about != ELSE for one in rows)
    return sorted(rows, key=lambda one: one.about)[: max(SHOWN, about_money)]


def _row(one: Row) -> str:
    """Of two long texts that begin alike, what is alike is left out: the difference would be cut away."""
    values = [one.before, one.after]
    alike = next((at for at, (old, new) in enumerate(zip(*values, strict=False)) if old != new), 0)
    if alike > CELL // 2:
        values = [f"…{each[alike - CELL // 2 :]}" for each in values]
    return f"| {' | '.join(_short(text) or '–' for text in (one.contract, one.what, *values))} |"


def _rule(one: RuleChange) -> str:
    numbers = ", ".join(map(str, one.milestones))
    noun = "milestone" if len(one.milestones) == 1 else "milestones"
    lines = [f"- {_short(one.contract)}, {noun} {numbers}"]
    lines += [f"  - no longer: {_short(text)}" for text in one.dropped]
    lines += [f"  - from then on: {_short(text)}" for text in one.added]
    return "\n".join(lines)


def _listed(problems: Sequence[Problem], head: str, link: Link) -> str:
    lines = []
    for one in problems[:SHOWN]:
        where = f"[line {one.line}, column {one.column}](<{link(head)}#L{one.line}>)"
        field = f"{one.field}: " if one.field else ""
        lines.append(f"{where}: {_short(f'{field}{one.message}. {one.mend}')}")
    return _bullets(lines) + _more(len(problems))


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _more(count: int, shown: int = SHOWN) -> str:
    return f"\n\n*and {count - shown:,} more*" if count > shown else ""


def _short(text: str) -> str:
    """Somebody's text, inert, on one line, of bounded length, and without e-mail addresses."""
    return escape(_ADDRESS.sub("(an address)", printable(text, CELL)))
