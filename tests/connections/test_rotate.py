"""`rotate`: a new secret everywhere, the old one beside it, and no webhook left with a third."""

from __future__ import annotations

import pytest

from tests.connections.desk import Desk, of_gitlab, waits_of

BOTH = ("acme/storefront", "acme/backend")


def secrets(desk: Desk) -> tuple[str, str]:
    """(the present, the old)."""
    stem, vault = desk.kind.upper(), desk.vault()
    return vault[f"{stem}_WEBHOOK_SECRET"], vault.get(f"{stem}_OLD_WEBHOOK_SECRET", "")


def test_a_rotation_gives_the_webhook_a_new_secret_and_keeps_the_old_one_beside_it(desk: Desk) -> None:
    desk.connect()
    first, _ = secrets(desk)
    assert "the webhook of acme/storefront has the new secret" in desk.said("rotate")
    second, old = secrets(desk)
    assert old == first != second
    assert desk.forge_secret(desk.webhook) == second
    assert "All is right" in desk.connect()
    desk.said("rotate")
    assert secrets(desk)[1] == second


def test_finishing_ends_the_old_secret(desk: Desk) -> None:
    desk.connect()
    assert "There is no old webhook secret" in desk.said("rotate", "--finish")
    desk.said("rotate")
    present, _ = secrets(desk)
    assert "is accepted no longer" in desk.said("rotate", "--finish")
    assert secrets(desk) == (present, "")


def test_the_new_secret_is_stored_before_any_webhook_has_it(desk: Desk) -> None:
    desk.connect()
    verbs = {"PUT", "PATCH"}
    seen: list[tuple[str, str]] = []
    desk.forge.on_request = lambda method, _path: seen.append(secrets(desk)) if method in verbs else None
    first, _ = secrets(desk)
    desk.said("rotate")
    assert seen
    assert all(old == first != present for present, old in seen)


def test_no_webhook_has_the_new_secret_before_running_servers_know_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.connect()
    first, _ = secrets(desk)
    waits = waits_of(monkeypatch, lambda: desk.forge_secret(desk.webhook))
    desk.said("rotate")
    assert [used for seconds, used in waits if seconds > 3] == [first]


def test_a_rotation_that_was_cut_short_is_finished_before_there_is_a_third_secret(gitlab: Desk) -> None:
    of_gitlab(gitlab).webhooks.siblings["acme/backend"] = 7402
    gitlab.connect(full_names=BOTH)
    first, _ = secrets(gitlab)

    def second_fails(method: str, path: str) -> None:
        if method == "PUT" and "7401" in path:
            gitlab.forge.fail_next("500", method="PUT")

    gitlab.forge.on_request = second_fails
    assert "Both secrets are accepted meanwhile" in gitlab.refused("rotate")
    assert {gitlab.forge_secret(one) for one in gitlab.webhooks()} == set(secrets(gitlab))
    assert "acme/storefront still has the old secret" in gitlab.refused("rotate", "--finish")
    assert secrets(gitlab)[1] == first
    gitlab.forge.on_request = lambda _method, _path: None
    before = secrets(gitlab)
    assert "may not have reached every webhook: it goes on now" in gitlab.said("rotate")
    assert secrets(gitlab) == before
    assert {gitlab.forge_secret(one) for one in gitlab.webhooks()} == {before[0]}


def test_connect_after_a_rotation_that_was_cut_short_mends_what_it_missed(desk: Desk) -> None:
    desk.connect()
    desk.forge.fail_next("500", method="PUT" if desk.kind == "gitlab" else "PATCH")
    desk.refused("rotate")
    assert desk.forge_secret(desk.webhook) == secrets(desk)[1]
    assert "was mended" in desk.connect()
    assert desk.forge_secret(desk.webhook) == secrets(desk)[0]


def test_a_webhook_that_is_gone_is_told_of_and_does_not_hold_up_the_rotation(desk: Desk) -> None:
    desk.connect()
    desk.forge.webhooks.registered.clear()
    assert "the webhook of acme/storefront is gone: connect it again" in desk.said("rotate")
    assert desk.book() == []


