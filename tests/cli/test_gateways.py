"""`closeout gateways test`: whether a gateway can be used, without moving anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import closeout
from app.errors import CloseoutError
from app.sandbox.platform import SANDBOX_SECRET, SandboxPlatform
from app.sandbox.world import EXAMPLE


@pytest.fixture
def platform() -> Iterator[SandboxPlatform]:
    with SandboxPlatform() as one:
        yield one


def run(
    folder: Path, *arguments: str, url: str = "", secret: str = SANDBOX_SECRET, config: Path = EXAMPLE
) -> Result:
    environment = {
        "CLOSEOUT_CONFIG": str(config),
        "CLOSEOUT_DATABASE_URL": f"sqlite:///{folder}/closeout.db",
        "CLOSEOUT_PLATFORM_URL": url,
        "CLOSEOUT_PLATFORM_SECRET": secret,
    }
    return CliRunner().invoke(closeout, ["gateways", "test", *arguments], env=environment)


def test_a_gateway_that_knows_us_is_fine_and_orders_nothing(
    tmp_path: Path, platform: SandboxPlatform
) -> None:
    done = run(tmp_path, "platform", url=platform.events_url)
    assert (done.exit_code, done.stdout) == (0, f"ok      gateway platform: {platform.events_url} knows us\n")
    assert {one["kind"] for one in platform.journal.entries()} == {"asked"}


def test_a_wrong_secret_is_told_apart_from_a_missing_one(tmp_path: Path, platform: SandboxPlatform) -> None:
    other = f"whsec_{'A' * 43}="
    wrong = run(tmp_path, "platform", url=platform.events_url, secret=other)
    assert wrong.exit_code == 1
    assert "401: the signature does not fit" in wrong.stdout
    assert other not in wrong.stdout
    missing = run(tmp_path, "platform", url=platform.events_url, secret="")
    assert missing.exit_code == 1
    assert "CLOSEOUT_PLATFORM_SECRET: the secret of gateway platform is not set" in missing.stdout


def test_nobody_there_is_told_as_such_also_as_json(tmp_path: Path) -> None:
    done = run(tmp_path, "platform", "--json", url="http://127.0.0.1:9/events")
    assert done.exit_code == 1
    (found,) = json.loads(done.stdout)
    assert found["verdict"] == "broken"
    assert "could not connect" in found["said"]
    assert found["mend"]


def test_a_name_that_the_file_does_not_have_is_refused_with_those_that_it_has(tmp_path: Path) -> None:
    done = run(tmp_path, "bank")
    assert isinstance(done.exception, CloseoutError)
    assert "no gateway bank" in str(done.exception)
    assert "It names platform" in str(done.exception)


def test_a_file_that_can_not_be_read_is_what_is_wrong(tmp_path: Path) -> None:
    config = tmp_path / "closeout.yml"
    config.write_text("version: 2\n", encoding="utf-8")
    done = run(tmp_path, "platform", config=config)
    assert done.exit_code == 1
    assert f"{config}:1:10" in done.stdout
