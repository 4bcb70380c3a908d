"""What `connect` refuses, each with the reason and the mend, before anything is stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.connections.desk import PRESENT, Desk, nothing_happened, of_gitea, of_gitlab

Change = Callable[[Desk], None]


def other_token(desk: Desk) -> None:
    desk.give_token("glpat-somebody-elses-token-1")


def expired(desk: Desk) -> None:
    of_gitlab(desk).webhooks.is_expired = True


def reading_only(desk: Desk) -> None:
    of_gitlab(desk).webhooks.scopes = ["read_api", "read_user"]


def repository_only(desk: Desk) -> None:
    of_gitlab(desk).webhooks.scopes = ["read_repository"]


def reporter(desk: Desk) -> None:
    of_gitlab(desk).robot.role = "triage"


def stranger(desk: Desk) -> None:
    of_gitlab(desk).robot.role = "none"


def without_issues(desk: Desk) -> None:
    desk.forge.webhooks.has_issues = False


def archived(desk: Desk) -> None:
    desk.forge.webhooks.is_archived = True


def writer(desk: Desk) -> None:
    desk.forge.robot.role = "write"


def scopes(*kept: str) -> Change:
    def change(desk: Desk) -> None:
        of_gitea(desk).webhooks.scopes = frozenset(kept)

    return change


GITLAB: list[tuple[Change, str]] = [
    (other_token, "the token is not valid there"),
    (expired, "the token is not valid there: it is mistyped, expired, revoked"),
    (reading_only, "the token has the scopes read_api, read_user and lacks api"),
    (repository_only, "the token lacks the scope api"),
    (reporter, "webhooks need the role Maintainer, and closeout-bot is Reporter there"),
    (stranger, "webhooks need the role Maintainer, and closeout-bot is no member"),
    (without_issues, "acme/storefront: issues are switched off"),
    (archived, "acme/storefront: the project is archived"),
]
GITEA: list[tuple[Change, str]] = [
    (other_token, "the token is not valid there"),
    (writer, "is no administrator of it, and Closeout reads roles there"),
    (without_issues, "acme/storefront: issues are switched off"),
    (archived, "acme/storefront: it is archived"),
    (scopes("write:repository", "write:issue", "read:organization"), "the token lacks the scope read:user"),
    (scopes("write:repository", "read:user", "read:organization"), "the token lacks the scope write:issue"),
    (scopes("write:repository", "write:issue", "read:user"), "the token lacks the scope read:organization"),
]


@pytest.mark.parametrize(("change", "reason"), GITLAB, ids=[change.__name__ for change, _ in GITLAB])
def test_gitlab_is_not_connected_where_token_rights_or_project_fall_short(
    gitlab: Desk, change: Change, reason: str
) -> None:
    change(gitlab)
    assert reason in gitlab.refused(*gitlab.connecting())
    assert nothing_happened(gitlab)


@pytest.mark.parametrize(("change", "reason"), GITEA, ids=[reason[:30] for _, reason in GITEA])
def test_gitea_is_not_connected_where_token_rights_or_repository_fall_short(
    gitea: Desk, change: Change, reason: str
) -> None:
    change(gitea)
    assert reason in gitea.refused(*gitea.connecting())
    assert nothing_happened(gitea)


def test_every_lack_is_told_at_once(gitlab: Desk) -> None:
    without_issues(gitlab)
    reading_only(gitlab)
    told = gitlab.refused(*gitlab.connecting())
    assert "lacks api" in told
    assert "issues are switched off" in told


def test_a_repository_that_the_token_does_not_see_is_named(desk: Desk) -> None:
    told = desk.refused(*desk.connecting(full_names=("acme/unknown",)))
    assert "acme/unknown" in told
    assert nothing_happened(desk)


def test_a_server_of_another_kind_is_recognised(desk: Desk, website: str) -> None:
    arguments = [word if word != desk.forge.api_url else website for word in desk.connecting()]
    assert "this is no Git" in desk.refused(*arguments)


def test_gitlab_and_gitea_are_not_taken_for_each_other(gitlab: Desk, gitea: Desk) -> None:
    arguments = [
        word if word != gitlab.forge.api_url else gitea.forge.api_url for word in gitlab.connecting()
    ]
    assert "this is no GitLab" in gitlab.refused(*arguments)
    arguments = [word if word != gitea.forge.api_url else gitlab.forge.api_url for word in gitea.connecting()]
    assert "this is no Gitea or Forgejo" in gitea.refused(*arguments)


def test_a_server_that_does_not_answer_is_told_of(desk: Desk) -> None:
    arguments = [word if word != desk.forge.api_url else "http://127.0.0.1:9" for word in desk.connecting()]
    assert "can not be reached" in desk.refused(*arguments)


def test_a_local_address_that_gitlab_refuses_says_who_may_allow_it(gitlab: Desk) -> None:
    of_gitlab(gitlab).webhooks.allows_local = False
    told = gitlab.refused(*gitlab.connecting())
    assert "Invalid url given" in told
    assert "Outbound requests" in told
    of_gitlab(gitlab).webhooks.allows_local = True
    assert "was made" in gitlab.connect()


def test_a_local_or_unencrypted_address_is_warned_of_and_a_public_one_is_not(desk: Desk) -> None:
    told = desk.connect("--dry-run")
    assert "is plain http" in told
    assert "only this machine or its own network reaches" in told
    public = [
        word if word != desk.public_url else "https://closeout.studio.example" for word in desk.connecting()
    ]
    assert "Warning" not in desk.said(*public, "--dry-run")


@pytest.mark.parametrize(
    ("days", "words"), [(0, "ends today"), (1, "ends in 1 day, on"), (30, "ends in 30 days, on"), (31, "")]
)
def test_a_token_that_ends_soon_is_warned_of(gitlab: Desk, days: int, words: str) -> None:
    ends = datetime.now(UTC).date() + timedelta(days=days)
    of_gitlab(gitlab).webhooks.expires_at = ends.isoformat()
    told = gitlab.connect()
    assert (f"Warning: the token {words}" in told) if words else ("Warning: the token" not in told)
    assert ends.isoformat() in told


def test_a_role_that_may_see_but_not_make_webhooks_is_told_what_to_click(gitlab: Desk) -> None:
    of_gitlab(gitlab).webhooks.is_read_only = True
    result = gitlab.call(*gitlab.connecting())
    assert result.exit_code != 0
    assert f"https://gitlab.example/{PRESENT}/-/hooks" in result.output
    assert f"URL: {gitlab.public_url}/hooks/gitlab" in result.output
    assert "--manual" in str(result.exception)
    assert gitlab.secret() not in result.output


def test_a_gitea_token_that_may_not_write_is_told_which_scopes_it_needs(gitea: Desk) -> None:
    scopes("read:repository", "write:issue", "read:user", "read:organization")(gitea)
    result = gitea.call(*gitea.connecting())
    assert "write:repository" in str(result.exception)
    assert "Trigger on custom events: Issues, Issues labeled" in result.output


def test_a_forge_that_sends_the_token_back_does_not_get_it_printed(
    gitlab: Desk, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from flask import make_response

    from app.cli import main

    def echo(method: str, path: str) -> None:
        gitlab.forge.app.view_functions = {
            name: lambda **_: make_response({"message": f"bad token {gitlab.forge.token}"}, 400)
            for name in gitlab.forge.app.view_functions
        }

    gitlab.forge.on_request = echo
    for name, value in gitlab.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["closeout", "gitlab", *gitlab.connecting()])
    with pytest.raises(SystemExit):
        main()
    printed = "".join(capfd.readouterr())
    assert "bad token [redacted]" in printed
    assert gitlab.forge.token not in printed
