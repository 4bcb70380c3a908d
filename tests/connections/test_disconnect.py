"""`disconnect`: exactly our webhooks at the forge, then what is kept here; never half without saying so."""

from __future__ import annotations

import pytest

from tests.connections.desk import Desk, Listener

BRANDS = {"gitlab": "GitLab", "gitea": "Gitea", "forgejo": "Forgejo"}


def test_disconnecting_deletes_our_webhook_and_no_other_and_forgets_the_secrets(desk: Desk) -> None:
    desk.connect()
    ours = desk.webhook
    others = type(ours)(99_999, ours.repository_id, "https://ci.example/hook", "theirs", dict(ours.facts))
    desk.forge.webhooks.registered[others.id] = others
    told = desk.said("disconnect")
    assert f"the webhook {ours.id} of acme/storefront is deleted" in told
    assert desk.webhooks() == [others]
    assert desk.book() == []
    assert set(desk.vault()) == {"PUBLIC_URL"}
    assert f"CLOSEOUT_{desk.kind.upper()}_TOKEN is removed from the vault" in told
    assert "Nothing of the connection" in desk.said("disconnect")


def test_a_webhook_that_is_gone_already_is_no_obstacle(desk: Desk) -> None:
    desk.connect()
    desk.forge.webhooks.registered.clear()
    assert "was gone already" in desk.said("disconnect")
    assert set(desk.vault()) == {"PUBLIC_URL"}


def test_a_connection_that_contracts_use_is_kept_unless_told_so_on_purpose(desk: Desk) -> None:
    desk.write_file(api_url=desk.forge.api_url)
    desk.connect()
    assert f"con_1 uses the connection {desk.kind}" in desk.refused("disconnect")
    assert len(desk.webhooks()) == len(desk.book()) == 1
    assert "is deleted" in desk.said("disconnect", "--yes")


def test_a_contract_file_that_can_not_be_read_is_no_permission(desk: Desk) -> None:
    desk.connect()
    (desk.folder / "closeout.yml").write_text("version: 1\ncontracts: [", encoding="utf-8")
    assert "whether a contract uses the connection" in desk.refused("disconnect")
    assert len(desk.webhooks()) == 1
    assert "is deleted" in desk.said("disconnect", "--yes")


def test_a_forge_that_does_not_delete_keeps_everything_here(desk: Desk) -> None:
    desk.connect()
    before = (desk.vault(), desk.book())
    desk.forge.fail_next("500", method="DELETE")
    assert "Everything else is kept" in desk.refused("disconnect")
    assert (desk.vault(), desk.book()) == before
    desk.forge.fail_next("500", method="DELETE")
    told = desk.said("disconnect", "--force")
    assert "is left behind" in told
    assert f"Delete it at {BRANDS[desk.kind]}" in told
    assert (set(desk.vault()), desk.book()) == ({"PUBLIC_URL"}, [])


def test_a_token_that_was_revoked_is_told_of(desk: Desk) -> None:
    desk.connect()
    desk.forge.token = "glpat-another-one-12345678"
    assert "does not accept the connection's token" in desk.refused("disconnect")
    assert len(desk.book()) == 1
    desk.forge.token = desk.vault()[f"{desk.kind.upper()}_TOKEN"]


def test_two_projects_of_which_one_is_deleted_are_finished_by_the_next_run(gitlab: Desk) -> None:
    gitlab.forge.webhooks.siblings["acme/backend"] = 7402  # type: ignore[union-attr]
    gitlab.connect(full_names=("acme/storefront", "acme/backend"))
    assert len(gitlab.webhooks()) == 2

    def second_fails(method: str, path: str) -> None:
        if method == "DELETE" and "7401" in path:
            gitlab.forge.fail_next("500", method="DELETE")

    gitlab.forge.on_request = second_fails
    gitlab.refused("disconnect")
    assert [one.full_name for one in gitlab.book()] == ["acme/storefront"]
    gitlab.forge.on_request = lambda _method, _path: None
    gitlab.said("disconnect")
    assert (gitlab.webhooks(), gitlab.book()) == ([], [])


def test_what_the_environment_holds_is_named_and_left_to_the_operator(desk: Desk, listener: Listener) -> None:
    variable = f"CLOSEOUT_{desk.kind.upper()}_WEBHOOK_SECRET"
    desk.environment[variable] = "the environment's own"
    desk.connect()
    assert f"environment what you put there: {variable}" in desk.said("disconnect")


@pytest.mark.parametrize("command", ["disconnect", "rotate"])
def test_another_forges_connection_is_not_touched(gitlab: Desk, command: str) -> None:
    gitlab.connect()
    gitlab.kind = "gitea"
    assert "the connection gitlab is gitlab" in gitlab.refused(command, "--name", "gitlab")
    assert len(gitlab.webhooks()) == 1
