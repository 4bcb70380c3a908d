"""Webhooks that sign with a key, where GitLab knows of such, and a plain token where it does not."""

from __future__ import annotations

from tests.connections.desk import Desk, of_gitlab


def test_a_signed_webhook_is_not_asked_of_a_server_that_knows_none(gitlab: Desk) -> None:
    """It gets a plain token, and sends nothing before it has that."""
    of_gitlab(gitlab).webhooks.is_old = True
    of_gitlab(gitlab).webhooks.version = "16.11.10"
    bare: list[int] = []

    def look(method: str, _path: str) -> None:
        for one in gitlab.webhooks():
            if not gitlab.forge_secret(one) and any(
                one.facts[name] for name in one.facts if "_events" in name
            ):
                bare.append(one.id)

    gitlab.forge.on_request = look
    gitlab.connect()
    assert not gitlab.secret().startswith("whsec_")
    assert gitlab.webhook.secret == gitlab.secret()
    assert gitlab.webhook.facts["issues_events"]
    assert bare == []
    assert "All is right" in gitlab.connect()


def test_a_newer_gitlab_signs_and_sends_no_plain_token(gitlab: Desk) -> None:
    gitlab.connect()
    assert gitlab.secret().startswith("whsec_")
    assert (gitlab.webhook.facts["signing_token"], gitlab.webhook.secret) == (gitlab.secret(), "")


def test_a_webhook_that_signs_with_a_lost_key_is_made_anew_for_a_plain_secret(gitlab: Desk) -> None:
    gitlab.connect()
    first = gitlab.webhook.id
    gitlab.environment["CLOSEOUT_GITLAB_WEBHOOK_SECRET"] = "a plain secret of the environment"
    gitlab.said(*gitlab.connecting())
    assert gitlab.webhook.id != first
    assert (gitlab.webhook.secret, gitlab.webhook.facts["signing_token"]) == (
        "a plain secret of the environment",
        "",
    )
