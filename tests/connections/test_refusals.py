"""What `connect` refuses, each with the reason and the mend, before anything is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.sandbox.http import LocalServer
from tests.connections.desk import PRESENT, Desk
from tests.fakes.gitea import PretendGitea
from tests.fakes.gitlab import PretendGitLab

Change = Callable[[Desk], None]


def of_gitlab(desk: Desk) -> PretendGitLab:
    assert isinstance(desk.forge, PretendGitLab)
    return desk.forge


def of_gitea(desk: Desk) -> PretendGitea:
    assert isinstance(desk.forge, PretendGitea)
    return desk.forge


def nothing_happened(desk: Desk) -> bool:
    return (desk.vault(), desk.book(), desk.webhooks()) == ({}, [], [])


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


@pytest.fixture
def website() -> Iterator[str]:
    """A server of another kind: a page for everything."""

    def page(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "4")])
        return [b"<p/>"]

    with LocalServer(page) as server:
        yield server.url


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


def without(arguments: tuple[str, ...], option: str) -> list[str]:
    """The arguments but an option and its value."""
    place = arguments.index(option)
    return [*arguments[:place], *arguments[place + 2 :]]


def test_nobody_said_where_this_server_is_reached(desk: Desk) -> None:
    told = desk.refused(*without(desk.connecting(), "--public-url"))
    assert told.startswith("--public-url: the forge has to know where this server is reached")
    assert desk.forge.requests() == []


def test_no_repository_is_named_anywhere(desk: Desk) -> None:
    assert "neither here nor by a contract" in desk.refused(*desk.connecting(full_names=()))


@pytest.mark.parametrize(
    "full_name", ["storefront", "acme/../etc", "acme/store front", "https://x/acme/storefront"]
)
def test_what_is_no_repository_is_refused_before_anything_is_asked(desk: Desk, full_name: str) -> None:
    assert "is no " in desk.refused(*desk.connecting(full_names=(full_name,)))
    assert desk.forge.requests() == []


def test_without_a_terminal_a_token_has_to_come_from_somewhere(desk: Desk) -> None:
    told = desk.refused(*without(desk.connecting(), "--token-file"))
    assert "--token-file: there is no terminal" in told


@pytest.mark.parametrize("content", ["", "two words of it", "short", "tökén-of-the-bot"])
def test_what_can_be_no_token_is_refused_without_being_shown(desk: Desk, content: str) -> None:
    desk.give_token(content)
    told = desk.refused(*desk.connecting())
    assert "this is no access token" in told
    assert not content or content not in told
    assert desk.forge.requests() == []


def test_a_token_file_that_is_not_there_is_named(desk: Desk) -> None:
    (desk.folder / "token").unlink()
    assert "token: can not be read: No such file" in desk.refused(*desk.connecting())


@pytest.mark.parametrize(
    "url", ["", "https://", "ftp://git.example", "https://me:pass@git.example", "git lab"]
)
def test_what_is_no_address_of_a_server_is_refused(desk: Desk, url: str) -> None:
    arguments = [word if word != desk.forge.api_url else url for word in desk.connecting()]
    told = desk.refused(*arguments)
    assert told.startswith("URL: this is not the address of a server")
    assert "pass" not in told


@pytest.mark.parametrize(
    ("name", "reason"), [("My Lab", "is no name"), ("status", "would read CLOSEOUT_STATUS_TOKEN")]
)
def test_a_name_that_is_none_or_reads_another_setting_is_refused(desk: Desk, name: str, reason: str) -> None:
    assert reason in desk.refused(*desk.connecting("--name", name))


def test_a_name_whose_old_secret_is_another_connections_secret_is_refused(desk: Desk) -> None:
    desk.write_file(api_url=desk.forge.api_url, name="lab-old")
    told = desk.refused(*desk.connecting("--name", "lab"))
    assert "lab would read CLOSEOUT_LAB_OLD_WEBHOOK_SECRET" in told


def test_a_name_that_is_another_forges_is_refused(gitlab: Desk) -> None:
    gitlab.connect()
    gitlab.kind = "gitea"
    assert "the connection gitlab is gitlab" in gitlab.refused(*gitlab.connecting("--name", "gitlab"))


def test_a_connection_is_not_moved_to_another_server_and_its_token_not_sent_there(
    desk: Desk, website: str
) -> None:
    desk.connect()
    asked = len(desk.forge.requests())
    told = desk.refused("connect", website)
    assert f"is {desk.forge.api_url} in the vault" in told
    assert "disconnect" in told
    assert len(desk.forge.requests()) == asked


def test_the_file_and_the_command_have_to_mean_one_server(desk: Desk) -> None:
    desk.write_file(api_url="https://git.example")
    assert "is https://git.example in the file" in desk.refused(*desk.connecting())
    desk.write_file(api_url=f"{desk.forge.api_url}/api/{'v4' if desk.kind == 'gitlab' else 'v1'}/")
    desk.connect()


def test_an_environment_that_says_otherwise_is_told_of_and_nothing_is_half_stored(desk: Desk) -> None:
    variable = f"CLOSEOUT_{desk.kind.upper()}_TOKEN"
    desk.environment[variable] = "another-token-of-the-environment"
    told = desk.refused(*desk.connecting())
    assert told.startswith(f"{variable}: the environment sets this, and what it says wins")
    assert nothing_happened(desk)


def test_a_public_url_that_the_environment_contradicts_is_refused(desk: Desk) -> None:
    desk.environment["CLOSEOUT_PUBLIC_URL"] = "https://closeout.studio.example"
    assert "the environment says https://closeout.studio.example" in desk.refused(*desk.connecting())


def test_a_local_address_that_gitlab_refuses_says_who_may_allow_it(gitlab: Desk) -> None:
    of_gitlab(gitlab).webhooks.allows_local = False
    told = gitlab.refused(*gitlab.connecting())
    assert "Invalid url given" in told
    assert "Outbound requests" in told
    of_gitlab(gitlab).webhooks.allows_local = True
    assert "was made" in gitlab.connect()


def test_a_local_or_unencrypted_address_is_warned_of_and_a_public_one_is_not(desk: Desk) -> None:
    told = desk.connect("--dry-run")
    assert "is not encrypted" in told
    assert "is a local address" in told
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
