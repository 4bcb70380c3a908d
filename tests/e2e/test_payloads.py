"""Third-party webhooks, byte for byte with their real headers, through a real server of all three forges."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from app.releases.queries import list_releases
from tests.e2e.stack import Stack, stack
from tests.fakes.door import serving
from tests.fakes.gitea import PretendGitea
from tests.fakes.gitlab import PretendGitLab

PAYLOADS = Path(__file__).parents[2] / ".." / "shared" / "payloads"
SECRET = "It's a Secret to Everybody"

pytestmark = pytest.mark.skipif(
    not PAYLOADS.exists(), reason="the collection of third-party payloads does not lie beside this checkout"
)


class GitLabOfThePayload(PretendGitLab):
    full_name = "gitlab-org/hello-world"


class GiteaOfThePayload(PretendGitea):
    full_name = "boss/payme"


def three_forges(file: dict[str, Any], gitlab_url: str, gitea_url: str) -> None:
    """The worked example's file with a connection and a contract for each forge's payload."""
    file["connections"] += [
        {"name": "lab", "forge": "gitlab", "api_url": gitlab_url},
        {"name": "tea", "forge": "gitea", "api_url": gitea_url},
    ]
    worked = file["contracts"][0]
    for number, (where, label) in enumerate(
        [
            ("github:codinasion/codinasion-bot", "triage"),
            ("lab:gitlab-org/hello-world", "critical"),
            ("tea:boss/payme", "milestone::ui"),
        ]
    ):
        first = {**worked["milestones"][0], "label": label}
        file["contracts"].append(
            {
                **worked,
                "id": f"con_{number}",
                "repositories": [where],
                "milestones": [first, *worked["milestones"][1:]],
            }
        )


@contextmanager
def all_three(folder: Path) -> Iterator[tuple[Stack, GitLabOfThePayload, GiteaOfThePayload]]:
    """A server that is connected to a pretend forge of each kind."""
    lab, tea = GitLabOfThePayload(SECRET), GiteaOfThePayload(SECRET)
    serve_lab, serve_tea = contextmanager(serving)(lab), contextmanager(serving)(tea)
    with serve_lab, serve_tea:
        database = f"sqlite:///{folder / 'closeout.db'}"
        with stack(folder, database, edit=lambda file: three_forges(file, lab.api_url, tea.api_url)) as one:
            one.environment |= {
                "CLOSEOUT_GITHUB_WEBHOOK_SECRET": SECRET,
                "CLOSEOUT_LAB_WEBHOOK_SECRET": SECRET,
                "CLOSEOUT_LAB_TOKEN": lab.token,
                "CLOSEOUT_TEA_WEBHOOK_SECRET": SECRET,
                "CLOSEOUT_TEA_TOKEN": tea.token,
            }
            one.serve()
            yield one, lab, tea


def released(one: Stack, contract: str) -> dict[str, Any]:
    """The contract's first release, once it is disbursed."""

    def found() -> dict[str, Any] | None:
        mine = list_releases(one.db, contract)
        return mine[0] if mine and mine[0]["state"] == "disbursed" else None

    return one.until(f"the release of {contract}", found)


def post(one: Stack, connection: str, headers: dict[str, str], body: bytes) -> requests.Response:
    return requests.post(f"{one.url}/hooks/{connection}", data=body, headers=headers, timeout=30)


def test_a_real_close_of_each_forge_releases_its_milestone(tmp_path: Path) -> None:
    with all_three(tmp_path) as (one, lab, tea):
        _seed_github(one)
        github = (PAYLOADS / "github" / "codinasion-archive.issues.closed.json").read_bytes()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "issues",
            "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
            "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), github, hashlib.sha256).hexdigest(),
        }
        assert post(one, "github", headers, github).status_code == 202
        assert released(one, "con_0")["label"] == "triage"

        dana = lab.add_person("dana", "write")
        lab.close(lab.open_issue("Critical", ["critical"], dana), dana)
        gitlab = (PAYLOADS / "gitlab" / "drone-scm.issue_closed.json").read_bytes()
        headers = {
            "Content-Type": "application/json",
            "X-Gitlab-Event": "Issue Hook",
            "X-Gitlab-Token": SECRET,
            "Idempotency-Key": "f5e5f430-f57b-4e6e-9fac-d9128cd7232f",
        }
        assert post(one, "lab", headers, gitlab).status_code == 202
        assert released(one, "con_1")["label"] == "critical"

        eve = tea.add_person("boss", "write")
        tea.close(tea.open_issue("UI", ["milestone::ui"], eve), eve)
        gitea = (PAYLOADS / "gitea" / "real-gitea-1.16.0-dev.03.issues.closed.json").read_bytes()
        sent = dict(
            json.loads((PAYLOADS / "gitea" / "real-gitea-1.16.0-dev.03.issues.closed.headers").read_text())
        )
        del sent["Host"], sent["Content-Length"]
        assert post(one, "tea", sent, gitea).status_code == 202
        assert released(one, "con_2")["label"] == "milestone::ui"
        one.until_told()
        assert tea.comments(1)[0][0] == "closeout-bot"
        opened = [entry["contract_id"] for entry in one.journal("invoice_opened")]
        assert opened == ["con_0", "con_1", "con_2"]


def test_the_same_bytes_with_one_of_them_changed_are_refused(tmp_path: Path) -> None:
    with all_three(tmp_path) as (one, _, _):
        gitea = (PAYLOADS / "gitea" / "real-gitea-1.16.0-dev.03.issues.closed.json").read_bytes()
        sent = dict(
            json.loads((PAYLOADS / "gitea" / "real-gitea-1.16.0-dev.03.issues.closed.headers").read_text())
        )
        del sent["Host"], sent["Content-Length"]
        answer = post(one, "tea", sent, gitea.replace(b'"closed"', b'"cloSed"', 1))
        assert answer.status_code == 401
        assert "signature" in answer.json()["error"]


def _seed_github(one: Stack) -> None:
    """The payload's repository and issue on the sandbox forge, closed by somebody who may."""
    forge = one.world.forge
    forge.add_repository("codinasion/codinasion-bot")
    for login, role in (("lena", "admin"), ("dana", "write"), ("closeout-bot", "write")):
        forge.set_role("codinasion/codinasion-bot", login, role)  # type: ignore[arg-type]
    api = f"{forge.url}/repos/codinasion/codinasion-bot/issues"
    headers = {"Authorization": "token sandbox-token-dana"}
    for title, labels in (("First", []), ("Second", ["triage", "team"])):
        assert requests.post(api, json={"title": title, "labels": labels}, headers=headers, timeout=30).ok
    closed = {"state": "closed", "state_reason": "completed"}
    assert requests.patch(f"{api}/2", json=closed, headers=headers, timeout=30).ok
