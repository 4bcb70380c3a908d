"""The demo's words. `Silent` only collects the stages; `Narrator` prints them as they come."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app import money
from app.cli.releases import paid_out
from app.cli.table import clean, echo_table
from app.milestones.contract import Contract, Milestone

if TYPE_CHECKING:
    from app.cli.demo.story import Ending


class Silent:
    """Collects the stages for `--json`."""

    def __init__(self) -> None:
        self.stages: list[dict[str, Any]] = []

    def opening(self, contract: Contract) -> None:
        self._add("contract", f"{contract.id}, {contract.title}, for {contract.client.name}")

    def servers(self, forge: str, platform: str, closeout: str) -> None:
        self._add("servers", f"forge {forge}, platform {platform}, closeout {closeout}")

    def milestone(self, milestone: Milestone, currency: str, issues: list[int]) -> None:
        numbers = ", ".join(f"#{number}" for number in issues)
        amount = money.show(milestone.amount_minor, currency)
        self._add(
            "milestone", f"{milestone.index} {milestone.title}, {amount}, {milestone.label} on {numbers}"
        )

    def act(self, told: str) -> None:
        self._add("act", told)

    def delivery(self, delivery: dict[str, Any], milestone: Milestone) -> None:
        verdict, _, why = delivery["reason"].partition(": ")
        event = f"{delivery['event']}.{delivery['action']}"
        self._add("delivery accepted", f"{event} {delivery['delivery_id']}")
        self._add("milestone matched", f"{milestone.label} is milestone {milestone.index}")
        self._add("decided", f"{_VERDICTS.get(verdict.split()[-1], verdict)}: {why}")

    def money(self, release: dict[str, Any]) -> None:
        bill = release["invoice"]
        amount = money.show(release["amount_minor"], release["currency"])
        self._add("invoice", f"{bill['number']} over {amount}, {bill['url']}")
        self._add("invoice paid", f"{bill['number']} is {bill['status']}")
        for leg in release["payouts"]:
            share = money.show(leg["amount_minor"], release["currency"])
            self._add("payout", f"{share} to {leg['account']} is {leg['status']}")

    def comment(self, number: int, url: str) -> None:
        self._add("comment", f"on #{number}: {url}")

    def twice(self, number: int) -> None:
        self._add("milestone", f"people change their minds: can #{number} be billed twice?")

    def refused(self, delivery: dict[str, Any]) -> None:
        self._add("decided", delivery["reason"])

    def ending(self, ending: Ending, folder: Path) -> None:
        """Nothing: the document is the ending."""

    def _add(self, stage: str, told: str) -> None:
        self.stages.append({"stage": stage, "told": told})


_VERDICTS = {"ready": "release", "waiting": "wait", "held": "hold"}


class Narrator(Silent):
    """Prints each stage in plain words; readable without colours and on a narrow terminal."""

    def opening(self, contract: Contract) -> None:
        super().opening(contract)
        total = money.show(contract.total_minor, contract.currency)
        click.secho("Closeout demo: close the issue, release the payment", bold=True)
        click.echo(f"Contract {contract.id}, {contract.title}, for {contract.client.name}: {total}")
        click.echo("Starting the sandbox forge, the sandbox payment platform and the server ...")

    def servers(self, forge: str, platform: str, closeout: str) -> None:
        super().servers(forge, platform, closeout)
        click.echo(f"  forge     {forge}  (GitHub's REST)")
        click.echo(f"  platform  {platform}")
        click.echo(f"  closeout  {closeout}  (the real server, SQLite)")

    def ending(self, ending: Ending, folder: Path) -> None:
        click.echo()
        click.secho("The contract now", bold=True)
        echo_table(
            ("#", "milestone", "state", "amount", "invoice", "paid out"),
            [
                (
                    str(one["milestone_index"]),
                    one["title"],
                    one["state"],
                    money.show(one["amount_minor"], one["currency"]),
                    f"{one['invoice']['number']} {one['invoice']['status']}",
                    paid_out(one),
                )
                for one in ending.releases
            ],
            right=(0, 3, 5),
        )
        saw, currency = ending.summary(), ending.releases[0]["currency"]
        click.echo(
            f"\nThe platform's own journal: {saw['invoices']} invoices, "
            f"{money.show(saw['money_in_minor'], currency)} in; {saw['transfers']} transfers, "
            f"{money.show(saw['money_out_minor'], currency)} out."
        )
        click.echo()
        self._asked(ending.asked)
        click.echo()
        click.secho("Try next", bold=True)
        for told, what in _NEXT:
            click.echo(f"  {told.format(folder=folder):58} {what}")

    def _asked(self, asked: list[dict[str, Any]]) -> None:
        """The one event of the generic protocol in full; of a vendor's API each request on a line."""
        click.secho("What was asked of the platform for the invoice of milestone 2", bold=True)
        if "event" in asked[0]:
            click.echo(json.dumps(asked[0], indent=2, ensure_ascii=False))
            return
        for one in asked:
            click.echo(f"  {one['method']} {one['path']}")

    def milestone(self, milestone: Milestone, currency: str, issues: list[int]) -> None:
        click.echo()
        super().milestone(milestone, currency, issues)

    def twice(self, number: int) -> None:
        click.echo()
        super().twice(number)

    def _add(self, stage: str, told: str) -> None:
        super()._add(stage, told)
        if stage == "milestone":
            click.secho(
                f"Milestone {clean(told)}" if told[0].isdigit() else clean(told).capitalize(), bold=True
            )
        elif stage == "act":
            click.echo(f"  {clean(told)}")
        elif stage not in ("contract", "servers"):
            click.echo(f"    {stage:<18} {clean(told)}")


_NEXT = (
    (". {folder}/env", "point the commands at the demo's database"),
    (".venv/bin/closeout releases", "what became of each milestone, and why"),
    (".venv/bin/closeout deliveries", "every webhook, and what it led to"),
    (".venv/bin/closeout ledger verify", "the books"),
    (".venv/bin/closeout check", "the contract, checked"),
    ('make demo ARGS="--open"', "the default once more, and its status page in a browser"),
    (".venv/bin/closeout sandbox", "the pretend forge and platform alone"),
)
