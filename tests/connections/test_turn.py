"""A browser and a command that connect at once: the second one sees what the first one did."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import requests

from app.connections.turn import alone
from app.db import Database
from tests.connections.desk import CANARY, PRESENT, Desk, pretend
from tests.fakes.door import serving
from tests.web.setup.conftest import empty_server

OURS = {"LAB_FORGE": "gitlab", "LAB_TOKEN": "glpat-of-the-first", "LAB_WEBHOOK_SECRET": "the-first-secret"}
"""What whoever came first stores; beside it LAB_API_URL, another server."""


def eventually(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_waits_for_the_other_whatever_each_is(db: Database) -> None:
    entered, other = threading.Event(), Database(db.url)  # as another process has it

    def wait() -> None:
        with alone(other):
            entered.set()

    waiting = threading.Thread(target=wait)
    with alone(db):
        waiting.start()
        assert not entered.wait(0.3)
    assert entered.wait(30)
    waiting.join()
    other.close()


def test_a_command_sees_what_was_connected_while_it_asked_the_forge(gitlab: Desk) -> None:
    refusals: list[str] = []

    def connect() -> None:
        refusals.append(gitlab.refused(*gitlab.connecting("--name", "lab")))

    command = threading.Thread(target=connect)
    with alone(gitlab.db):
        command.start()
        eventually(gitlab.forge.requests)  # the name was free when it was looked at
        gitlab.kept("lab").put({name.removeprefix("LAB_"): value for name, value in OURS.items()})
        gitlab.kept("lab").put({"API_URL": "https://first.example"})
    command.join(60)
    assert "the connection lab is https://first.example in the vault" in refusals[0]
    assert gitlab.webhooks() == []
    assert gitlab.vault()["LAB_TOKEN"] == "glpat-of-the-first"


def test_a_browser_sees_what_a_command_connected_meanwhile(database_url: str, tmp_path: Path) -> None:
    answers: list[requests.Response] = []
    with empty_server(database_url, tmp_path) as empty:
        operator, beside = empty.operator(), Database(database_url)
        operator.tell_address()
        for forge in serving(pretend("gitlab")):
            fields = {"name": "lab", "url": forge.api_url, "token": CANARY, "repositories": PRESENT}

            def send(fields: dict[str, str] = fields) -> None:
                answers.append(operator.send("/setup/token", forge="gitlab", **fields))

            browser = threading.Thread(target=send)
            with alone(beside):
                browser.start()
                browser.join(0.5)
                assert forge.requests() == []
                empty.vault.put({**OURS, "LAB_API_URL": "https://first.example"})
            browser.join(60)
            assert forge.webhooks.registered == {}
        beside.close()
        assert answers[0].status_code == 422
        assert "connection lab is https://first.example in the vault" in answers[0].text
        assert empty.vault.values()["LAB_TOKEN"] == "glpat-of-the-first"
