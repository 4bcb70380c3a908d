"""`closeout github`: an App that exists is taken over, and its webhook's secret is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.cli import closeout
from app.connections.hookbook import HookBook
from app.db import Database, now
from app.errors import CloseoutError
from app.forges.github.apps import GitHubApp
from app.releases.decision.known_names import list_names
from app.releases.tables import identities
from app.settings import Settings
from app.vault.store import Vault
from tests.connections.desk import waits_of
from tests.forges.github_app_driver import AppDriver, app_driver
from tests.sandbox.app_makers import Made, made

HERE = "http://127.0.0.1:9"


class Cut(BaseException):
    """The process was killed."""


class AppDesk:
    """The command line of an operator, with one App of theirs at the pretend GitHub."""

    def __init__(self, folder: Path, url: str, driver: AppDriver) -> None:
        self.folder, self.driver, self.app = folder, driver, driver.app
        self.db = Database(url)
        self.environment = {
            "CLOSEOUT_DATABASE_URL": url,
            "CLOSEOUT_CONFIG": str(folder / "closeout.yml"),
            "CLOSEOUT_KEY_FILE": str(folder / "closeout.key"),
        }

    def call(self, *arguments: str) -> Result:
        return CliRunner(env=self.environment).invoke(closeout, ["github", *arguments])

    def said(self, *arguments: str) -> str:
        result = self.call(*arguments)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.output

    def refused(self, *arguments: str) -> str:
        result = self.call(*arguments)
        assert isinstance(result.exception, CloseoutError), result.output + repr(result.exception)
        return str(result.exception)

    def file(self, name: str, text: str) -> str:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def importing(self, app: Made | None = None) -> tuple[str, ...]:
        """The arguments that take over an App, by default the first one."""
        app = app or self.app
        key = self.file(f"{app.slug}.pem", app.answer["pem"])
        place = ("--api-url", self.driver.api_url, "--public-url", HERE)
        return ("import", "--app-id", str(app.answer["id"]), "--private-key", key, *place)

    def another(self) -> Made:
        return made(self.driver.sandbox, name="Another App")

    def vault(self) -> dict[str, str]:
        return Vault(self.db, Settings.load(self.environment)).values()

    def secrets(self) -> tuple[str, str]:
        """(the present, the old) that the server accepts."""
        vault = self.vault()
        return vault["GITHUB_WEBHOOK_SECRET"], vault.get("GITHUB_OLD_WEBHOOK_SECRET", "")

    @property
    def signs_with(self) -> str:
        """The secret that GitHub has."""
        app = self.driver.sandbox.state.apps.named(self.app.slug)
        assert app is not None
        return app.hook.secret


driver = pytest.fixture(app_driver, name="driver")


@pytest.fixture
def apps(sqlite_url: str, tmp_path: Path, driver: AppDriver) -> Iterator[AppDesk]:
    desk = AppDesk(tmp_path, sqlite_url, driver)
    yield desk
    desk.db.close()


def cut_short(apps: AppDesk, monkeypatch: pytest.MonkeyPatch, owner: type, act: str) -> None:
    """A rotation that is killed where it would do this."""

    def cut(*_: object) -> None:
        raise Cut

    with monkeypatch.context() as patch:
        patch.setattr(owner, act, cut)
        with pytest.raises(Cut):
            apps.call("rotate")


def test_each_rotation_gives_a_new_secret_and_accepts_the_one_before(apps: AppDesk) -> None:
    apps.said(*apps.importing())
    first, _ = apps.secrets()
    assert apps.signs_with == first
    assert "signs with a new secret" in apps.said("rotate")
    second, old = apps.secrets()
    assert (apps.signs_with, old) == (second, first)
    assert "signs with a new secret" in apps.said("rotate"), "also while an old one is accepted"
    third, old = apps.secrets()
    assert (apps.signs_with, old) == (third, second)
    assert len({first, second, third}) == 3
    assert "accepted no longer" in apps.said("rotate", "--finish")
    assert apps.secrets() == (third, "")
    assert "There is no old webhook secret" in apps.said("rotate", "--finish")


def test_github_signs_with_no_new_secret_before_running_servers_know_it(
    apps: AppDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps.said(*apps.importing())
    first, _ = apps.secrets()
    waits = waits_of(monkeypatch, lambda: apps.signs_with)
    apps.said("rotate")
    assert [used for seconds, used in waits if seconds > 3] == [first]


@pytest.mark.parametrize(
    ("owner", "act"),
    [(GitHubApp, "set_webhook"), (HookBook, "write")],
    ids=["before GitHub was told", "after GitHub was told"],
)
@pytest.mark.parametrize("rotations_before", [0, 1])
def test_a_rotation_that_was_cut_short_is_not_finished_before_github_has_its_secret(
    apps: AppDesk, monkeypatch: pytest.MonkeyPatch, owner: type, act: str, rotations_before: int
) -> None:
    apps.said(*apps.importing())
    for _ in range(rotations_before):
        apps.said("rotate")
    cut_short(apps, monkeypatch, owner, act)
    both = apps.secrets()
    assert apps.signs_with in both
    assert "Rotate once more without --finish" in apps.refused("rotate", "--finish")
    assert apps.secrets() == both, "what GitHub may sign with is accepted still"
    assert "signs with the last new secret now" in apps.said("rotate")
    assert apps.secrets() == both
    assert apps.signs_with == both[0]
    assert "accepted no longer" in apps.said("rotate", "--finish")


def test_a_first_rotation_of_an_app_that_came_with_its_secret_can_be_cut_short_too(
    apps: AppDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = apps.file("secret", f"{apps.signs_with}\n")
    apps.said(*apps.importing(), "--webhook-secret-file", own)
    assert apps.secrets() == (apps.signs_with, "")
    cut_short(apps, monkeypatch, GitHubApp, "set_webhook")
    assert "still has the old secret" in apps.refused("rotate", "--finish")
    apps.said("rotate")
    assert apps.signs_with == apps.secrets()[0]


def test_importing_once_more_finishes_a_rotation_that_was_cut_short(
    apps: AppDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps.said(*apps.importing())
    cut_short(apps, monkeypatch, GitHubApp, "set_webhook")
    apps.said(*apps.importing())
    assert apps.signs_with == apps.secrets()[0]
    assert "accepted no longer" in apps.said("rotate", "--finish")


def test_a_connection_that_is_no_app_gets_no_new_secret(apps: AppDesk) -> None:
    apps.said(*apps.importing())
    apps.said("disconnect")
    assert "is no GitHub App" in apps.refused("rotate")
    Vault(apps.db, Settings.load(apps.environment)).put(
        {"GITHUB_FORGE": "github", "GITHUB_TOKEN": "a-token", "GITHUB_WEBHOOK_SECRET": "pasted-by-hand"}
    )
    assert "is no GitHub App" in apps.refused("rotate")
    assert apps.secrets() == ("pasted-by-hand", "")


@pytest.mark.parametrize("text", ["", "\n", "  \n\t"])
def test_a_file_without_anything_in_it_is_refused_and_changes_nothing(apps: AppDesk, text: str) -> None:
    signed = apps.signs_with
    empty = apps.file("empty", text)
    for told in (
        apps.refused(*apps.importing(), "--webhook-secret-file", empty),
        apps.refused(*apps.importing(), "--private-key", empty),
    ):
        assert told.startswith(f"{empty}: there is nothing in it")
    assert apps.signs_with == signed
    assert apps.vault() == {}


def test_what_is_refused_leaves_the_address_of_the_server_as_it_was(apps: AppDesk) -> None:
    apps.said(*apps.importing())
    again = (*apps.importing(apps.another()), "--public-url", "https://other.example")
    assert "already" in apps.refused(*again)
    assert apps.vault()["PUBLIC_URL"] == HERE


def test_replacing_an_app_leaves_nothing_of_the_former_one(apps: AppDesk) -> None:
    apps.said(*apps.importing())
    apps.said("rotate")
    Vault(apps.db, Settings.load(apps.environment)).put(
        {"GITHUB_CLIENT_ID": "Iv1.of-the-former", "GITHUB_CLIENT_SECRET": "of-the-former"}
    )
    before = apps.vault()
    other = apps.another()
    apps.said(*apps.importing(other), "--replace")
    after = apps.vault()
    same = {name for name, value in after.items() if before.get(name) == value}
    assert same == {"GITHUB_FORGE", "GITHUB_API_URL", "PUBLIC_URL"}
    assert after["GITHUB_APP_ID"] == str(other.answer["id"])
    assert not {"GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "GITHUB_OLD_WEBHOOK_SECRET"} & after.keys()


def pin(apps: AppDesk) -> None:
    """A milestone was looked at: what the repository's name means is kept."""
    row = {"kind": "repository", "name": "acme/storefront", "forge_id": "7", "first_seen_at": now()}
    with apps.db.transaction() as writing:
        writing.execute(sa.insert(identities).values(connection="github", **row))


