"""`connect`: stored, then made; repeated, then nothing; cut short, then finished."""

from __future__ import annotations

import pytest

from tests.connections.desk import CANARY, PRESENT, Desk, Listener

EVENTS = {
    "gitlab": {
        "issues_events",
        "confidential_issues_events",
        "note_events",
        "confidential_note_events",
        "milestone_events",
    },
    "gitea": {"issues", "issue_label", "issue_milestone", "issue_comment"},
}
EVENTS["forgejo"] = EVENTS["gitea"]


def subscriptions(desk: Desk) -> set[str]:
    facts = desk.webhook.facts
    return (
        set(facts["events"])
        if "events" in facts
        else {name for name in facts if "_events" in name and facts[name]}
    )


def test_connecting_stores_what_a_server_needs_and_makes_a_webhook_for_exactly_what_is_read(
    desk: Desk,
) -> None:
    told = desk.connect()
    stem = desk.kind.upper()
    assert desk.vault() | {f"{stem}_WEBHOOK_SECRET": ""} == {
        f"{stem}_TOKEN": CANARY,
        f"{stem}_API_URL": desk.forge.api_url,
        f"{stem}_FORGE": desk.kind,
        f"{stem}_WEBHOOK_SECRET": "",
        "PUBLIC_URL": desk.public_url,
    }
    assert desk.webhook.url == f"{desk.public_url}/hooks/{desk.kind}"
    assert desk.forge_secret(desk.webhook) == desk.secret()
    assert len(desk.secret()) >= 43
    assert subscriptions(desk) == EVENTS[desk.kind]
    assert desk.webhook.facts.get("enable_ssl_verification", True)
    (ours,) = desk.book()
    assert (ours.full_name, ours.hook_id, ours.forge) == (PRESENT, str(desk.webhook.id), desk.kind)
    assert f"webhook {desk.webhook.id} was made" in told
    assert "closeout-bot" in told
    assert f"{{name: {desk.kind}, forge: {desk.kind}" in told
    assert "closeout labels sync" in told
    assert "closeout doctor" in told


def test_a_second_connect_says_that_all_is_right_and_writes_nothing(desk: Desk) -> None:
    desk.connect()
    before = (desk.vault(), desk.book(), len(desk.forge.requests()))
    assert "All is right" in desk.connect()
    assert (desk.vault(), desk.book()) == before[:2]
    assert {method for method, _ in desk.forge.requests()[before[2] :]} == {"GET"}


def test_the_present_token_serves_a_second_connect_that_has_no_terminal(desk: Desk) -> None:
    desk.connect()
    told = desk.said("connect", desk.forge.api_url)
    assert "All is right" in told


def test_another_token_replaces_the_one_before(desk: Desk) -> None:
    desk.connect()
    desk.forge.token = "glpat-the-second-token-987654"
    desk.give_token(desk.forge.token)
    assert "All is right" in desk.connect()
    assert desk.vault()[f"{desk.kind.upper()}_TOKEN"] == desk.forge.token


def test_a_token_comes_from_standard_input_when_it_is_named_a_dash(desk: Desk) -> None:
    arguments = [word if word != str(desk.folder / "token") else "-" for word in desk.connecting()]
    assert desk.call(*arguments, given=f"{CANARY}\n").exit_code == 0
    assert desk.vault()[f"{desk.kind.upper()}_TOKEN"] == CANARY


def test_a_webhook_that_somebody_changed_is_mended_and_not_doubled(desk: Desk) -> None:
    desk.connect()
    facts = desk.webhook.facts
    facts |= {"issues_events": False} if desk.kind == "gitlab" else {"active": False, "events": ["push"]}
    assert f"webhook {desk.webhook.id} was mended" in desk.connect()
    assert subscriptions(desk) >= EVENTS[desk.kind]
    assert desk.webhook.facts.get("active", True)
    assert "All is right" in desk.connect()


def test_a_webhook_that_somebody_deleted_is_made_again(desk: Desk) -> None:
    desk.connect()
    desk.forge.webhooks.registered.clear()
    assert "was made" in desk.connect()
    assert desk.forge_secret(desk.webhook) == desk.secret()


def test_a_server_that_moved_has_its_webhook_moved(desk: Desk) -> None:
    desk.connect()
    first = desk.webhook.id
    moved = desk.public_url.replace("127.0.0.1", "localhost")
    desk.said(*[word if word != desk.public_url else moved for word in desk.connecting()])
    assert (desk.webhook.id, desk.webhook.url) == (first, f"{moved}/hooks/{desk.kind}")
    assert desk.forge_secret(desk.webhook) == desk.secret()
    assert desk.vault()["PUBLIC_URL"] == moved


