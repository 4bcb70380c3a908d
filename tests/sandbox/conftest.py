"""The pretend GitHub with its people, and somebody who takes its webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.sandbox.forge import SandboxForge
from tests.sandbox.forge_people import Receiver, as_, peopled_sandbox


@pytest.fixture
def sandbox() -> Iterator[SandboxForge]:
    with peopled_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Takes what is sent to it; nobody has told the forge of it yet."""
    receiver = Receiver()
    with receiver.server:
        yield receiver


@pytest.fixture
def listener(sandbox: SandboxForge, receiver: Receiver) -> Receiver:
    """Hears of everything in the repository."""
    config = {"url": receiver.url, "content_type": "json"}
    as_(sandbox, "olga").create_hook("web", config, events=["*"])
    sandbox.wait_until_sent()
    receiver.taken.clear()
    return receiver
