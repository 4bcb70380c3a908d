"""Deliveries that real forges emitted, with their own headers and signatures, through the real server."""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.connections.doors import forge_door
from app.db import Database
from app.forges.registry import FORGES
from tests.web.site import Site, a_site

PAYLOADS = Path(__file__).parents[2] / ".." / "shared" / "payloads"
CAPTURED = sorted(PAYLOADS.glob("gitea/real-*.json"))
GITHUB = sorted(PAYLOADS.glob("github/*.issues*.json"))
GITLAB = sorted(PAYLOADS.glob("gitlab/*ssue*.json"))
GITEA_SECRET = "It's a Secret to Everybody"

pytestmark = pytest.mark.skipif(not PAYLOADS.exists(), reason="the collection of payloads is not here")


@pytest.fixture
def forges(sqlite_db: Database) -> Iterator[Site]:
    """A site with one connection of each forge."""
    with a_site(sqlite_db) as site:
        doors = {}
        for name, (parser, _client) in FORGES.items():
            doors[name] = forge_door(name, parser, (GITEA_SECRET.encode(),))
        site.receiver.doors = {"forge": doors}
        yield site


def test_what_a_running_gitea_sent_is_accepted_as_it_is(forges: Site) -> None:
    for path in CAPTURED:
        body = path.read_bytes()
        lines = json.loads(path.with_suffix(".headers").read_text(encoding="utf-8"))
        sent = [(name, value.encode()) for name, value in lines if name not in ("Host", "Content-Length")]
        answer = forges.exchange(sent, body, "/hooks/gitea")
        assert answer.status == 202, (path.name, answer.document)
        changed = forges.exchange(sent, body.replace(b"closed", b"opened") + b" ", "/hooks/gitea")
        assert changed.status == 401
    kept = [zlib.decompress(row["body"]) for row in forges.rows()]
    assert kept == [path.read_bytes() for path in CAPTURED]


def test_payloads_of_github_are_accepted_when_signed_as_github_does(forges: Site) -> None:
    for number, path in enumerate(GITHUB):
        body = path.read_bytes()
        digest = hmac.new(GITEA_SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/044aadd",
            "X-GitHub-Delivery": f"72d3162e-cc78-11e3-81ab-{number:012}",
            "X-GitHub-Event": "issues",
            "X-GitHub-Hook-ID": "292430182",
            "X-Hub-Signature-256": f"sha256={digest}",
        }
        answer = forges.post(headers, body, "/hooks/github")
        # One of the collection is no whole delivery, and says itself that it can not be read.
        expected = 400 if b'"repository"' not in body or b'"sender"' not in body else 202
        assert answer.status_code == expected, (path.name, answer.text)
    assert len(GITHUB) > 5


def test_payloads_of_gitlab_are_accepted_with_their_token(forges: Site) -> None:
    for number, path in enumerate(GITLAB):
        headers = {
            "Content-Type": "application/json",
            "X-Gitlab-Event": "Issue Hook",
            "X-Gitlab-Token": GITEA_SECRET,
            "Idempotency-Key": f"13792a34-cac6-4fda-95a8-{number:012}",
        }
        answer = forges.post(headers, path.read_bytes(), "/hooks/gitlab")
        assert answer.status_code == 202, (path.name, answer.text)
    assert len(GITLAB) > 5
