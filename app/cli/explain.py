"""`closeout explain`: the whole story of one milestone, and what is next."""

from __future__ import annotations

import json
import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from app import money
from app.cli.contract_file import readable
from app.cli.store import NoDatabase, opened
from app.cli.table import clean
from app.releases.told.evidence_words import moment
from app.releases.told.payment_words import payments

if TYPE_CHECKING:
    from app.releases.told.explained import Explanation

WIDTH = 100
"""Of a pipe, and at most of a terminal: long lines are read badly."""

_NAME = 11
"""Columns for a name in the head, or the kind of an entry."""


@click.command(short_help="Tell the whole story of a milestone.")
@click.argument("contract")
@click.argument("index", type=int)
@click.option("--json", "as_json", is_flag=True, help="Everything, as one JSON document.")
def command(contract: str, index: int, as_json: bool) -> None:
    """Say how milestone INDEX of CONTRACT stands, what it waits for, who can do what, and how it came there.

    Times are UTC. It reads the contract file and the database, asks nobody, and changes nothing.
    """
    from app.releases.told.explained import explain

    configuration, problem = readable()
    try:
        with opened() as db:
            found = explain(db, configuration, contract, index)
    except NoDatabase:
        if configuration is None:
            raise
        found = explain(None, configuration, contract, index)
    if as_json:
        click.echo(json.dumps({**found.to_json(), "problem": problem}, indent=2, ensure_ascii=False))
        return
    for line in _lines(found, problem):
        click.echo(line)


def _lines(found: Explanation, problem: str) -> Iterator[str]:
    yield from _title(found)
    yield from _head(found)
    notes = [*found.notes, *([f"the contract file can not be used: {problem}"] if problem else [])]
    for note in notes:
        yield from _named("note", note)
    yield ""
    if not found.history:
        yield "Nothing has happened to it yet."
        return
    for entry in found.history:
        yield from _wrapped(f"{moment(entry.at)}  {entry.kind:<{_NAME}}", entry.text)
        for detail in entry.details:
            yield from _wrapped(" " * (21 + _NAME), detail)
    yield ""
    for one in found.comments:
        place = f"{one['repository']}#{one['issue_number']} at {one['connection']}"
        told = one["problem"] or one["url"] or "not written yet"
        if one["due_at"] and one["url"]:
            told += " (an edit of it is due)"
        yield from _named("comment", f"{place}: {told}")


def _title(found: Explanation) -> Iterator[str]:
    title = found.release["title"] if found.release else found.milestone.title if found.milestone else ""
    of = found.release["contract_title"] if found.release else found.contract.title if found.contract else ""
    yield from _wrapped("", f"{of} ({found.contract_id}), milestone {found.index}: {title}")


def _head(found: Explanation) -> Iterator[str]:
    release, contract, milestone = found.release, found.contract, found.milestone
    if contract is not None and milestone is not None:
        yield from _named("client", contract.client.name)
    if release is not None:
        yield from _named("amount", money.show(release["amount_minor"], release["currency"]))
    elif contract is not None and milestone is not None:
        yield from _named("amount", money.show(milestone.amount_minor, contract.currency))
    yield from _rules(found)
    if release is None:
        yield from _named("state", "nothing has happened yet")
    else:
        revision = f", revision {release['revision']}" if release["revision"] > 1 else ""
        since = moment(release["updated_at"])
        yield from _named("state", f"{release['state']}{revision}, last change {since}")
        if release["reason"] != found.outlook.waits_for:
            yield from _named("why", release["reason"])
        if release["snapshot_hash"]:
            decided = moment(release["decided_at"] or release["created_at"])
            commit = f", commit {release['config_commit']}" if release["config_commit"] else ""
            yield from _named("contract", f"as of {decided}, sha256 {release['snapshot_hash'][:12]}{commit}")
        if invoice := release["invoice"]:
            yield from _named("invoice", f"{invoice['number']}, {invoice['status']} {invoice['url']}")
            for number, told in enumerate(payments(invoice)):
                yield from _named("payments" if number == 0 else "", told)
    yield from _named("waits for", found.outlook.waits_for or "nothing")
    for number, effect in enumerate(dict.fromkeys(choice.effect for choice in found.outlook.choices)):
        yield from _named("next" if number == 0 else "", f"{effect}:")
        for choice in found.outlook.choices:
            if choice.effect == effect:
                yield from _way(f"{choice.who}: {choice.how}")


def _way(text: str) -> Iterator[str]:
    """One way to go on: what is to be typed stays on its line, so that it can be copied."""
    if "closeout " in text:
        yield f"{'':{_NAME + 4}}{clean(text)}"
    else:
        yield from _wrapped(" " * (_NAME + 4), text)


def _rules(found: Explanation) -> Iterator[str]:
    from app.releases.told.rule_words import in_words, triggers

    if found.contract is None or found.milestone is None:
        if found.release is not None:
            yield from _named("trigger", found.release["label"])
        return
    if found.release is not None:  # before that it is what is waited for
        yield from _named("trigger", triggers(found.contract, found.milestone))
    for number, rule in enumerate(in_words(found.contract, found.milestone)):
        yield from _named("rules" if number == 0 else "", rule)


def _named(name: str, text: str) -> Iterator[str]:
    yield from _wrapped(f"  {name:<{_NAME}}", text)


def _wrapped(before: str, text: str) -> Iterator[str]:
    """`text` after `before`, and below itself; what people wrote can not steer the terminal."""
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH
    width, left = max(min(columns, WIDTH), 60) - len(before), text[: len(text) - len(text.lstrip())]
    parts = textwrap.wrap(
        clean(text.strip()), width - len(left), break_long_words=False, break_on_hyphens=False
    )
    for number, part in enumerate(parts or [""]):
        yield f"{before if number == 0 else ' ' * len(before)}{left}{part}".rstrip()
