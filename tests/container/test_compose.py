"""compose.yaml: readable as the specification says, closed as far as it goes, and up on an empty machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from compose_spec import PyCompose, parse_duration

from app import engine
from app.cli import closeout, ending
from app.sandbox.server import free_port
from app.settings import Settings, for_child
from app.web import server
from tests.conftest import PostgresServer

FILE = Path(__file__).parents[2] / "compose.yaml"
OURS = ("web", "worker")
ALL = ("postgres", *OURS)
PASSWORD = "canary-7731"
_VARIABLE = re.compile(r"\$\{(\w+)(?::-(?P<default>[^}]*)|:\?(?P<refusal>[^}]*))?\}")


def interpolated(values: dict[str, str]) -> str:
    """The file with its variables filled in; fails, with the file's own words, where one is required.

    https://docs.docker.com/reference/compose-file/interpolation/
    """

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        if not values.get(name) and found["refusal"] is not None:
            raise LookupError(f"{name} {found['refusal']}")
        return values.get(name) or found["default"] or ""

    return _VARIABLE.sub(fill, FILE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    document = yaml.safe_load(interpolated({"POSTGRES_PASSWORD": PASSWORD}))
    found: dict[str, dict[str, Any]] = document["services"]
    return found


def test_it_is_what_the_compose_specification_knows() -> None:
    document = yaml.safe_load(interpolated({"POSTGRES_PASSWORD": PASSWORD}))
    compose = PyCompose.from_json(json.dumps(document))
    compose.validate()
    assert sorted(compose.service_names()) == sorted(ALL)


def test_without_a_password_it_says_how_to_make_one() -> None:
    with pytest.raises(LookupError, match="openssl rand -hex 24"):
        interpolated({})
    assert "openssl rand -hex 24" in FILE.read_text(encoding="utf-8").partition("name:")[0]


@pytest.mark.parametrize("name", ALL)
def test_each_service_is_closed_and_watched(services: dict[str, dict[str, Any]], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "network_mode", "pid", "devices"}
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    for path in service["tmpfs"]:
        assert path.partition(":")[0] in ("/tmp", "/var/run/postgresql")  # noqa: S108
    for port in service.get("ports", ()):
        assert port.startswith("127.0.0.1:")
    for other, how in service.get("depends_on", {}).items():
        assert how == {"condition": "service_healthy"}
        assert "healthcheck" in services[other]


def test_web_and_worker_share_the_file_the_key_and_the_database(services: dict[str, dict[str, Any]]) -> None:
    web, worker = (Settings.load(services[name]["environment"]) for name in OURS)
    assert web.database_url == worker.database_url
    assert f"closeout:{PASSWORD}@postgres/closeout" in web.database_url
    assert str(web.config) == str(worker.config) == "/data/closeout.yml"
    assert str(web.key_path) == str(worker.key_path) == "/data/closeout.key"
    assert services["web"]["volumes"] == services["worker"]["volumes"] == ["data:/data"]
    assert "CLOSEOUT_WORKER_ID" in services["worker"]["environment"]


@pytest.mark.parametrize("name", OURS)
def test_the_commands_are_ours_and_their_health_is_asked_where_they_listen(
    services: dict[str, dict[str, Any]], name: str
) -> None:
    command = services[name]["command"]
    found = closeout.get_command(
        closeout.make_context("closeout", ["--help"], resilient_parsing=True), command[0]
    )
    assert found is not None
    values = found.make_context(command[0], list(command[1:])).params
    assert values.get("port", values.get("health_port")) == 8080
    assert "http://127.0.0.1:8080/healthz" in services[name]["healthcheck"]["test"][-1]


def test_a_container_gets_the_time_that_a_stop_may_take(services: dict[str, dict[str, Any]]) -> None:
    longest_s = server.FINISH_WITHIN_S + ending.END_WITHIN_S
    assert engine.FINISH_WITHIN_S < ending.END_WITHIN_S
    for name in OURS:
        assert parse_duration(services[name]["stop_grace_period"]) > longest_s


def test_on_an_empty_machine_both_come_up_and_stop_with_0(
    services: dict[str, dict[str, Any]], tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """With a database and nothing else: no contract file, no connection."""
    url = postgres_server.create("compose")
    with up(services["web"], tmp_path, url) as web, up(services["worker"], tmp_path, url) as worker:
        states = until_ready(web[1], tmp_path)
        until_ready(worker[1], tmp_path)
        assert states["database"] == "ok"
        for process, _ in (web, worker):
            process.terminate()
        assert [process.wait(60) for process, _ in (web, worker)] == [0, 0]
    postgres_server.drop("compose")


@contextmanager
def up(service: dict[str, Any], folder: Path, url: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A service's command in its environment, with `folder` for /data and a free port of this machine."""
    port = str(free_port())
    here = {"0.0.0.0": "127.0.0.1", "8080": port}  # noqa: S104
    environment = {
        name: value.replace("/data", str(folder)) for name, value in service["environment"].items()
    }
    with (folder / f"{port}.log").open("wb") as log:
        process = subprocess.Popen(
            [
                Path(sys.executable).with_name("closeout"),
                *(here.get(word, word) for word in service["command"]),
            ],
            cwd=folder,
            env=for_child({**environment, "CLOSEOUT_DATABASE_URL": url}),
            stdout=log,
            stderr=log,
        )
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def until_ready(url: str, folder: Path) -> dict[str, str]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            answer = requests.get(f"{url}/readyz", timeout=10)
        except requests.ConnectionError:
            time.sleep(0.1)
            continue
        if answer.status_code == 200:
            states: dict[str, str] = answer.json()
            return states
    raise AssertionError("\n".join(log.read_text() for log in folder.glob("*.log")))
