"""Migrations: they make exactly the tables that the code describes, on both databases, at any time."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from app import migrations
from app.db import Database

VERSIONS = sorted((Path(migrations.__file__).parent / "versions").glob("[0-9]*.py"))[1:]
WIDER = {"0009_payments"}
"""Those that let more be, and all of it would be distinct for the version before by a column's default."""
"""All but the one that made the first tables."""

UPGRADE = """
import sys
from app import migrations
from app.db import Database
print("ready", flush=True)
sys.stdin.readline()
migrations.upgrade(Database(sys.argv[1]))
"""


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    db = Database(empty_database_url)
    yield db
    db.close()


def tables(db: Database) -> set[str]:
    with db.reading() as connection:
        return set(sa.inspect(connection).get_table_names())


def test_the_migrations_make_exactly_the_tables_of_the_code(empty: Database) -> None:
    migrations.upgrade(empty)
    with empty.reading() as connection:
        # Alembic takes SQLite's '' for another default than the empty text, so PostgreSQL speaks for both.
        options = {"compare_type": True, "compare_server_default": not empty.is_sqlite}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, migrations.all_tables()) == []
    assert set(migrations.all_tables().tables) < tables(empty)


def test_the_unfinished_deliveries_have_an_index_of_their_own(db: Database) -> None:
    with db.reading() as connection:
        indexes = {index["name"]: index for index in sa.inspect(connection).get_indexes("deliveries")}
    options = indexes["ix_deliveries_due_at"]["dialect_options"]
    assert "due_at IS NOT NULL" in str(options.get("sqlite_where", options.get("postgresql_where")))


def test_running_the_migrations_again_changes_nothing(db: Database) -> None:
    before = tables(db)
    migrations.upgrade(db)
    assert tables(db) == before


def test_two_processes_that_start_at_once_take_turns(empty: Database) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, empty.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, problem = process.communicate(timeout=60)
        assert process.returncode == 0, problem
    assert set(migrations.all_tables().tables) < tables(empty)


def test_a_migration_can_be_taken_back(empty: Database) -> None:
    migrations.upgrade(empty)
    with empty.transaction() as connection:
        command.downgrade(migrations.alembic_config(connection), "base")
    assert tables(empty) == {"alembic_version"}


def test_a_version_does_not_start_on_what_a_newer_one_brought_up_to_date(db: Database) -> None:
    with db.transaction() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    before = tables(db)
    with pytest.raises(migrations.NewerDatabase, match="9999") as caught:
        migrations.upgrade(db)
    assert "restore a backup from before" in caught.value.mend
    assert tables(db) == before


@pytest.mark.parametrize("path", VERSIONS, ids=[path.stem for path in VERSIONS])
def test_a_migration_takes_nothing_away_that_a_process_of_the_version_before_needs(path: Path) -> None:
    (upgrade,) = (
        one
        for one in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(one, ast.FunctionDef) and one.name == "upgrade"
    )
    calls = [one for one in ast.walk(upgrade) if isinstance(one, ast.Call)]
    names = {ast.unparse(call.func).rpartition(".")[2] for call in calls}
    if "create_unique_constraint" in names:  # a wider one in its place: what was unique is so still
        assert path.stem in WIDER
        names -= {"drop_constraint"}
    assert not {name for name in names if name.startswith(("drop_", "rename_", "execute"))}
    for call in calls:
        told = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        if ast.unparse(call.func).endswith(".add_column"):
            column = call.args[-1]
            assert isinstance(column, ast.Call)
            told = {keyword.arg: ast.unparse(keyword.value) for keyword in column.keywords}
            assert told["nullable"] == "True" or "server_default" in told
        elif ast.unparse(call.func).endswith(".alter_column"):
            assert set(told) == {"existing_type", "nullable"}
            assert told["nullable"] == "True"
