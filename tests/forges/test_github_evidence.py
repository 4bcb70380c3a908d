"""GitHub's histories against set answers: what is withheld, missing, ambiguous or limited."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from app.errors import ForgeError
from app.events import HistoryEntry, Person, Repository
from app.forges.github.client import GitHubForge, by_token

STOREFRONT = Repository(id="7", full_name="acme/storefront")
PLACE = "https://api.github.com/repos/acme/storefront"
SHA = "1a2b3c4d" + "0" * 32
DANA = {"id": 3, "login": "dana", "type": "User"}
LENA = {"id": 5, "login": "lena", "type": "User"}
BASE = {"ref": "main", "repo": {"id": 7, "default_branch": "main"}}


@pytest.fixture
def set_forge(httpserver: HTTPServer) -> GitHubForge:
    """A client of the server with set answers."""
    return by_token("a-token", httpserver.url_for(""), timeout_s=2)


def closed(**fields: Any) -> dict[str, Any]:
    """A closing by a commit, as GitHub's timeline shows it, with other fields."""
    return {
        "url": f"{PLACE}/issues/events/1",
        "event": "closed",
        "actor": DANA,
        "commit_id": SHA,
        "commit_url": f"{PLACE}/commits/{SHA}",
        "created_at": "2026-11-20T10:00:02Z",
    } | fields


def pull(number: int = 9, **fields: Any) -> dict[str, Any]:
    """A merged pull request, with other fields."""
    return {"number": number, "merged_at": "2026-11-20T10:00:00Z", "merged_by": LENA, "base": BASE} | fields


def answer(httpserver: HTTPServer, line: dict[str, Any], *pulls: dict[str, Any]) -> None:
    """Let the issue have this one line, and its commit these pull requests."""
    httpserver.expect_request("/repositories/7/issues/3/timeline").respond_with_json([line])
    httpserver.expect_request(f"/repositories/7/commits/{SHA}/pulls").respond_with_json(list(pulls))
    for each in pulls:
        httpserver.expect_request(f"/repositories/7/pulls/{each['number']}").respond_with_json(each)


def told(forge: GitHubForge) -> HistoryEntry:
    (entry,) = forge.read_history(STOREFRONT, 3)
    return entry


def test_a_merge_is_told_with_its_merger(httpserver: HTTPServer, set_forge: GitHubForge) -> None:
    answer(httpserver, closed(), pull())
    assert told(set_forge) == HistoryEntry(
        "closed", Person("5", "lena"), "2026-11-20T10:00:02Z", via="pull request #9"
    )


@pytest.mark.parametrize(
    ("line", "pulls"),
    [
        (closed(), []),
        (closed(), [pull(merged_at=None)]),
        (closed(), [pull(base=BASE | {"ref": "next"})]),
        (closed(), [pull(base={"ref": "main", "repo": {"id": 8, "default_branch": "main"}})]),
        (closed(), [pull(merged_at="2026-11-20T09:30:00Z")]),
        (closed(), [pull(merged_at="2026-11-20T10:30:00Z")]),
        (closed(), [pull(9), pull(10)]),
        (closed(commit_url=f"https://api.github.com/repos/mallory/fork/commits/{SHA}"), [pull()]),
        (closed(commit_url=None), [pull()]),
        (closed(url=None), [pull()]),
    ],
    ids=[
        "no pull request",
        "not merged",
        "merged elsewhere",
        "merged in another repository",
        "merged long before",
        "merged after",
        "two of them",
        "a fork's commit",
        "a commit of no place",
        "a line of no place",
    ],
)
def test_whatever_is_unclear_is_a_commit_that_nobody_vouches_for(
    httpserver: HTTPServer, set_forge: GitHubForge, line: dict[str, Any], pulls: list[dict[str, Any]]
) -> None:
    answer(httpserver, line, *pulls)
    assert told(set_forge) == HistoryEntry(
        "closed",
        Person("3", "dana"),
        "2026-11-20T10:00:02Z",
        via="commit 1a2b3c4",
        is_vouched=False,
    )