def test_a_secret_of_the_environment_is_not_rotated_and_the_way_by_hand_is_told(desk: Desk) -> None:
    stem = f"CLOSEOUT_{desk.kind.upper()}"
    desk.environment[f"{stem}_WEBHOOK_SECRET"] = "the environment's own"
    desk.connect()
    for arguments in (("rotate",), ("rotate", "--finish")):
        told = desk.refused(*arguments)
        assert told.startswith(f"{stem}_WEBHOOK_SECRET: the environment sets it")
        assert f"set {stem}_OLD_WEBHOOK_SECRET to the present secret" in told
    assert desk.webhook.secret == "the environment's own"


def test_an_old_gitlab_is_rotated_with_plain_secrets_and_a_newer_one_begins_to_sign(gitlab: Desk) -> None:
    of_gitlab(gitlab).webhooks.is_old = True
    gitlab.connect()
    first, _ = secrets(gitlab)
    gitlab.said("rotate")
    present, old = secrets(gitlab)
    assert (gitlab.webhook.secret, old) == (present, first)
    assert not present.startswith("whsec_")
    of_gitlab(gitlab).webhooks.is_old = False
    gitlab.said("rotate")
    signing, old = secrets(gitlab)
    assert (gitlab.webhook.facts["signing_token"], gitlab.webhook.secret, old) == (signing, "", present)


def test_a_gitlab_that_signs_no_longer_is_connected_further_and_what_signed_stays_accepted(
    gitlab: Desk,
) -> None:
    gitlab.connect()
    first = gitlab.webhook
    key = gitlab.forge_secret(first)
    of_gitlab(gitlab).webhooks.siblings["acme/backend"] = 7402
    of_gitlab(gitlab).webhooks.is_old = True
    gitlab.connect(full_names=("acme/backend",))
    present, old = secrets(gitlab)
    assert (gitlab.forge_secret(first), old) == (key, key)
    assert not present.startswith("whsec_")
    assert "acme/storefront still has the old secret" in gitlab.refused("rotate", "--finish")
    of_gitlab(gitlab).webhooks.is_old = False
    assert "the webhook of acme/storefront has the new secret" in gitlab.said("rotate")
    assert {gitlab.forge_secret(one) for one in gitlab.webhooks()} == {present}
    assert "is accepted no longer" in gitlab.said("rotate", "--finish")


def test_a_gitlab_that_stops_signing_amid_a_rotation_gives_every_webhook_the_plain_secret(
    gitlab: Desk,
) -> None:
    of_gitlab(gitlab).webhooks.siblings["acme/backend"] = 7402
    of_gitlab(gitlab).webhooks.is_old = True
    gitlab.connect(full_names=BOTH)
    of_gitlab(gitlab).webhooks.is_old = False
    fresh = dict[str, str]()

    def second_is_older(method: str, path: str) -> None:
        """The first webhook has the key when the server is put back to a version without signing."""
        if method == "PUT" and "7401" in path:
            fresh.setdefault("key", secrets(gitlab)[0])
            of_gitlab(gitlab).webhooks.is_old = True

    gitlab.forge.on_request = second_is_older
    gitlab.said("rotate")
    present, old = secrets(gitlab)
    assert old == fresh["key"], "until it got the plain one the first webhook signed with it"
    assert {one.secret for one in gitlab.webhooks()} == {present}
    assert "is accepted no longer" in gitlab.said("rotate", "--finish")


@pytest.mark.parametrize("arguments", [("rotate",), ("rotate", "--manual")])
def test_a_connection_without_a_webhook_of_ours_is_not_rotated_blindly(
    desk: Desk, arguments: tuple[str, ...]
) -> None:
    desk.connect()
    desk.said("disconnect")
    told = desk.refused(*arguments)
    assert "no webhook of the connection" in told or "on a terminal only" in told
