"""The container file: what it promises, and that its steps build something that runs as it promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.sandbox.server import free_port
from tests.container.building import ROOT, Building, close
from tests.container.dockerfile import Stage, is_sent, read

UID = 10001
STRANGER = UID if os.getuid() == 0 else None
"""The account that a process changes to, where we may change ours."""
EVERYWHERE = "0.0.0.0"  # noqa: S104 - inside a container
WATCHED = Path(__file__).parent / "watched"


@pytest.fixture(scope="module")
def final() -> Stage:
    return read(ROOT / "Dockerfile")[-1]


def test_it_passes_the_linter() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_it_runs_as_a_number_that_is_not_root_and_stops_and_listens_as_told(final: Stage) -> None:
    assert final.texts("USER") == [f"{UID}:{UID}"]
    assert final.texts("STOPSIGNAL") == ["SIGTERM"]
    assert final.texts("EXPOSE") == ["8080"]
    assert final.texts("VOLUME") == ["/data"]
    assert final.environment()["PYTHONDONTWRITEBYTECODE"] == "1"
    assert "org.opencontainers.image.licenses" in final.last("LABEL").text


def test_it_names_no_registry_and_no_index_and_downloads_only_what_is_pinned_to_hashes() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    stages = read(ROOT / "Dockerfile")
    assert {stage.base for stage in stages} == {"python:3.12-slim"}
    assert not re.search(r"https?://(?!127\.0\.0\.1)|index-url|find-links|curl|wget|apt-get", text)
    commands = [one for stage in stages for text in stage.texts("RUN") for one in text.split("&&")]
    for command in commands:
        if re.search(r"pip (.* )?install", command):
            assert "--require-hashes" in command or "--no-deps" in command


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("app/web/server.py", True),
        ("requirements.txt", True),
        ("config/closeout.yml", True),
        ("app/web/__pycache__/server.cpython-312.pyc", False),
        (".env", False),
        ("closeout.env", False),
        ("closeout.key", False),
        ("closeout.db", False),
        (".git/config", False),
        ("tests/conftest.py", False),
    ],
)
def test_the_build_gets_the_source_and_no_secret(path: str, sent: bool) -> None:
    assert is_sent(path, (ROOT / ".dockerignore").read_text(encoding="utf-8").split()) is sent


@pytest.fixture(scope="module")
def building() -> Iterator[Building]:
    # Not below pytest's own folder: that one is closed to the account that the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="closeout-image-")).resolve()
    folder.chmod(0o755)
    try:
        yield Building(folder)
    finally:
        for path in folder.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(folder)


def test_its_steps_build_a_server_that_runs_read_only_as_a_stranger_and_stops_when_told(
    building: Building,
) -> None:
    final = building.build()
    accounts = building.accounts.read_text(encoding="utf-8")
    data = building.image / "data"
    assert f"useradd --uid {UID} --gid {UID}" in accounts
    assert f"chown {UID}:{UID} {data}" in accounts
    assert not list(building.image.rglob("pip"))  # nothing that could install more
    temporary = building.folder / "tmp"
    temporary.mkdir()
    report = building.folder / "report"
    report.touch()
    if os.getuid() == 0:
        for path in (data, temporary, report):
            os.chown(path, UID, UID)
    close(building.image, but=data)
    before = files(building.image, but=data)
    with started(building, final, temporary, report) as (server, port, environment):
        healthcheck = final.last("HEALTHCHECK").text.partition(" CMD ")[2]
        assert "timeout" in healthcheck
        until_healthy(building, server, healthcheck.replace("8080", str(port)), environment)
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    assert report.read_text(encoding="utf-8") == ""
    assert files(building.image, but=data) == before
    assert (data / "closeout.db").stat().st_uid == (UID if os.getuid() == 0 else os.getuid())
    log = (building.folder / "log").read_text(encoding="utf-8")
    assert '"level": "error"' not in log


def files(folder: Path, *, but: Path) -> dict[Path, int]:
    found = (path for path in folder.rglob("*") if path != but and but not in path.parents)
    return {path: path.lstat().st_mtime_ns for path in found}


@contextmanager
def started(
    building: Building, final: Stage, temporary: Path, report: Path
) -> Iterator[tuple[subprocess.Popen[bytes], int, dict[str, str]]]:
    """What the image runs, as the account that it names where we may become another."""
    port = free_port()
    data = building.mapped("/data")
    environment = {
        **building.environment(final),
        "HOME": data,
        "TMPDIR": str(temporary),
        "PYTHONPATH": str(building.folder / "watched"),
        "WATCHED_ALLOWED": f"{data}:{temporary}:/dev/null",
        "WATCHED_REPORT": str(report),
    }
    shutil.copytree(WATCHED, building.folder / "watched")
    command = [*final.last("ENTRYPOINT").words, *final.last("CMD").words]
    assert command[-4:] == ["--host", EVERYWHERE, "--port", "8080"]
    command[-4:] = ["--host", "127.0.0.1", "--port", str(port)]
    with (building.folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command,
            cwd=data,
            env=environment,
            stdout=log,
            stderr=log,
            user=STRANGER,
            group=STRANGER,
            extra_groups=None if STRANGER is None else [],
        )
    try:
        yield server, port, environment
    finally:
        server.kill()
        server.wait()


def until_healthy(
    building: Building, server: subprocess.Popen[bytes], healthcheck: str, environment: dict[str, str]
) -> None:
    """Return once the container's own health check says that it is well."""
    command = json.loads(healthcheck)
    deadline = time.monotonic() + 60
    while subprocess.run(command, env=environment, capture_output=True, check=False).returncode:
        log = (building.folder / "log").read_text(encoding="utf-8")
        assert server.poll() is None, log
        assert time.monotonic() < deadline, log
        time.sleep(0.2)