def test_only_another_app_makes_what_names_meant_forgotten(
    apps: AppDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps.said(*apps.importing())
    pin(apps)
    apps.said(*apps.importing(), "--replace")
    other = apps.importing(apps.another())
    unknown = ["999999" if one == other[2] else one for one in other]
    apps.refused(*unknown, "--replace")
    with monkeypatch.context() as patch:
        patch.setitem(apps.environment, "CLOSEOUT_GITHUB_WEBHOOK_SECRET", "of-the-environment")
        assert "what it says wins" in apps.refused(*other, "--replace")
    assert len(list_names(apps.db)) == 1
    apps.said(*other, "--replace")
    assert list_names(apps.db) == []


def test_the_same_number_at_another_server_is_another_app(apps: AppDesk) -> None:
    apps.said(*apps.importing())
    pin(apps)
    at = apps.driver.api_url
    elsewhere = [one.replace("127.0.0.1", "localhost") if one == at else one for one in apps.importing()]
    assert f"{apps.app.answer['id']} of {at} already" in apps.refused(*elsewhere)
    assert len(list_names(apps.db)) == 1
    apps.said(*elsewhere, "--replace")
    assert list_names(apps.db) == []


def test_letting_an_app_go_forgets_its_webhook(apps: AppDesk) -> None:
    apps.said(*apps.importing())
    assert HookBook(apps.db).of("github")
    apps.said("disconnect")
    assert HookBook(apps.db).of("github") == []
    assert apps.vault() == {"PUBLIC_URL": HERE}


def test_a_contract_file_that_can_not_be_read_is_no_permission(apps: AppDesk) -> None:
    apps.said(*apps.importing())
    apps.file("closeout.yml", "version: 1\ncontracts: [")
    before = apps.vault()
    assert "whether a contract uses the connection" in apps.refused("disconnect")
    assert apps.vault() == before
    assert "is removed from the vault" in apps.said("disconnect", "--yes")
