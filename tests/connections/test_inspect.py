"""What `doctor` learns of a connection, and that learning it changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.connections.finding import Finding
from app.connections.hookbook import HookBook
from app.connections.inspect import inspect_connection
from tests.connections.desk import CANARY, PRESENT, Desk


def findings(desk: Desk, full_names: tuple[str, ...] = (PRESENT,)) -> list[Finding]:
    asked = len(desk.forge.requests())
    hook_url = f"{desk.public_url}/hooks/{desk.kind}"
    found = inspect_connection(
        desk.kept(), HookBook(desk.db), desk.kind, desk.forge.api_url, full_names, hook_url
    )
    assert {method for method, _ in desk.forge.requests()[asked:]} <= {"GET"}
    assert CANARY not in repr(found)
    return found


def wrong(desk: Desk) -> list[str]:
    return [f"{one.verdict}: {one.said}" for one in findings(desk) if one.verdict != "ok"]


def test_a_connection_that_is_well_says_so_of_the_token_and_each_webhook(desk: Desk) -> None:
    desk.connect()
    found = findings(desk)
    assert [one.verdict for one in found] == ["ok", "ok"]
    assert found[0].about == f"connection {desk.kind}"
    assert "closeout-bot" in found[0].said
    assert found[1].about == f"{desk.kind}:{PRESENT}"
    assert f"calls {desk.webhook.url}" in found[1].said


def test_a_connection_without_a_token_is_broken(desk: Desk) -> None:
    (found,) = findings(desk)
    assert (found.verdict, found.said) == ("broken", "there is no access token")
    assert f"closeout {desk.kind} connect" in found.mend


def test_a_token_that_is_refused_is_broken(desk: Desk) -> None:
    desk.connect()
    desk.forge.token = "glpat-another-one-12345678"
    (found,) = findings(desk)
    assert "not valid there" in found.said
    desk.forge.token = CANARY


def test_a_webhook_that_is_gone_changed_or_elsewhere_is_told_of(desk: Desk) -> None:
    desk.connect()
    webhook = desk.webhook
    if desk.kind == "gitlab":
        webhook.facts["note_events"] = False
        assert wrong(desk) == ["broken: the webhook does not send comments"]
    else:
        webhook.facts["active"] = False
        assert wrong(desk) == ["broken: the webhook is switched off"]
    desk.connect()
    webhook.url = "https://elsewhere.example/hooks/x"
    assert "the webhook calls https://elsewhere.example/hooks/x" in wrong(desk)[0]
    desk.forge.webhooks.registered.clear()
    assert "there is no webhook" in wrong(desk)[0]


def test_a_repository_that_can_not_be_seen_is_a_finding_and_the_others_are_still_looked_at(
    desk: Desk,
) -> None:
    desk.connect()
    found = findings(desk, ("acme/unknown", PRESENT))
    assert [one.verdict for one in found] == ["ok", "broken", "ok"]


def test_a_rotation_that_is_not_finished_is_a_warning(desk: Desk) -> None:
    desk.connect()
    desk.forge.fail_next("500", method="PUT" if desk.kind == "gitlab" else "PATCH")
    desk.refused("rotate")
    assert "warning: the webhook does not have the newest secret" in wrong(desk)


def test_gitlab_tells_of_failures_of_a_webhook_it_disabled_and_of_its_last_delivery(gitlab: Desk) -> None:
    gitlab.connect()
    webhook = gitlab.webhook
    webhook.answers.append(202)
    assert findings(gitlab)[1].said.endswith("issue_hooks was answered with 202")
    webhook.answers.append(0)
    assert wrong(gitlab) == [
        "warning: the last delivery failed: issue_hooks was answered with internal error"
    ]
    webhook.facts |= {"alert_status": "temporarily_disabled", "disabled_until": "2026-11-20T10:00:00.000Z"}
    assert "broken: GitLab disabled it after failures, until 2026-11-20T10:00:00.000Z" in wrong(gitlab)


def test_gitlab_tells_when_the_token_ends_and_what_the_role_does_not_allow(gitlab: Desk) -> None:
    gitlab.connect()
    soon = datetime.now(UTC).date() + timedelta(days=3)
    gitlab.forge.webhooks.expires_at = soon.isoformat()  # type: ignore[union-attr]
    assert "the token ends in 3 days" in wrong(gitlab)[0]
    gitlab.forge.robot.role = "triage"
    assert "webhooks need the role Maintainer" in wrong(gitlab)[1]


@pytest.mark.parametrize("role", ["write", "read"])
def test_gitea_tells_when_the_account_is_no_administrator_any_more(gitea: Desk, role: str) -> None:
    gitea.connect()
    gitea.forge.robot.role = role  # type: ignore[assignment]
    assert "is no administrator" in wrong(gitea)[0]
