"""`closeout check`: say what is wrong with a contract file, or that nothing is."""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from app import money
from app.milestones import document
from app.milestones.contract import Configuration, Contract
from app.milestones.problems import ConfigurationInvalid, Problem

_DEFAULTS = ("closeout.yml", "config/closeout.yml")
"""Where `closeout serve` looks as well, in this order."""


@click.command("check", short_help="Check a contract file.")
@click.argument("path", required=False, envvar="CLOSEOUT_CONFIG", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
def command(path: Path | None, as_json: bool) -> None:
    """Check the contract file PATH: what would fail, and what is likely to be regretted.

    PATH is by default $CLOSEOUT_CONFIG, else closeout.yml or config/closeout.yml. Exit status: 0 clean or
    warnings only, 1 errors, 2 no such file.
    """
    path = path or next((Path(name) for name in _DEFAULTS if Path(name).exists()), None)
    if path is None:
        raise click.UsageError(f"Name a contract file: there is no {' and no '.join(_DEFAULTS)} here.")
    try:
        source = document.read_bytes(path)
    except ConfigurationInvalid as unreadable:
        raise click.UsageError(f"{path} {unreadable.what}. {unreadable.mend}.") from unreadable
    configuration, problems = document.read(source, str(path))
    click.echo(_as_json(configuration, problems) if as_json else _as_lines(path, configuration, problems))
    sys.exit(1 if configuration is None else 0)


def _as_lines(path: Path, configuration: Configuration | None, problems: list[Problem]) -> str:
    counts = Counter(problem.severity for problem in problems)
    found = [_count(counts[kind], kind) for kind in ("error", "warning") if counts[kind]]
    summary = f"{path}: {', '.join(found) or 'no problems'}"
    if configuration is not None:
        summary += f"; {_extent(list(configuration.contracts.values()))}"
    return "\n".join([*map(str, problems), summary])


def _extent(contracts: list[Contract]) -> str:
    """ "2 contracts, 5 milestones, 30,000.00 usd, 1,500 jpy"."""
    totals: Counter[str] = Counter()
    for contract in contracts:
        totals[contract.currency] += contract.total_minor
    milestones = sum(len(contract.milestones) for contract in contracts)
    amounts = [money.show(total_minor, currency) for currency, total_minor in sorted(totals.items())]
    return ", ".join([_count(len(contracts), "contract"), _count(milestones, "milestone"), *amounts])


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _as_json(configuration: Configuration | None, problems: list[Problem]) -> str:
    contracts = configuration.contracts.values() if configuration else []
    answer: dict[str, Any] = {
        "problems": [asdict(problem) for problem in problems],
        "contracts": [
            {
                "id": contract.id,
                "currency": contract.currency,
                "total_minor": contract.total_minor,
                "milestones": [
                    {
                        "index": milestone.index,
                        "label": milestone.label,
                        "trigger": milestone.trigger,
                        "title": milestone.title,
                        "amount_minor": milestone.amount_minor,
                    }
                    for milestone in contract.milestones
                ],
            }
            for contract in contracts
        ],
    }
    return json.dumps(answer, indent=2, ensure_ascii=False)
