"""At a real terminal: the token is asked for without an echo, and a secret is shown to be pasted."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from app.settings import for_child
from tests.connections.desk import CANARY, Desk

PATIENCE_S = 60
COMMAND = """
import runpy
from app.connections import kept
kept.TAKEN_UP_S = 0.0
runpy.run_module("app", run_name="__main__")
"""
"""The command, without the pause for a running server: there is none."""


def at_terminal(desk: Desk, *arguments: str, typed: str = "") -> tuple[int, str]:
    """Run `closeout KIND …` on a terminal of its own: (exit status, all that stood on the screen)."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, desk.kind, *arguments],
        env=for_child(desk.environment),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    screen = b""
    while True:
        try:
            seen = os.read(ours, 65536)
        except OSError:  # the other side is closed
            break
        if not seen:
            break
        screen += seen
        if typed and b"Access token of" in screen:
            os.write(ours, typed.encode() + b"\n")
            typed = ""
    os.close(ours)
    return process.wait(PATIENCE_S), screen.decode()


def without_token_file(desk: Desk, *more: str) -> list[str]:
    arguments = desk.connecting(*more)
    place = arguments.index("--token-file")
    return [*arguments[:place], *arguments[place + 2 :]]


def test_the_token_is_asked_for_and_does_not_stand_on_the_screen(gitlab: Desk) -> None:
    status, screen = at_terminal(gitlab, *without_token_file(gitlab), typed=CANARY)
    assert status == 0, screen
    assert "Access token of GitLab" in screen
    assert CANARY not in screen
    assert gitlab.secret() not in screen
    assert gitlab.vault()["GITLAB_TOKEN"] == CANARY


def test_by_hand_prints_what_to_click_and_the_secret_and_makes_nothing(desk: Desk) -> None:
    status, screen = at_terminal(desk, *desk.connecting("--manual"))
    assert status == 0, screen
    assert desk.webhooks() == []
    assert f"URL: {desk.public_url}/hooks/{desk.kind}" in screen
    assert re.search(r"Secret( token)?: see below", screen)
    assert f"The secret: {desk.secret()}" in screen
    assert not desk.secret().startswith("whsec_")
    assert CANARY not in screen


def test_by_hand_works_for_a_token_that_may_not_make_webhooks(gitlab: Desk) -> None:
    gitlab.forge.robot.role = "triage"
    status, screen = at_terminal(gitlab, *gitlab.connecting("--manual"))
    assert status == 0, screen
    assert f"The secret: {gitlab.secret()}" in screen
    _, again = at_terminal(gitlab, *gitlab.connecting("--manual"))
    assert f"The secret: {gitlab.secret()}" in again


def test_rotating_by_hand_prints_the_new_secret(gitea: Desk) -> None:
    at_terminal(gitea, *gitea.connecting("--manual"))
    first = gitea.secret()
    status, screen = at_terminal(gitea, "rotate", "--manual")
    assert status == 0, screen
    assert gitea.secret() in screen
    assert first not in screen
    assert gitea.vault()["GITEA_OLD_WEBHOOK_SECRET"] == first
    second = gitea.secret()
    _, again = at_terminal(gitea, "rotate", "--manual")
    assert (gitea.secret(), gitea.vault()["GITEA_OLD_WEBHOOK_SECRET"]) == (second, first)
    assert second in again
    gitea.said("rotate", "--finish")
    assert "GITEA_OLD_WEBHOOK_SECRET" not in gitea.vault()


def test_a_signing_key_is_not_offered_for_pasting(gitlab: Desk) -> None:
    gitlab.connect()
    status, screen = at_terminal(gitlab, *gitlab.connecting("--manual"))
    assert status == 1
    assert "sign with a key that can not be pasted" in " ".join(screen.split())
    assert gitlab.secret() not in screen


@pytest.mark.parametrize("arguments", [("connect",), ("rotate",)])
def test_a_secret_is_printed_on_no_pipe(desk: Desk, arguments: tuple[str, ...]) -> None:
    typed = desk.connecting() if arguments == ("connect",) else arguments
    assert "on a terminal only" in desk.refused(*typed, "--manual")
    assert desk.vault() == {}
