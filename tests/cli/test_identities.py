"""`closeout identities`: what names meant at first, and forgetting one so that it is looked up again."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.db import Database
from app.events import Label, Person, Repository
from app.inbox.tables import deliveries
from app.milestones.contract import RepositoryKey
from app.milestones.rules import NamedPerson
from app.releases.decision.identities import Identities
from tests.cli.prepared import CONTRACT, Desk
from tests.milestones.example import SECOND, TEXT, edited
from tests.releases.examples import seen

RULES = edited(
    ("    milestones:  #", "    rules: {closers: {roles: [write], users: [Lena]}}\n    milestones:  #"),
    ("criteria: [Contract signed by both parties]", "criteria: [Signed], rules: {closers: {users: [noor]}}"),
)
STOREFRONT = Repository("7732", "acme/storefront")


class Forge:
    """Answers the two questions by which a name becomes known."""

    def read_repository(self, repository: Repository) -> Repository:
        return Repository(
            {"acme/storefront": "7732", "beta/site": "88"}[repository.full_name], repository.full_name
        )

    def find_person(self, login: str) -> Person | None:
        return {"Lena": Person("100", "lena"), "noor": Person("103", "noor")}.get(login)


@pytest.fixture
def desk(sqlite_db: Database, tmp_path: Path) -> Desk:
    """A repository, two people and two labels were seen; milestone 3 waits, 2 is released."""
    desk = Desk(sqlite_db, tmp_path, RULES)
    know(desk)
    desk.invoiced(2)
    desk.decide(3, seen(13, is_open=True))
    return desk


def know(desk: Desk, *labels: tuple[Repository, str, str]) -> None:
    names = Identities(desk.db, {"github": Forge()})  # type: ignore[dict-item]
    names.repository(RepositoryKey("github", "acme/storefront"))
    names.people([NamedPerson("github", "Lena"), NamedPerson("github", "noor")])
    for repository, name, id_ in (
        (STOREFRONT, "milestone:ui-prototype", "55"),
        (STOREFRONT, "milestone:uat", "56"),
        *labels,
    ):
        assert names.label_problem("github", repository, Label(id_, name)) == ""


def told_to_look(desk: Desk) -> dict[str, str]:
    """The milestones that Closeout told itself to look at again, and why."""
    with desk.db.reading() as connection:
        rows = connection.execute(sa.select(deliveries.c.body).where(deliveries.c.source == "closeout"))
        bodies = [json.loads(zlib.decompress(row.body)) for row in rows]
    return {f"{body['contract']}/{body['index']}": body["why"] for body in bodies}


def listed(desk: Desk) -> set[tuple[str, str]]:
    return {(one["kind"], one["shown"]) for one in json.loads(desk.said("identities", "--json"))}


def test_names_are_listed_with_what_they_meant_at_first(db: Database, tmp_path: Path) -> None:
    desk = Desk(db, tmp_path, RULES)
    know(desk)
    lines = desk.said("identities").splitlines()
    assert lines[0].split() == ["connection", "kind", "name", "id", "first", "seen"]
    assert [line.split()[:4] for line in lines[2:]] == [
        ["github", "label", "acme/storefront/milestone:uat", "56"],
        ["github", "label", "acme/storefront/milestone:ui-prototype", "55"],
        ["github", "person", "lena", "100"],
        ["github", "person", "noor", "103"],
        ["github", "repository", "acme/storefront", "7732"],
    ]


def test_json_has_the_stored_name_and_the_one_for_people(desk: Desk) -> None:
    (label,) = [one for one in json.loads(desk.said("identities", "--json")) if one["forge_id"] == "55"]
    assert label.pop("first_seen_at")[:2] == "20"
    assert label == {
        "connection": "github",
        "kind": "label",
        "name": "7732/milestone:ui-prototype",
        "forge_id": "55",
        "repositories": ["acme/storefront"],
        "shown": "acme/storefront/milestone:ui-prototype",
    }


def test_before_anything_was_looked_up_it_says_when_that_happens(sqlite_db: Database, tmp_path: Path) -> None:
    assert "No name was looked up yet" in Desk(sqlite_db, tmp_path).said("identities")
    assert json.loads(Desk(sqlite_db, tmp_path).said("identities", "--json")) == []


@pytest.mark.parametrize("name", ["milestone:uat", "acme/storefront/milestone:uat", "7732/milestone:uat"])
def test_a_forgotten_label_is_told_and_its_open_milestone_is_looked_at_again(desk: Desk, name: str) -> None:
    said = desk.said("identities", "forget", "github", "label", name, "--yes", "--as", "olga")
    assert said.startswith("Forgot the label acme/storefront/milestone:uat of github, which was 56 when it")
    assert f"Looked at again as soon as closeout serve takes it up: {CONTRACT}/3\n" in said
    why = "olga (command line) had the label acme/storefront/milestone:uat of github looked up again"
    assert told_to_look(desk) == {f"{CONTRACT}/3": why}
    assert ("label", "acme/storefront/milestone:uat") not in listed(desk)
    assert ("label", "acme/storefront/milestone:ui-prototype") in listed(desk)


def test_whoever_has_a_forgotten_name_next_is_believed(desk: Desk) -> None:
    names = Identities(desk.db, {})
    anew = Label("99", "milestone:uat")
    assert "is another one than when the contract was accepted" in names.label_problem(
        "github", STOREFRONT, anew
    )
    desk.said("identities", "forget", "github", "label", "milestone:uat", "--yes")
    assert names.label_problem("github", STOREFRONT, anew) == ""
    before = Label("56", "milestone:uat")
    assert "is another one" in names.label_problem("github", STOREFRONT, before)


def test_a_released_milestone_is_left_alone(desk: Desk) -> None:
    said = desk.said("identities", "forget", "github", "label", "milestone:ui-prototype", "--yes")
    assert "No milestone that is still open uses it." in said
    assert told_to_look(desk) == {}


def test_a_milestone_whose_invoice_was_voided_is_open_again(desk: Desk) -> None:
    desk.voided(4)
    know(desk, (STOREFRONT, "milestone:launch", "57"))
    with desk.db.transaction() as connection:
        connection.execute(sa.delete(deliveries))  # what its voiding had looked at
    desk.said("identities", "forget", "github", "label", "milestone:launch", "--yes")
    assert set(told_to_look(desk)) == {f"{CONTRACT}/4"}


def test_a_forgotten_repository_concerns_all_its_milestones_and_parked_deliveries(desk: Desk) -> None:
    desk.decide(1, seen(11, is_open=True))
    said = desk.said("identities", "forget", "github", "repository", "Acme/Storefront", "--yes")
    assert f"{CONTRACT}/1, {CONTRACT}/3" in said
    assert "closeout deliveries --status parked" in said
    assert "the repository acme/storefront of github looked up" in told_to_look(desk)[f"{CONTRACT}/1"]


def test_a_forgotten_person_concerns_only_milestones_whose_rules_name_them(desk: Desk) -> None:
    desk.decide(1, seen(11, is_open=True))
    said = desk.said("identities", "forget", "github", "person", "LENA", "--yes")
    assert "Forgot the person lena of github, which was 100" in said
    assert set(told_to_look(desk)) == {f"{CONTRACT}/3"}  # milestone 1 has closers of its own


def test_it_asks_first_and_a_no_changes_nothing(desk: Desk) -> None:
    before = listed(desk)
    result = desk.call("identities", "forget", "github", "label", "milestone:uat", answer="n\n")
    assert result.exit_code == 1
    assert "Forget the label acme/storefront/milestone:uat of github, which was 56" in result.output
    assert (listed(desk), told_to_look(desk)) == (before, {})
    assert "Forgot" in desk.said("identities", "forget", "github", "label", "milestone:uat", answer="y\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("github", "label", "milestone:uta"),
            "nothing is known of the label 'milestone:uta' of github. Did you mean",
        ),
        (
            ("github", "person", "lenna"),
            "nothing is known of the person 'lenna' of github. Did you mean 'lena'?",
        ),
        (
            ("github", "repository", "acme/shop"),
            "nothing is known of the repository 'acme/shop' of github. Known here",
        ),
        (("gitbub", "person", "lena"), "no name of a connection 'gitbub' is known. Did you mean 'github'?"),
    ],
)
def test_what_is_not_there_is_refused_with_what_was_probably_meant(
    desk: Desk, arguments: tuple[str, ...], words: str
) -> None:
    assert words in desk.refused("identities", "forget", *arguments, "--yes")
    assert desk.call("identities", "forget", "github", "lable", "x").exit_code == 2


def test_forgetting_twice_is_refused_the_second_time(desk: Desk) -> None:
    forget = ("identities", "forget", "github", "label", "milestone:uat", "--yes")
    desk.said(*forget)
    assert "nothing is known of the label 'milestone:uat'" in desk.refused(*forget)
    assert len(told_to_look(desk)) == 1


def test_a_label_of_two_repositories_must_be_named_with_its_repository(desk: Desk) -> None:
    desk.write(RULES + SECOND)
    site = Repository("88", "beta/site")
    Identities(desk.db, {"github": Forge()}).repository(RepositoryKey("github", "beta/site"))  # type: ignore[dict-item]
    know(desk, (site, "milestone:uat", "70"))
    words = desk.refused("identities", "forget", "github", "label", "milestone:uat", "--yes")
    assert "2 repositories of github have a label 'milestone:uat'" in words
    assert "acme/storefront/milestone:uat, beta/site/milestone:uat" in words
    said = desk.said("identities", "forget", "github", "label", "beta/site/milestone:uat", "--yes")
    assert "which was 70" in said
    assert told_to_look(desk) == {}


def test_a_name_from_outside_can_not_steer_the_terminal(sqlite_db: Database, tmp_path: Path) -> None:
    desk = Desk(sqlite_db, tmp_path, TEXT)
    know(desk, (STOREFRONT, "a\x1b[2Jb\u202e", "71"))
    assert not {"\x1b", "\u202e"} & set(desk.said("identities"))
    said = desk.said("identities", "forget", "github", "label", "a\x1b[2Jb\u202e", answer="y\n")
    assert not {"\x1b", "\u202e"} & set(said)
