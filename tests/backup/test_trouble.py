"""What can not be taken into the books by itself: it is told, it stays frozen, and a person decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from app.backup.restore import restore
from app.backup.snapshot import back_up
from app.db import Database
from app.gateways.base import Gateway
from app.gateways.http.client import HttpGateway
from app.releases.frozen import why_frozen
from app.releases.reconcile.reconciler import Report
from app.releases.tables import audit, freezes
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from tests.backup.travel import (
    closed,
    go_on,
    lose_and_restore,
    opened,
    orders,
    paid,
    reconcile,
    settle,
    travel,
)
from tests.gateways.orders import EXAMPLE, intent_of
from tests.gateways.outcomes import done
from tests.releases.play import Play, play
from tests.releases.scene import CONTRACT, LABEL, OTHER


def change_file(stage: Play, change: Any) -> None:
    """Somebody edits the contract file."""
    path = stage.config
    file = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(file["contracts"][0])
    path.write_text(yaml.safe_dump(file, sort_keys=False), encoding="utf-8")
    stage.restart()


def frozen(stage: Play) -> str:
    with stage.db.reading() as connection:
        return why_frozen(connection)


def told(report: Report) -> str:
    return "\n".join(f"{one.where}: {one.what}" for one in report.differences)


def gateway_of(platform: SandboxPlatform) -> Gateway:
    return HttpGateway("platform", platform.events_url, SANDBOX_SECRET, total_s=3, timeout_s=1)


def test_a_changed_amount_is_held_and_never_billed_again(tmp_path: Path) -> None:
    def dearer(contract: dict[str, Any]) -> None:
        contract["total"] = "2000.00"

    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        change_file(stage, dearer)
        found = reconcile(stage)
        assert found.is_frozen
        assert "it is over 600.00 usd, the contract says 1,200.00 usd" in told(found)
        assert "600.00 usd" in frozen(stage) or stage.state() == "held"
        go_on(stage)
        accepted = reconcile(stage, accept=True)
        assert not accepted.is_frozen
        assert accepted.differences
        go_on(stage)
        assert (stage.bills(), stage.state()) == (1, "held")
        stage.order("resume")
        go_on(stage)
        assert (stage.bills(), stage.state()) == (1, "held"), "the gateway's word contradicts the order"


def test_an_invoice_is_not_taken_for_that_of_another_milestone_of_the_same_amount(tmp_path: Path) -> None:
    """Somebody turned the milestones round: else this one counted as billed, and that one was again."""

    def turned(contract: dict[str, Any]) -> None:
        for milestone in contract["milestones"]:
            milestone["share"] = "50%"
        contract["milestones"].reverse()

    halves = [
        {"label": LABEL, "title": "Prototype", "share": "50%"},
        {"label": OTHER, "title": "Testing", "share": "50%"},
    ]
    with play(tmp_path, "github", milestones=halves) as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        change_file(stage, turned)
        found = reconcile(stage)
        assert "it bills 'Prototype', which is 'Testing' in the contract" in told(found)
        change_file(stage, turned)
        found = reconcile(stage)
        assert (found.is_frozen, found.differences) == (False, [])
        stage.order("resume")
        go_on(stage)
        assert (stage.bills(), stage.state(1)) == (1, "disbursed")


def test_changed_payees_are_held(tmp_path: Path) -> None:
    def other_payees(contract: dict[str, Any]) -> None:
        contract["payout"]["to"][0]["account"] = "acc_thief"

    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        change_file(stage, other_payees)
        assert "its payees or their shares are not those of the contract" in told(reconcile(stage))
        reconcile(stage, accept=True)
        go_on(stage)
        assert {one["account"] for one in stage.journal("transfer")} == {"acc_one", "acc_two"}
        assert len(stage.journal("transfer")) == 2


def test_what_a_person_accepted_stands_in_the_history(tmp_path: Path) -> None:
    def other_payees(contract: dict[str, Any]) -> None:
        contract["payout"]["to"][0]["account"] = "acc_thief"

    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        change_file(stage, other_payees)
        reconcile(stage, accept=True)
        with stage.db.reading() as connection:
            reasons = connection.scalars(sa.select(audit.c.reason)).all()
            (freeze,) = connection.execute(sa.select(freezes)).mappings()
        assert any("olaf (command line) let orders leave again" in reason for reason in reasons)
        assert "acc_one" in freeze["accepted"]
        assert "olaf" in freeze["lifted_by"]


def test_a_platform_that_does_not_list_is_asked_by_name_and_needs_a_person(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        stage.platform.counter.lists = False
        found = reconcile(stage)
        assert (found.is_frozen, len(found.adopted)) == (True, 1)
        assert "does not list what it booked" in told(found)
        assert stage.state() == "disbursed", "what its names told was taken in all the same"
        assert not reconcile(stage, accept=True).is_frozen
        go_on(stage)
        assert (stage.bills(), len(stage.journal("transfer"))) == (1, 2)


def test_accepted_unseen_an_order_is_still_asked_about_before_it_is_sent(tmp_path: Path) -> None:
    """The forge could not be read, so that nothing was adopted; the sweep finds the closed issue later."""
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        decider, stage.decider = stage.decider, _Unreachable()  # type: ignore[assignment]
        found = reconcile(stage, accept=True)
        assert "the forge is away" in told(found)
        assert not found.is_frozen
        stage.decider = decider
        sent = orders(stage)
        go_on(stage)
        assert stage.state() == "disbursed"
        assert orders(stage) == sent, "its invoice and its transfers were found, not ordered"


class _Unreachable:
    def decision(self, *_: object) -> None:
        from app.errors import ForgeError

        raise ForgeError("the forge is away")


@pytest.mark.parametrize("fault", ["500", "wrong_json", "wrong_amount", "reset", "429"])
def test_a_platform_that_can_not_answer_lifts_nothing(tmp_path: Path, fault: str) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened, closed], [paid], tmp_path)
        stage.platform.faults.switch_on("list", fault, 1)
        found = reconcile(stage)
        assert found.is_frozen
        assert found.differences
        if fault != "wrong_amount":
            assert not reconcile(stage).is_frozen
            go_on(stage)
            assert stage.state() == "disbursed"


def test_the_wrong_platform_knows_nothing_of_us_and_lifts_nothing(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage, SandboxPlatform() as other:
        travel(stage, [opened, closed, paid], [], tmp_path)
        stage.gateways["platform"] = gateway_of(other)
        found = reconcile(stage)
        assert found.is_frozen
        assert "the books have invoice SBX-0001, of which the gateway knows nothing" in told(found)
        stage.gateways["platform"] = gateway_of(stage.platform)
        assert not reconcile(stage).is_frozen


def test_an_invoice_that_somebody_made_by_hand_is_not_taken_for_ours(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        opened(stage)
        file = tmp_path / "closeout.backup"
        back_up(stage.db, file)
        shares = [("acc_one", 36_000), ("acc_two", 24_000)]
        by_hand = replace(
            EXAMPLE,
            event_id="evt_by_hand",
            contract_id=CONTRACT,
            milestone_index=1,
            amount_minor=60_000,
            account="acc_one",
            context={"legs": [{"account_token": name, "amount_cents": cents} for name, cents in shares]},
        )
        done(stage.gateways["platform"].send(intent_of(stage.gateways["platform"], by_hand)))
        lose_and_restore(stage, file, f"sqlite:///{tmp_path / 'restored.db'}")
        found = reconcile(stage)
        assert "it was opened by evt_by_hand, which is not the name of our order" in told(found)
        assert (found.is_frozen, stage.state()) == (True, "held")


def test_an_order_that_was_in_hand_at_the_backup_is_settled(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        opened(stage)
        stage.platform.faults.switch_on("open_invoice", "500", 1)
        stage.tick()
        stage.forge.close(1, stage.person("dana"))
        stage.settle()
        assert stage.state() == "unknown"
        travel(stage, [], [Play.pass_time, paid], tmp_path)
        assert stage.state() == "unknown"
        assert not reconcile(stage).is_frozen
        go_on(stage)
        assert (stage.state(), stage.bills()) == ("disbursed", 1)


def test_a_share_that_a_person_approved_since_is_not_paid_again(tmp_path: Path) -> None:
    payout = {"auto_clear": False, "to": [{"account": "acc_one", "share": "100%"}]}

    def approved(stage: Play) -> None:
        stage.order("approve")
        settle(stage)

    with play(tmp_path, "github", payout=payout) as stage:
        travel(stage, [opened, closed, paid], [approved], tmp_path)
        assert stage.release()["payouts"][0]["status"] == "awaiting_approval"
        found = reconcile(stage)
        assert (found.is_frozen, len(found.adopted)) == (False, 1)
        assert stage.state() == "disbursed"
        go_on(stage)
        assert len(stage.journal("transfer")) == 1


def test_reconciling_again_changes_nothing(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        assert len(reconcile(stage).adopted) == 1
        again = reconcile(stage)
        assert (again.adopted, again.differences, again.is_frozen) == ([], [], False)


def test_books_that_were_never_restored_are_compared_too(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        for step in (opened, closed, paid):
            step(stage)
        found = reconcile(stage)
        assert (found.adopted, found.differences, found.is_frozen) == ([], [], False)
        assert found.asked == 3


def test_a_second_backup_of_restored_books_restores_frozen_as_well(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [closed, paid], tmp_path)
        reconcile(stage)
        file = tmp_path / "second.backup"
        back_up(stage.db, file)
        second = Database(f"sqlite:///{tmp_path / 'second.db'}")
        settings = type(stage.settings).load({"CLOSEOUT_DATABASE_URL": second.url})
        restore(settings, second, file)
        with second.reading() as connection:
            assert "run closeout reconcile" in why_frozen(connection)
            assert connection.scalar(sa.select(sa.func.count()).select_from(freezes)) == 2
        second.close()


def test_a_contract_without_anything_booked_is_clean(tmp_path: Path) -> None:
    with play(tmp_path, "github") as stage:
        travel(stage, [opened], [], tmp_path)
        assert frozen(stage)
        assert reconcile(stage).differences == []
        closed(stage)
        paid(stage)
        go_on(stage)
        assert (stage.bills(), stage.release()["contract"]) == (1, CONTRACT)
