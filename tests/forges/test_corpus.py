"""Payloads that real forges and other projects' test suites produced: each means what the table says.

They are other people's, so they lie beside the checkout and not in it; without them there is nothing to test.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.errors import PayloadError, SignatureError
from app.events import AppChanged, ForgeEvent, Ignored, PullRequestChanged, Pushed
from app.forges.base import ForgeParser
from app.forges.gitea.parse import GiteaParser
from app.forges.github.parse import GitHubParser
from app.forges.gitlab.parse import GitLabParser

PAYLOADS = Path(__file__).parents[2] / ".." / "shared" / "payloads"
pytestmark = pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the third-party payloads are not here")

PARSERS: dict[str, ForgeParser] = {
    "github": GitHubParser(),
    "gitlab": GitLabParser(),
    "gitea": GiteaParser(),
}
EVENT_HEADERS = {"github": "x-github-event", "gitlab": "x-gitlab-event", "gitea": "x-gitea-event"}
GITEA_SECRET = b"It's a Secret to Everybody"

# File → (the event's header, what it means). "ignored": readable, but about no issue; "refused": unreadable.
MEANINGS = {
    "gitea/drone-scm.issues_closed.json": ("issues", "issue.closed issue #1"),
    "gitea/go-playground.issue-label-event.json": ("issues", "issue.labels_changed issue #1"),
    "gitea/real-gitea-1.16.0-dev.01.issues.opened.json": ("issues", "issue.opened issue #1"),
    "gitea/real-gitea-1.16.0-dev.02.issues.label_updated.json": ("issues", "issue.labels_changed issue #1"),
    "gitea/real-gitea-1.16.0-dev.03.issues.closed.json": ("issues", "issue.closed issue #1"),
    "gitea/real-gitea-1.16.0-dev.04.issues.reopened.json": ("issues", "issue.reopened issue #1"),
    "gitea/real-gitea-1.16.0-dev.05.issues.closed.json": ("issues", "issue.closed issue #1"),
    "github/c-saunders.issues.closed.json": ("issues", "issue.closed issue #1"),
    "github/codinasion-archive.issues.closed.json": ("issues", "issue.closed issue #2"),
    "github/codinasion-archive.issues.labeled.json": ("issues", "issue.labeled issue #109 auto-track"),
    "github/gr2m.issues.closed.json": ("issues", "refused at action"),
    "github/kanboard.github_issue_closed.json": ("issues", "issue.closed issue #3"),
    "github/kanboard.github_issue_labeled.json": ("issues", "issue.labeled issue #3 bug"),
    "github/kanboard.github_issue_reopened.json": ("issues", "issue.reopened issue #3"),
    "github/kanboard.github_issue_unlabeled.json": ("issues", "issue.unlabeled issue #3 bug"),
    "github/octokit.ghes-35.issues.labeled.json": ("issues", "issue.labeled issue #1 bug"),
    "github/octokit.installation.created.json": ("installation", "the App: created"),
    "github/octokit.installation.deleted.json": ("installation", "the App: deleted"),
    "github/octokit.installation.suspend.json": ("installation", "the App: suspend"),
    "github/octokit.installation_repositories.added.json": (
        "installation_repositories",
        "the App: added",
    ),
    "github/octokit.installation_repositories.removed.json": (
        "installation_repositories",
        "the App: removed",
    ),
    "github/octokit.issue_comment.created.json": ("issue_comment", "comment.created issue #1"),
    "github/octokit.issue_comment.created.with-installation.json": (
        "issue_comment",
        "comment.created issue #1",
    ),
    "github/octokit.issue_comment.deleted.json": ("issue_comment", "ignored"),
    "github/octokit.issue_comment.edited.json": ("issue_comment", "ignored"),
    "github/octokit.issues.deleted.json": ("issues", "issue.deleted issue #1"),
    "github/octokit.issues.labeled.json": ("issues", "issue.labeled issue #1 bug"),
    "github/octokit.issues.milestoned.json": ("issues", "issue.milestoned pull_request #2 v1.0"),
    "github/octokit.issues.opened.with-transfer.json": ("issues", "issue.opened issue #1"),
    "github/octokit.issues.reopened.json": ("issues", "issue.reopened issue #1"),
    "github/octokit.issues.transferred.json": ("issues", "issue.transferred issue #1"),
    "github/octokit.issues.unlabeled.json": ("issues", "issue.unlabeled issue #1 bug"),
    "github/octokit.label.deleted.json": ("label", "ignored"),
    "github/octokit.label.edited.json": ("label", "ignored"),
    "github/octokit.milestone.closed.json": ("milestone", "milestone.closed v1.0"),
    "github/octokit.ping.with-app_id.json": ("ping", "ignored"),
    "github/octokit.repository.renamed.json": ("repository", "ignored"),
    "github/octokit.repository.transferred.json": ("repository", "ignored"),
    "github/zulip.issues__closed.json": ("issues", "issue.closed issue #8"),
    "gitlab/drone-scm.issue_closed.json": ("Issue Hook", "issue.closed issue #1"),
    "gitlab/drone-scm.issue_labeled.json": ("Issue Hook", "issue.labeled issue #1 critical"),
    "gitlab/drone-scm.issue_reopen.json": ("Issue Hook", "issue.reopened issue #1"),
    "gitlab/go-playground.confidential-issue-event.json": (
        "Confidential Issue Hook",
        "issue.opened issue #23",
    ),
    "gitlab/kanboard.gitlab_issue_closed.json": ("Issue Hook", "issue.closed issue #5"),
    "gitlab/mattermost.CloseIssue.json": ("Issue Hook", "issue.closed issue #1"),
    "gitlab/mattermost.IssueComment.json": ("Note Hook", "comment.created issue #1"),
    "gitlab/zulip.confidential_issue_hook__issue_closed.json": (
        "Confidential Issue Hook",
        "issue.closed issue #1",
    ),
    "gitlab/zulip.issue_hook__incident_closed.json": ("Issue Hook", "issue.closed incident #6"),
    "gitlab/zulip.issue_hook__task_closed.json": ("Issue Hook", "issue.closed task #8"),
}
CAPTURES = sorted(name for name in MEANINGS if name.startswith("gitea/real-"))


def meaning(name: str, event: str) -> str:
    """What the forge's parser makes of one file, as the table writes it."""
    forge = name.partition("/")[0]
    headers = {EVENT_HEADERS[forge]: event, "content-type": "application/json"}
    try:
        found = PARSERS[forge].parse(headers, (PAYLOADS / name).read_bytes())
    except PayloadError as error:
        return f"refused at {error.where}" if error.what and error.mend else "refused without a word"
    if isinstance(found, Ignored):
        assert found.reason
        return "ignored"
    if isinstance(found, AppChanged):
        return f"the App: {found.action}"
    if isinstance(found, Pushed):
        return f"push to {found.ref}"
    if isinstance(found, PullRequestChanged):
        return f"pull request {found.action} #{found.number}"
    assert found.repository.full_name.count("/") >= 1
    label = f" {found.label.name}" if found.label else ""
    milestone = f" {found.milestone}" if "milestone" in found.kind else ""
    if not found.issue_number:
        assert found.issue_id == ""
        return f"{found.kind}{milestone}"
    assert found.issue_id.isdecimal()
    return f"{found.kind} {found.issue_kind} #{found.issue_number}{label}{milestone}"


