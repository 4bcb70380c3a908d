"""`closeout labels sync` where a server has seen the labels before: their ids decide, not their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import Database
from app.events import Repository
from app.milestones.contract import RepositoryKey
from app.releases.decision.identities import Identities
from tests.cli.labelling import HOLD, Desk, labelling
from tests.releases.scene import FORGE_KINDS, LABEL, OTHER


@pytest.fixture(params=FORGE_KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    yield from labelling(request.param, tmp_path)


@pytest.fixture
def known(desk: Desk, db: Database) -> Desk:
    """The label of the first milestone, and its repository, were seen by a server."""
    desk.database_url = db.url
    desk.forge.open_issue("Login", [LABEL], desk.forge.add_person("dana", "write"))
    names = Identities(db, {"forge": desk.client})
    repository = names.repository(RepositoryKey("forge", "acme/storefront"))
    assert names.label_problem("forge", repository, desk.labels()[LABEL]) == ""
    return desk


def test_a_label_that_somebody_deleted_is_not_made_again_unasked(known: Desk) -> None:
    id_ = known.labels()[LABEL].id
    known.forge.delete_label(LABEL)
    action, note, mend = known.told(status=1)[LABEL]
    assert (action, note) == ("leave", f"somebody deleted it: its id was {id_}")
    assert f"closeout identities forget forge label acme/storefront/{LABEL}" in mend
    assert set(known.labels()) == {OTHER, HOLD}


def test_a_label_that_was_renamed_away_is_not_made_a_second_time(known: Desk) -> None:
    known.forge.rename_label(LABEL, "done")
    assert known.told(status=1)[LABEL][1] == "somebody renamed it to done"
    assert set(known.labels()) == {"done", OTHER, HOLD}


def test_a_label_that_is_what_it_was_is_mended(known: Desk) -> None:
    assert known.told()[LABEL][0] == "mend"


def test_a_repository_made_anew_under_the_old_name_gets_nothing(known: Desk) -> None:
    known.forge.recreate_repository()
    usurper = known.client.read_repository(Repository("", "acme/storefront"))
    told = known.told(status=1)
    assert list(told) == [""]
    assert known.client.list_labels(usurper) == []