def test_further_webhooks_with_our_url_are_told_of_and_left_alone(desk: Desk) -> None:
    desk.connect()
    twin = desk.webhook
    desk.forge.webhooks.registered[99_999] = type(twin)(
        99_999, twin.repository_id, twin.url, "another", dict(twin.facts)
    )
    assert "webhook 99999 has the same URL" in desk.connect()
    assert len(desk.webhooks()) == 2


@pytest.mark.parametrize("fault", ["500", "reset"])
def test_an_attempt_that_ended_before_the_webhook_is_finished_by_the_next(desk: Desk, fault: str) -> None:
    desk.forge.fail_next(fault, method="POST")  # type: ignore[arg-type]
    desk.refused(*desk.connecting())
    assert desk.webhooks() == []
    secret = desk.secret()
    desk.connect()
    assert desk.forge_secret(desk.webhook) == desk.secret() == secret


def test_an_attempt_whose_answer_was_lost_does_not_leave_two_webhooks(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.connections.hookbook import HookBook

    def power_cut(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as cut:
        cut.setattr(HookBook, "write", power_cut)
        assert desk.call(*desk.connecting()).exit_code != 0
    made = desk.webhook.id
    assert desk.book() == []
    assert f"webhook {made} was mended" in desk.connect()
    assert [one.id for one in desk.webhooks()] == [made]
    assert desk.book()[0].hook_id == str(made)


def test_a_dry_run_checks_everything_and_changes_nothing(desk: Desk) -> None:
    told = desk.connect("--dry-run")
    assert f"{PRESENT}: a webhook to {desk.public_url}/hooks/{desk.kind}" in told
    assert "Nothing was changed" in told
    assert (desk.vault(), desk.book(), desk.webhooks()) == ({}, [], [])
    assert {method for method, _ in desk.forge.requests()} == {"GET"}


def test_the_repositories_are_those_of_the_contract_file_unless_they_are_named(desk: Desk) -> None:
    desk.write_file(api_url=desk.forge.api_url)
    assert PRESENT in desk.connect(full_names=())
    assert len(desk.webhooks()) == 1


def test_a_test_delivery_is_sent_and_what_came_of_it_is_told(desk: Desk, listener: Listener) -> None:
    desk.write_file(api_url=desk.forge.api_url)
    dana = desk.forge.add_person("dana", "write")
    desk.forge.open_issue("Login", [], dana)
    told = desk.connect()
    assert len(listener.heard) == 1
    if desk.kind == "gitlab":
        assert f"{PRESENT}: a test delivery arrived and was taken." in told
        listener.status = "404 Not Found"
        assert "Warning: acme/storefront: the test delivery came to nothing" in desk.connect()
    else:  # what came of it is not told, and nobody stored it here
        assert "Warning: acme/storefront: no test delivery arrived within" in told


def test_no_test_delivery_is_asked_for_while_the_file_does_not_name_the_connection(desk: Desk) -> None:
    assert "No test delivery was asked for" in desk.connect()
    assert not [path for path in desk.asked("POST") if "test" in path]


def test_an_environment_that_sets_token_and_secret_is_used_and_nothing_of_it_is_copied(desk: Desk) -> None:
    stem = desk.kind.upper()
    desk.environment |= {
        f"CLOSEOUT_{stem}_API_URL": desk.forge.api_url,
        f"CLOSEOUT_{stem}_TOKEN": CANARY,
        f"CLOSEOUT_{stem}_WEBHOOK_SECRET": "the environment's own",
    }
    arguments = [word for word in desk.connecting() if "token" not in word]
    assert desk.call(*arguments).exit_code == 0
    assert desk.forge_secret(desk.webhook) == "the environment's own"
    assert set(desk.vault()) == {f"{stem}_FORGE", "PUBLIC_URL"}
    desk.environment[f"CLOSEOUT_{stem}_WEBHOOK_SECRET"] = "another one, changed by hand"
    assert "was given the environment's secret" in desk.said(*arguments)
    assert desk.forge_secret(desk.webhook) == "another one, changed by hand"


def test_a_connection_comes_and_goes_on_both_databases(everywhere: Desk) -> None:
    everywhere.connect()
    assert "All is right" in everywhere.connect()
    assert "has the new secret" in everywhere.said("rotate")
    assert everywhere.forge_secret(everywhere.webhook) == everywhere.secret()
    everywhere.said("rotate", "--finish")
    everywhere.said("disconnect")
    assert (everywhere.webhooks(), everywhere.book(), set(everywhere.vault())) == ([], [], {"PUBLIC_URL"})