def captured(name: str) -> tuple[dict[str, str], bytes]:
    """The request as Gitea sent it: header names in lower case, raw body."""
    pairs = json.loads((PAYLOADS / name).with_suffix(".headers").read_text())
    return {key.lower(): value for key, value in pairs}, (PAYLOADS / name).read_bytes()


def test_every_file_is_in_the_table() -> None:
    found = {f"{path.parent.name}/{path.name}" for path in PAYLOADS.glob("*/*.json")}
    assert found == set(MEANINGS)


@pytest.mark.parametrize(("name", "event", "expected"), [(name, *rest) for name, rest in MEANINGS.items()])
def test_a_real_payload_means_what_the_table_says(name: str, event: str, expected: str) -> None:
    assert meaning(name, event) == expected


@pytest.mark.parametrize("name", CAPTURES)
def test_a_captured_delivery_verifies_with_its_real_headers(name: str) -> None:
    headers, body = captured(name)
    PARSERS["gitea"].verify(headers, body, (GITEA_SECRET,))
    found = PARSERS["gitea"].parse(headers, body)
    assert isinstance(found, ForgeEvent)
    assert found.repository.full_name == "boss/payme"


@pytest.mark.parametrize("name", CAPTURES)
def test_a_captured_delivery_with_one_byte_changed_is_refused(name: str) -> None:
    headers, body = captured(name)
    for place in (0, len(body) // 2, len(body) - 1):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises(SignatureError):
            PARSERS["gitea"].verify(headers, changed, (GITEA_SECRET,))


@pytest.mark.parametrize("name", CAPTURES)
def test_a_captured_delivery_is_not_believed_under_another_secret(name: str) -> None:
    headers, body = captured(name)
    with pytest.raises(SignatureError):
        PARSERS["gitea"].verify(headers, body, (b"another", b""))


def test_captured_deliveries_have_ids_of_their_own() -> None:
    ids = [PARSERS["gitea"].delivery_id(captured(name)[0]) for name in CAPTURES]
    assert len(set(ids)) == len(CAPTURES) == 5


def test_githubs_copies_of_the_headers_prove_nothing_to_gitea() -> None:
    headers, body = captured(CAPTURES[0])
    copies = {name: value for name, value in headers.items() if "gitea" not in name}
    assert "x-hub-signature-256" in copies
    with pytest.raises(SignatureError):
        PARSERS["gitea"].verify(copies, body, (GITEA_SECRET,))
    with pytest.raises(PayloadError):
        PARSERS["gitea"].delivery_id(copies)
