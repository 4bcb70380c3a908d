"""What was typed and can not be done: nothing is stored, and it says what to mend."""

from __future__ import annotations

import pytest

from tests.connections.desk import CANARY, Desk, Listener, nothing_happened


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


@pytest.mark.parametrize("content", ["two words of it", "short", "tökén-of-the-bot"])
def test_what_can_be_no_token_is_refused_without_being_shown(desk: Desk, content: str) -> None:
    desk.give_token(content)
    told = desk.refused(*desk.connecting())
    assert "this is no access token" in told
    assert content not in told
    assert desk.forge.requests() == []


def test_an_empty_token_file_is_named(desk: Desk) -> None:
    desk.give_token("")
    assert "token: there is nothing in it" in desk.refused(*desk.connecting())
    assert nothing_happened(desk)


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


def test_a_token_of_the_environment_is_sent_to_no_server_that_was_only_typed(
    desk: Desk, listener: Listener
) -> None:
    stem = f"CLOSEOUT_{desk.kind.upper()}"
    desk.environment[f"{stem}_TOKEN"] = CANARY
    arguments = without(desk.connecting(), "--token-file")
    elsewhere = ["connect", listener.server.url, *arguments[2:]]
    for typed in (arguments, elsewhere):
        told = desk.refused(*typed)
        assert told.startswith(f"{stem}_TOKEN: nothing says that the environment's token is for this server")
        assert f"{stem}_API_URL" in told
    assert desk.forge.requests() == []
    assert nothing_happened(desk)
    desk.environment[f"{stem}_API_URL"] = desk.forge.api_url
    assert "disconnect that one first" in desk.refused(*elsewhere)
    assert listener.heard == []
    assert "was made" in desk.said(*arguments)


def test_a_token_of_the_environment_is_for_the_server_of_the_file(desk: Desk) -> None:
    desk.environment[f"CLOSEOUT_{desk.kind.upper()}_TOKEN"] = CANARY
    desk.write_file(api_url=desk.forge.api_url)
    assert "was made" in desk.said(*without(desk.connecting(), "--token-file"))


def test_a_token_of_the_environment_that_is_given_once_more_may_go_to_the_server_that_is_typed(
    desk: Desk,
) -> None:
    desk.environment[f"CLOSEOUT_{desk.kind.upper()}_TOKEN"] = CANARY
    assert "was made" in desk.connect()


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
