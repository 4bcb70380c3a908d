"""A contract file in a repository, read by a real server as a GitHub App: planned, merged, live, billed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from app.configuration.kept import Kept, read_kept
from app.place import InRepository
from app.releases.queries import list_releases
from app.sandbox.world import EXAMPLE
from tests.e2e.stack import Stack, stack
from tests.sandbox.app_makers import Made, made

CONTRACTS = "acme/contracts"
PLACE = InRepository("github", CONTRACTS, "main")
GOOD = EXAMPLE.read_text(encoding="utf-8")
DEARER = GOOD.replace("total: 30000.00", "total: 40000.00")
BAD = GOOD.replace("currency: usd", "currency: dollars")
PERMISSIONS = {"contents": "read", "issues": "write", "metadata": "read", "pull_requests": "write"}
EVENTS = ["issues", "issue_comment", "push", "pull_request"]
PROTOTYPE = "milestone:ui-prototype"


class Configured:
    """A stack whose server reads its contracts from a repository, as an App that is installed on acme."""

    def __init__(self, one: Stack) -> None:
        self.stack, self.forge = one, one.world.forge
        one.hook.delete()
        self.forge.add_user("olga", "token-of-olga")
        self.forge.add_repository(CONTRACTS)
        self.forge.set_role(CONTRACTS, "olga", "admin")
        self.forge.set_role(CONTRACTS, "dana", "write")
        self.first = self.forge.git.push(CONTRACTS, {"closeout.yml": GOOD})
        hook = {"url": f"{one.url}/hooks/github"}
        self.app: Made = made(
            self.forge, hook_attributes=hook, default_permissions=PERMISSIONS, default_events=EVENTS
        )
        self.forge.apps.install(self.app.slug, "acme")
        self.secret = str(self.app.answer["webhook_secret"])
        del one.environment["CLOSEOUT_GITHUB_TOKEN"]
        one.environment |= {
            "CLOSEOUT_CONFIG": f"github:{CONTRACTS}@main",
            "CLOSEOUT_GITHUB_APP_ID": str(self.app.answer["id"]),
            "CLOSEOUT_GITHUB_PRIVATE_KEY": self.app.answer["pem"],
            "CLOSEOUT_GITHUB_WEBHOOK_SECRET": self.secret,
        }

    @property
    def kept(self) -> Kept:
        return read_kept(self.stack.db, PLACE)

    def until_in_force(self, commit: str) -> None:
        self.stack.until(f"{commit} in force", lambda: self.kept.commit == commit or None)

    def until_commented(self, number: int, text: str) -> str:
        """The one comment on a pull request, once it says this."""

        def found() -> str | None:
            issue = self.forge.state.repositories[CONTRACTS].issues[number]
            ours = [one.body for one in issue.comments if one.author.login == f"{self.app.slug}[bot]"]
            assert len(ours) <= 1
            return ours[0] if ours and text in ours[0] else None

        return self.stack.until(f"a comment with {text!r}", found)

    def merge(self, number: int) -> str:
        answer = self.app.ask("PUT", f"/repos/{CONTRACTS}/pulls/{number}/merge", "token-of-olga")
        return str(answer.json()["sha"])

    def send(self, payload: dict[str, Any], secret: str) -> int:
        """A push webhook that GitHub never sent; the status that it is answered with."""
        body = json.dumps(payload).encode()
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": "push",
            "X-GitHub-Delivery": hashlib.sha256(body + secret.encode()).hexdigest()[:32],
            "X-Hub-Signature-256": f"sha256={digest}",
        }
        return requests.post(
            f"{self.stack.url}/hooks/github", data=body, headers=headers, timeout=10
        ).status_code


@contextmanager
def configured(folder: Path) -> Iterator[Configured]:
    with stack(folder, f"sqlite:///{folder / 'closeout.db'}") as one:
        yield Configured(one)


def test_a_pull_request_is_planned_merged_live_without_a_restart_and_named_by_what_it_bills(
    tmp_path: Path,
) -> None:
    with configured(tmp_path) as play:
        one = play.stack
        one.serve()
        assert play.kept.commit == play.first
        number = play.forge.open_pull_request(CONTRACTS, "Dearer", "dana", files={"closeout.yml": DEARER})
        plan = play.until_commented(number, "30,000.00 usd | 40,000.00 usd")
        assert "Nothing of it is in force before it is merged" in plan
        assert play.kept.commit == play.first
        merged = play.merge(number)
        play.until_in_force(merged)
        play.until_commented(number, "and in force")
        one.until("the new contract", lambda: merged[:12] in reloads(one) or None)
        issue = one.open_issue(PROTOTYPE)
        one.close(issue)
        release = one.until_state(2, "disbursed")
        assert (release["amount_minor"], release["config_commit"]) == (1_000_000, merged)
        told = one.cli("explain", "con_7732_alpha", "2")
        assert f"commit {merged}" in " ".join(told.stdout.split())
        (listed,) = json.loads(one.cli("releases", "--json").stdout)
        assert listed["config_commit"] == merged
        one.assert_paid_once(2)


def test_what_is_forged_bad_or_away_leaves_the_contracts_as_they_are_and_says_so(tmp_path: Path) -> None:
    with configured(tmp_path) as play:
        one = play.stack
        one.serve()
        repository = {"id": int(play.kept.repository_id), "full_name": CONTRACTS}
        told = {"ref": "refs/heads/main", "after": "f" * 40, "repository": repository}
        assert play.send(told, "not-the-secret") == 401
        assert play.send(told, play.secret) == 202
        (delivery,) = [each for each in one.until_quiet() if each["event"] == "push"]
        assert delivery["reason"].startswith("nothing is new")
        assert play.kept.commit == play.first

        number = play.forge.open_pull_request(CONTRACTS, "Bad", "dana", files={"closeout.yml": BAD})
        play.until_commented(number, "1 error")
        bad = play.merge(number)
        one.until("the refusal", lambda: bad[:12] in play.kept.problem or None)
        play.until_commented(number, "but not in force")
        assert play.kept.commit == play.first
        doctor = one.cli("doctor")
        assert doctor.returncode == 1
        assert f"github:{CONTRACTS}@{bad[:12]}:closeout.yml:" in doctor.stdout

        assert one.server is not None
        one.server.stop()
        one.serve(CLOSEOUT_GITHUB_API_URL="http://127.0.0.1:9")
        one.until("the trouble", lambda: "can not be reached" in play.kept.problem or None)
        shown = one.cli("configuration").stdout
        assert f"commit {play.first} is in force" in shown
        assert "can not be reached" in shown
        one.server.stop()
        one.serve()
        mended = play.forge.git.push(CONTRACTS, {"closeout.yml": GOOD})
        play.until_in_force(mended)
        play.until_commented(number, "and in force")
        assert list_releases(one.db) == []


def reloads(one: Stack) -> str:
    """What the server has said so far of files that it took up."""
    return "\n".join(
        line
        for line in (one.folder / "server.log").read_text(encoding="utf-8").splitlines()
        if "configuration.reloaded" in line
    )
