"""The databases of a server after its first start: making them anew is most of a short test."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app import migrations
from app.db import Database
from app.engine import Engine
from app.settings import Settings
from tests.releases.engines import ending_at_once


def begun(folder: Path) -> str:
    """Put the two SQLite files of a server that has done nothing yet into `folder`; the database's URL."""
    for name, content in _files().items():
        (folder / name).write_bytes(content)
    return _url(folder)


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'closeout.db'}"


@cache
def _files() -> dict[str, bytes]:
    with TemporaryDirectory() as name, ending_at_once():
        folder = Path(name)
        settings = Settings.load({"CLOSEOUT_DATABASE_URL": _url(folder)})
        db = Database(settings.database_url)
        migrations.upgrade(db)
        engine = Engine(settings, db)
        engine.launch()
        engine.stop()
        db.close()
        return {path.name: path.read_bytes() for path in folder.glob("*.db")}