@pytest.mark.parametrize("status", [403, 404, 409, 422, 451])
@pytest.mark.parametrize("withheld", ["commits", "pulls"])
def test_what_the_token_may_not_see_vouches_for_nothing(
    httpserver: HTTPServer, set_forge: GitHubForge, status: int, withheld: str
) -> None:
    refusal = {"message": "Resource not accessible by personal access token"}
    path = f"commits/{SHA}/pulls" if withheld == "commits" else "pulls/9"
    httpserver.expect_ordered_request("/repositories/7/issues/3/timeline").respond_with_json([closed()])
    if withheld == "pulls":
        commits = f"/repositories/7/commits/{SHA}/pulls"
        httpserver.expect_ordered_request(commits).respond_with_json([pull()])
    httpserver.expect_ordered_request(f"/repositories/7/{path}").respond_with_json(refusal, status)
    entry = told(set_forge)
    assert (entry.via, entry.is_vouched) == ("commit 1a2b3c4", False)


@pytest.mark.parametrize(
    ("status", "headers"), [(403, {"Retry-After": "30"}), (403, {"X-RateLimit-Remaining": "0"}), (429, {})]
)
def test_a_limit_on_the_way_is_an_error_and_no_missing_evidence(
    httpserver: HTTPServer, set_forge: GitHubForge, status: int, headers: dict[str, str]
) -> None:
    httpserver.expect_request("/repositories/7/issues/3/timeline").respond_with_json([closed()])
    httpserver.expect_request(f"/repositories/7/commits/{SHA}/pulls").respond_with_json(
        {"message": "Slow down"}, status, headers
    )
    with pytest.raises(ForgeError) as caught:
        set_forge.read_history(STOREFRONT, 3)
    assert caught.value.retry_after_s


def test_a_pull_request_that_another_merged_is_not_the_closers(
    httpserver: HTTPServer, set_forge: GitHubForge
) -> None:
    source = {
        "number": 9,
        "body": "Closes #3",
        "pull_request": {"merged_at": "2026-11-20T10:00:00Z"},
        "repository_url": PLACE,
    }
    mention = {"event": "cross-referenced", "source": {"type": "issue", "issue": source}}
    hidden = [{"event": "cross-referenced", "source": source} for source in (None, {"type": "issue"})]
    lines = [mention, *hidden, closed(commit_id=None, commit_url=None)]
    httpserver.expect_request("/repositories/7/issues/3/timeline").respond_with_json(lines)
    httpserver.expect_request("/repositories/7/pulls/9").respond_with_json(pull())
    entry = told(set_forge)
    assert (entry.by, entry.via, entry.is_vouched) == (Person("3", "dana"), "", True)


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        (
            {"event": "labeled", "actor": None, "label": {"name": "bug", "color": "fff"}},
            HistoryEntry("labeled", None, "2026-11-20T10:00:00Z", "bug"),
        ),
        (
            {"event": "labeled", "actor": DANA, "label": None},
            HistoryEntry("labeled", Person("3", "dana"), "2026-11-20T10:00:00Z"),
        ),
        (
            {"event": "closed", "actor": {"id": 4, "login": "ci[bot]", "type": "Bot"}, "commit_id": None},
            HistoryEntry("closed", Person("4", "ci[bot]", is_bot=True), "2026-11-20T10:00:00Z"),
        ),
    ],
)
def test_what_is_missing_in_a_line_stays_empty(
    httpserver: HTTPServer, set_forge: GitHubForge, line: dict[str, Any], entry: HistoryEntry
) -> None:
    line = {"url": f"{PLACE}/issues/events/1", "created_at": "2026-11-20T11:00:00+01:00"} | line
    httpserver.expect_request("/repositories/7/issues/3/timeline").respond_with_json([line])
    assert told(set_forge) == entry
