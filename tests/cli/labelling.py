"""A contract file for one pretend forge, and `closeout labels sync` beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner, Result

from app.cli import closeout
from app.events import Label
from app.forges.base import Forge
from app.forges.registry import FORGES
from tests.forges.driver import ForgeDriver
from tests.releases.scene import contract_file, pretend_forge

HOLD = "closeout:hold"


@dataclass
class Desk:
    """A contract file for one pretend forge, and the command line beside it."""

    kind: str
    forge: ForgeDriver
    folder: Path
    database_url: str = ""

    def write(self, **more: Any) -> None:
        plain = contract_file(self.kind, self.forge, {}, **more)
        (self.folder / "closeout.yml").write_text(yaml.safe_dump(plain), encoding="utf-8")

    def sync(self, *options: str, **environment: str) -> Result:
        usual = {
            "CLOSEOUT_CONFIG": str(self.folder / "closeout.yml"),
            "CLOSEOUT_DATABASE_URL": self.database_url or f"sqlite:///{self.folder / 'none.db'}",
            "CLOSEOUT_FORGE_TOKEN": self.forge.token,
            "CLOSEOUT_FORGE_WEBHOOK_SECRET": "the hook's secret",
        }
        return CliRunner(env=usual | environment).invoke(closeout, ["labels", "sync", *options])

    def told(self, *options: str, status: int = 0) -> dict[str, tuple[str, str, str]]:
        """Action, note and mend of each label, as --json says."""
        result = self.sync("--json", *options)
        assert result.exit_code == status, result.stdout
        document = json.loads(result.stdout)
        return {one["label"]: (one["action"], one["note"], one["mend"]) for one in document["labels"]}

    @property
    def client(self) -> Forge:
        return FORGES[self.kind][1](self.forge.token, self.forge.api_url)

    def labels(self) -> dict[str, Label]:
        return {label.name: label for label in self.client.list_labels(self.forge.repository)}

    def writes(self) -> int:
        """How many requests so far changed something, or tried to."""
        return sum(method != "GET" for method, _ in self.forge.requests())


def labelling(kind: str, folder: Path) -> Iterator[Desk]:
    with pretend_forge(kind) as forge:
        desk = Desk(kind, forge, folder)
        desk.write()
        yield desk
