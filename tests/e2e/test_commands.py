"""The commands beside a server, as scripts and operators use them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from github import Auth, Github

from app.settings import for_child
from tests.e2e.stack import ROOT, Stack, stack

PROTOTYPE = "milestone:ui-prototype"


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Stack]:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}", is_new=True) as running:
        yield running


def close_one(one: Stack) -> None:
    one.close(one.open_issue(PROTOTYPE))
    one.until_state(2, "disbursed")
    one.until_quiet()


def test_releases_and_deliveries_as_json_have_the_fields_that_scripts_rely_on(one: Stack) -> None:
    one.serve()
    close_one(one)
    (release,) = json.loads(one.cli("releases", "--json").stdout)
    assert {name: release[name] for name in ("contract", "milestone_index", "label", "state")} == {
        "contract": "con_7732_alpha",
        "milestone_index": 2,
        "label": PROTOTYPE,
        "state": "disbursed",
    }
    assert (release["amount_minor"], release["currency"], bool(release["reason"])) == (750_000, "usd", True)
    assert set(release["invoice"]) >= {"id", "number", "url", "status"}
    assert (
        release["payouts"][0] | {"account": "acc_dev_team_44", "amount_minor": 750_000, "status": "paid"}
        == (release["payouts"][0])
    )
    listed = json.loads(one.cli("deliveries", "--json").stdout)
    fields = {"id", "connection", "delivery_id", "event", "action", "status", "reason", "received_at"}
    assert all(fields <= set(delivery) and delivery["reason"] for delivery in listed)
    closing = next(delivery for delivery in listed if delivery["action"] == "closed")
    assert (closing["connection"], closing["event"], closing["status"]) == ("github", "issues", "handled")


def test_simulate_says_what_would_happen_and_changes_nothing(one: Stack) -> None:
    issue = one.open_issue(PROTOTYPE)
    one.close(issue)
    one.world.forge.webhooks.wait_until_sent()
    payload = one.folder / "payload.json"
    payload.write_bytes(next(x.body for x in one.world.forge.webhooks.log if x.action == "closed"))
    command = ("simulate", "--connection", "github", "--event", "issues", "--payload", str(payload))
    found = json.loads(one.cli(*command, "--json").stdout)
    assert [(x["contract"], x["milestone_index"], x["verdict"]) for x in found["decisions"]] == [
        ("con_7732_alpha", 2, "release")
    ]
    told = one.cli(*command).stdout
    assert "release: completed: #1 closed by dana (write)" in told
    assert not (one.folder / "closeout.db").exists()
    assert one.journal() == []
    assert not one.own_comments(issue)


def test_simulate_refuses_an_unknown_connection_by_naming_the_known(one: Stack) -> None:
    payload = one.folder / "payload.json"
    payload.write_text("{}")
    done = one.cli("simulate", "--connection", "gitbub", "--event", "issues", "--payload", str(payload))
    assert done.returncode == 1
    assert "Use one of: github" in done.stderr


def test_replay_takes_a_delivery_through_the_same_path_and_bills_nothing_twice(one: Stack) -> None:
    one.serve()
    close_one(one)
    closing = next(x for x in one.until_quiet() if x["action"] == "closed")
    done = one.cli("replay", str(closing["id"]))
    assert done.returncode == 0
    assert "nothing is billed again" in done.stdout
    one.assert_paid_once(2)


def test_a_changed_contract_file_is_picked_up_and_a_broken_one_is_not(one: Stack) -> None:
    one.serve()
    good = one.config.read_text(encoding="utf-8")
    one.config.write_text("contracts: [", encoding="utf-8")
    one.until("the refusal", lambda: True if "refused" in _ready(one)["configuration"] else None)
    close_one(one)  # the old contracts stay in force
    file = yaml.safe_load(good)
    file["contracts"][0]["milestones"][2]["label"] = "milestone:renamed"
    one.config.write_text(yaml.safe_dump(file), encoding="utf-8")
    one.until("the new file", lambda: True if _ready(one)["configuration"] == "ok" else None)
    one.close(one.open_issue("milestone:renamed"))
    one.until_state(3, "disbursed")
    one.assert_paid_once(2, 3)


def test_what_a_milestone_was_called_before_does_not_hold_it_under_its_new_label(one: Stack) -> None:
    one.serve()
    one.open_issue("milestone:uat", "Never finished, and no longer part of it")
    one.until_quiet()
    file = yaml.safe_load(one.config.read_text(encoding="utf-8"))
    file["contracts"][0]["milestones"][2]["label"] = "milestone:renamed"
    one.config.write_text(yaml.safe_dump(file), encoding="utf-8")
    log = one.folder / "server.log"
    one.until("the new file", lambda: "configuration.reloaded" in log.read_text(encoding="utf-8") or None)
    one.close(one.open_issue("milestone:renamed"))
    one.until_state(3, "disbursed")


def _ready(one: Stack) -> dict[str, Any]:
    found: dict[str, Any] = requests.get(f"{one.url}/readyz", timeout=10).json()
    return found


@pytest.mark.parametrize(
    "name", ["CLOSEOUT_GITHUB_WEBHOOK_SECRET", "CLOSEOUT_GITHUB_TOKEN", "CLOSEOUT_PLATFORM_SECRET"]
)
def test_serve_refuses_to_start_without_a_secret_and_names_the_variable(one: Stack, name: str) -> None:
    one.environment[name] = ""
    done = one.cli("serve", "--port", "0")
    assert done.returncode == 1
    assert f"{name}: " in done.stderr
    assert "Traceback" not in done.stderr


def test_serve_refuses_a_second_server_on_the_same_sqlite_file(one: Stack) -> None:
    one.serve()
    second = one.cli("serve", "--port", "0")
    assert second.returncode == 1
    assert "uses this database already" in second.stderr


def test_sigterm_ends_the_server_cleanly_and_the_next_start_goes_on(one: Stack) -> None:
    server = one.serve()
    one.open_issue(PROTOTYPE)
    assert server.stop() == 0
    one.serve()
    one.close(one.developer.get_issue(1))
    one.until_state(2, "disbursed")
    one.assert_paid_once(2)


def test_commands_before_any_server_say_that_there_is_no_database_yet(one: Stack) -> None:
    for command in (("releases",), ("deliveries",), ("ledger", "verify"), ("replay", "1")):
        done = one.cli(*command)
        assert done.returncode == 1
        assert "there is no database yet" in done.stderr
    assert not (one.folder / "closeout.db").exists()


def test_no_secret_shows_up_in_the_log_of_a_whole_run(one: Stack) -> None:
    one.serve()
    close_one(one)
    requests.post(
        f"{one.url}/hooks/github", data=b"{}", headers={"X-Hub-Signature-256": "sha256=00"}, timeout=10
    )
    log = (one.folder / "server.log").read_text(encoding="utf-8")
    assert len(log.splitlines()) > 10
    for name, value in one.environment.items():
        if name.endswith(("SECRET", "TOKEN")):
            assert value not in log


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_sandbox_alone_can_be_driven_with_pygithub_and_curl(stop: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "app", "sandbox"],
        cwd=ROOT,
        env=for_child({}),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if "Ctrl-C" in line:
            break
    forge = re.search(r"Forge +(http://127\.0\.0\.1:\d+)", printed)
    journal = re.search(r"journal: (http://\S+?)\)", printed)
    assert forge is not None
    assert journal is not None
    client = Github(auth=Auth.Token("sandbox-token-dana"), base_url=forge[1])
    assert client.get_repo("acme/storefront").create_issue("By hand").number == 1
    assert requests.get(journal[1], timeout=10).ok
    process.send_signal(stop)
    assert process.wait(timeout=20) == 0


@pytest.mark.parametrize("as_json", [True, False])
def test_the_demo_ends_well_and_shows_the_published_event(tmp_path: Path, as_json: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "demo", *(["--json"] if as_json else [])],
        cwd=tmp_path,
        env=for_child({}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if as_json:
        found = json.loads(done.stdout)
        assert [x["state"] for x in found["releases"]] == ["disbursed"] * 4
        assert found["platform"] == {
            "invoices": 4,
            "money_in_minor": 3_000_000,
            "transfers": 4,
            "money_out_minor": 3_000_000,
        }
        assert found["asked"][0]["data"]["amount_due_cents"] == 750_000
    else:
        assert '"status": "triggered_for_disbursement"' in done.stdout
        assert "nothing is billed again" in done.stdout
        assert "\x1b" not in done.stdout
