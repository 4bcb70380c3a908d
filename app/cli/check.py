"""`closeout check`: say what is wrong with a contract file, or that nothing is."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from app import money
from app.cli.store import NoDatabase, opened
from app.milestones import document
from app.milestones.contract import Configuration, Contract
from app.milestones.problems import ConfigurationInvalid, Problem, number_of
from app.place import LOOKED_FOR, InRepository, config_place


@click.command("check", short_help="Check a contract file.")
@click.argument("path", required=False, envvar="CLOSEOUT_CONFIG", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
@click.option(
    "--against-database",
    "is_compared",
    is_flag=True,
    help="Say as well where it differs from what was released before.",
)
def command(path: Path | None, as_json: bool, is_compared: bool) -> None:
    """Check the contract file PATH: what would fail, and what is likely to be regretted.

    PATH is by default $CLOSEOUT_CONFIG, else closeout.yml or config/closeout.yml. Exit status: 0 clean or
    warnings only, 1 errors, 2 no such file. --against-database reads $CLOSEOUT_DATABASE_URL.
    """
    if path is not None and isinstance(config_place(str(path)), InRepository):
        raise click.UsageError(
            f"{path} is in a repository: check it out, and name it: closeout check closeout.yml. What a"
            " pull request would change stands in Closeout's comment on it."
        )
    path = path or next((Path(name) for name in LOOKED_FOR if Path(name).exists()), None)
    if path is None:
        raise click.UsageError(f"Name a contract file: there is no {' and no '.join(LOOKED_FOR)} here.")
    try:
        source = document.read_bytes(path)
    except ConfigurationInvalid as unreadable:
        raise click.UsageError(f"{path} {unreadable.what}. {unreadable.mend}.") from unreadable
    configuration, problems = document.read(source, str(path))
    compared = None
    if is_compared and configuration is not None:
        compared = _compare(source, configuration)
    if as_json:
        compares = _compared_as_json(compared) if is_compared else {}
        click.echo(_as_json(configuration, problems, compares))
    else:
        click.echo(_as_lines(path, configuration, problems))
        if is_compared:
            click.echo(_compared_as_lines(path, compared, is_readable=configuration is not None))
    differs = compared is not None and any(one.severity == "error" for one in compared.problems)
    sys.exit(1 if configuration is None or differs else 0)


@dataclass(frozen=True)
class _Comparison:
    """Where the file differs from the database, and how many releases were compared with it."""

    problems: list[Problem]
    release_count: int


def _compare(source: bytes, configuration: Configuration) -> _Comparison | None:
    """None where there is no database to compare with."""
    from app.releases.told.decided import read_decided
    from app.releases.told.differences import differences, placed

    try:
        with opened() as db, db.reading() as connection:
            decided = read_decided(connection)
    except NoDatabase:
        return None
    found = differences(configuration, decided)
    return _Comparison(placed(source, configuration.path, found), len(decided))


def _compared_as_lines(path: Path, compared: _Comparison | None, *, is_readable: bool) -> str:
    if not is_readable:
        return f"{path}: not compared with the database, since it can not be used"
    if compared is None:
        return f"{path}: there is no database yet, so nothing was released that it could differ from"
    released = number_of(compared.release_count, "release")
    summary = f"{path}: {_counted(compared.problems) or 'nothing differs'} against {released} in the database"
    return "\n".join([*map(str, compared.problems), summary])


def _compared_as_json(compared: _Comparison | None) -> dict[str, Any]:
    """`differences` is null where there was nothing to compare, or nothing to compare with."""
    if compared is None:
        return {"differences": None, "release_count": 0}
    found = [asdict(problem) for problem in compared.problems]
    return {"differences": found, "release_count": compared.release_count}


def _as_lines(path: Path, configuration: Configuration | None, problems: list[Problem]) -> str:
    summary = f"{path}: {_counted(problems) or 'no problems'}"
    if configuration is not None:
        summary += f"; {_extent(list(configuration.contracts.values()))}"
    return "\n".join([*map(str, problems), summary])


def _counted(problems: list[Problem]) -> str:
    """ "2 errors, 1 warning"; "" for none."""
    counts = Counter(problem.severity for problem in problems)
    return ", ".join(number_of(counts[kind], kind) for kind in ("error", "warning") if counts[kind])


def _extent(contracts: list[Contract]) -> str:
    """ "2 contracts, 5 milestones, 30,000.00 usd, 1,500 jpy"."""
    totals: Counter[str] = Counter()
    for contract in contracts:
        totals[contract.currency] += contract.total_minor
    milestones = sum(len(contract.milestones) for contract in contracts)
    amounts = [money.show(total_minor, currency) for currency, total_minor in sorted(totals.items())]
    return ", ".join([number_of(len(contracts), "contract"), number_of(milestones, "milestone"), *amounts])


def _as_json(configuration: Configuration | None, problems: list[Problem], more: Mapping[str, Any]) -> str:
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
    return json.dumps({**answer, **more}, indent=2, ensure_ascii=False)
