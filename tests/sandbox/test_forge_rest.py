"""The pretend GitHub's REST interface: pages, moves, forms of answers, and what it does with nonsense."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from github import Auth, Github

from app.sandbox.forge import SandboxForge

STOREFRONT = "acme/storefront"


@pytest.fixture
def sandbox() -> Iterator[SandboxForge]:
    with SandboxForge() as sandbox:
        sandbox.add_user("olga", "token-of-olga")
        sandbox.add_repository(STOREFRONT)
        sandbox.set_role(STOREFRONT, "olga", "admin")
        yield sandbox


def ask(sandbox: SandboxForge, method: str, path: str, **content: Any) -> requests.Response:
    """One request as curl would send it."""
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": "token token-of-olga"}
        return session.request(
            method, sandbox.url + path, headers=headers, timeout=5, allow_redirects=False, **content
        )


def test_a_list_comes_in_pages_with_githubs_links(sandbox: SandboxForge) -> None:
    for i in range(1, 8):
        ask(sandbox, "POST", f"/repos/{STOREFRONT}/issues", json={"title": f"Case {i}"})
    first = ask(sandbox, "GET", f"/repos/{STOREFRONT}/issues?per_page=3&state=all")
    assert [one["number"] for one in first.json()] == [7, 6, 5]
    assert set(first.links) == {"next", "last"}
    second = ask(sandbox, "GET", first.links["next"]["url"].removeprefix(sandbox.url))
    assert [one["number"] for one in second.json()] == [4, 3, 2]
    assert set(second.links) == {"next", "last", "prev", "first"}
    last = ask(sandbox, "GET", first.links["last"]["url"].removeprefix(sandbox.url))
    assert [one["number"] for one in last.json()] == [1]
    ascending = ask(sandbox, "GET", f"/repos/{STOREFRONT}/issues?direction=asc&per_page=2")
    assert [one["number"] for one in ascending.json()] == [1, 2]


def test_issues_are_selected_by_state_and_by_all_labels_without_case(sandbox: SandboxForge) -> None:
    issues = f"/repos/{STOREFRONT}/issues"
    ask(sandbox, "POST", issues, json={"title": "Both", "labels": ["bug", "UAT"]})
    ask(sandbox, "POST", issues, json={"title": "One", "labels": [{"name": "bug"}]})
    ask(sandbox, "PATCH", f"{issues}/2", json={"state": "closed"})

    def titles(query: str) -> list[str]:
        return [one["title"] for one in ask(sandbox, "GET", f"{issues}?{query}").json()]

    assert titles("") == ["Both"]
    assert titles("state=closed") == ["One"]
    assert titles("state=all&labels=BUG") == ["One", "Both"]
    assert titles("state=all&labels=bug,uat") == ["Both"]
    assert titles("state=all&labels=other") == []


def test_repositories_answer_by_name_and_by_id_here_and_under_the_enterprise_path(
    sandbox: SandboxForge,
) -> None:
    repository = ask(sandbox, "GET", f"/repos/{STOREFRONT}").json()
    ask(sandbox, "POST", f"/repos/{STOREFRONT}/issues", json={"title": "Login"})
    for path in ("", "/api/v3"):
        by_id = ask(sandbox, "GET", f"{path}/repositories/{repository['id']}")
        assert by_id.json()["full_name"] == STOREFRONT
        issue = ask(sandbox, "GET", f"{path}/repositories/{repository['id']}/issues/1").json()
        assert issue["url"] == f"{sandbox.url}{path}/repos/{STOREFRONT}/issues/1"
        assert issue["html_url"] == f"{sandbox.url}/{STOREFRONT}/issues/1"
    github = Github(auth=Auth.Token("token-of-olga"), base_url=f"{sandbox.url}/api/v3", retry=None)
    assert github.get_repo(STOREFRONT).get_issue(1).title == "Login"


def test_deleted_issues_are_gone_and_moved_ones_lead_on(sandbox: SandboxForge) -> None:
    other = sandbox.add_repository("acme/other")
    sandbox.set_role("acme/other", "olga", "admin")
    ask(sandbox, "POST", "/repos/acme/other/labels", json={"name": "bug"})
    issues = f"/repos/{STOREFRONT}/issues"
    for title in ("Deleted", "Moved"):
        ask(sandbox, "POST", issues, json={"title": title, "labels": ["bug", "milestone:uat"]})
    before = ask(sandbox, "GET", f"{issues}/2").json()
    sandbox.delete_issue(STOREFRONT, 1)
    assert sandbox.transfer_issue(STOREFRONT, 2, "acme/other") == 1
    led = ask(sandbox, "GET", f"{issues}/2")
    there = f"{sandbox.url}/repositories/{other.id}/issues/1"
    assert (led.status_code, led.headers["Location"]) == (301, there)
    for path in ("/comments", "/events", "/timeline"):  # only the issue itself leads on
        assert ask(sandbox, "GET", f"{issues}/1{path}").status_code == 410
        assert ask(sandbox, "GET", f"{issues}/2{path}").status_code == 404
    assert ask(sandbox, "POST", f"{issues}/2/comments", json={"body": "x"}).status_code == 404
    assert ask(sandbox, "PATCH", f"{issues}/2", json={"state": "closed"}).status_code == 404
    moved = ask(sandbox, "GET", "/repos/acme/other/issues/1").json()
    assert moved["id"] != before["id"]
    assert [label["name"] for label in moved["labels"]] == ["bug"]  # the other label is unknown there
    assert ask(sandbox, "POST", issues, json={"title": "Next"}).json()["number"] == 3


def test_a_former_name_leads_to_the_id_until_somebody_takes_it(sandbox: SandboxForge) -> None:
    number = ask(sandbox, "GET", f"/repos/{STOREFRONT}").json()["id"]
    assert ask(sandbox, "PATCH", f"/repos/{STOREFRONT}", json={"name": "shop"}).status_code == 200
    led = ask(sandbox, "GET", f"/repos/{STOREFRONT}/issues/1/comments")
    assert led.headers["Location"] == f"{sandbox.url}/repositories/{number}/issues/1/comments"
    sandbox.add_repository(STOREFRONT)
    assert ask(sandbox, "GET", f"/repos/{STOREFRONT}").status_code == 404  # olga has no role in the new one


def test_labels_are_unique_without_case_and_a_rename_shows_on_issues(sandbox: SandboxForge) -> None:
    labels = f"/repos/{STOREFRONT}/labels"
    assert ask(sandbox, "POST", labels, json={"name": "milestone:uat"}).status_code == 201
    again = ask(sandbox, "POST", labels, json={"name": "Milestone:UAT"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "already_exists")
    issue = ask(
        sandbox, "POST", f"/repos/{STOREFRONT}/issues", json={"title": "x", "labels": ["MILESTONE:uat"]}
    )
    assert [one["name"] for one in issue.json()["labels"]] == ["milestone:uat"]
    assert ask(sandbox, "POST", labels, json={"name": "bug"}).status_code == 201
    assert ask(sandbox, "PATCH", f"{labels}/bug", json={"new_name": "Milestone:UAT"}).status_code == 422
    assert ask(sandbox, "PATCH", f"{labels}/milestone:uat", json={"new_name": "paid"}).status_code == 200
    shown = ask(sandbox, "GET", f"/repos/{STOREFRONT}/issues/1").json()
    assert [one["name"] for one in shown["labels"]] == ["paid"]


def test_a_repository_can_be_made_over_http_and_is_its_makers(sandbox: SandboxForge) -> None:
    made = ask(sandbox, "POST", "/user/repos", json={"name": "site", "private": True})
    assert (made.status_code, made.json()["full_name"], made.json()["private"]) == (201, "olga/site", True)
    assert ask(sandbox, "POST", "/user/repos", json={"name": "site"}).status_code == 422
    listed = ask(sandbox, "GET", "/user/repos").json()
    assert {one["full_name"] for one in listed} == {STOREFRONT, "olga/site"}
    assert ask(sandbox, "GET", "/repos/olga/site/hooks").status_code == 200


def test_every_answer_counts_down_the_limit(sandbox: SandboxForge) -> None:
    left = [int(ask(sandbox, "GET", "/user").headers["X-RateLimit-Remaining"]) for _ in range(2)]
    assert left[1] == left[0] - 1
    assert ask(sandbox, "GET", "/rate_limit").json()["rate"]["limit"] == 5000


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/issues", b"{", 400),
        ("POST", "/issues", b'"title"', 400),
        ("POST", "/issues", b"[]", 400),
        ("POST", "/issues", b"\xff", 400),
        ("POST", "/issues", b"", 422),
        ("POST", "/issues", b'{"title":""}', 422),
        ("POST", "/issues", b'{"title":"   "}', 422),
        ("POST", "/issues", b'{"title":1}', 422),
        ("POST", "/issues", b'{"title":"' + b"x" * 257 + b'"}', 422),
        ("POST", "/issues", b'{"title":"x","labels":"bug"}', 422),
        ("POST", "/issues", b'{"title":"x","labels":[1]}', 422),
        ("POST", "/issues", b'{"title":"x","labels":[{}]}', 422),
        ("POST", "/issues", b'{"title":"x","labels":["' + b"x" * 51 + b'"]}', 422),
        ("PATCH", "/issues/1", b'{"state":"shut"}', 422),
        ("PATCH", "/issues/1", b'{"state":"closed","state_reason":"paid"}', 422),
        ("PATCH", "/issues/1", b'{"state":"closed","state_reason":"reopened"}', 422),
        ("PATCH", "/issues/1", b'{"title":null,"body":null,"state":null}', 200),
        ("POST", "/issues/1/labels", b'{"labels":[null]}', 422),
        ("POST", "/issues/1/labels", b'["bug"]', 200),
        ("PUT", "/issues/1/labels", b'{"labels":[]}', 200),
        ("DELETE", "/issues/1/labels/bug", b"", 404),
        ("POST", "/issues/1/comments", b"{}", 422),
        ("POST", "/issues/1/comments", b'{"body":" "}', 422),
        ("POST", "/issues/1/comments", b'{"body":"' + b"x" * 65_537 + b'"}', 422),
        ("PATCH", "/issues/comments/1", b'{"body":"x"}', 404),
        ("GET", "/issues?state=shut", b"", 422),
        ("GET", "/issues?page=x&per_page=-1", b"", 200),
        ("GET", "/issues/99", b"", 404),
        ("GET", "/issues/99999999999999999999999999", b"", 404),
        ("GET", "/nowhere", b"", 404),
        ("POST", "/labels", b'{"name":""}', 422),
        ("POST", "/labels", b'{"name":"' + b"x" * 51 + b'"}', 422),
        ("POST", "/labels", b'{"name":"x","color":"#ededed"}', 422),
        ("POST", "/labels", b'{"name":"x","color":"red"}', 422),
        ("POST", "/labels", b'{"name":"x","description":"' + b"x" * 101 + b'"}', 422),
        ("POST", "/labels", b'{"name":"x","color":"EDEDED","description":"' + b"x" * 100 + b'"}', 201),
        ("PATCH", "/labels/bug", b'{"color":"ededed"}', 404),
        ("POST", "/hooks", b'{"config":{"url":1,"content_type":"json"}}', 422),
        ("POST", "/hooks", b'{"config":{"url":"http://[","content_type":"json"}}', 422),
        ("POST", "/hooks", b'{"config":{"url":"http://localhost/","content_type":"json"},"events":[1]}', 422),
        ("POST", "/hooks/99/deliveries/1/attempts", b"", 404),
    ],
)
def test_nonsense_is_refused_in_githubs_form_and_changes_nothing(
    sandbox: SandboxForge, method: str, path: str, body: bytes, status: int
) -> None:
    ask(sandbox, "POST", f"/repos/{STOREFRONT}/issues", json={"title": "Login"})
    answer = ask(sandbox, method, f"/repos/{STOREFRONT}{path}", data=body)
    assert answer.status_code == status
    if status >= 400:
        assert answer.json()["message"]
        assert answer.json()["status"] == str(status)
        assert len(ask(sandbox, "GET", f"/repos/{STOREFRONT}/issues?state=all").json()) == 1
    issue = ask(sandbox, "GET", f"/repos/{STOREFRONT}/issues/1").json()
    assert (issue["title"], issue["state"], issue["comments"]) == ("Login", "open", 0)


@pytest.mark.parametrize(
    "taken", [("olga", "another"), ("OLGA", "another"), ("new", "token-of-olga"), ("new", "")]
)
def test_no_two_people_share_a_login_or_a_token(sandbox: SandboxForge, taken: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="can not be taken"):
        sandbox.add_user(*taken)


def test_an_issues_page_shows_its_text_and_runs_none_of_it(sandbox: SandboxForge) -> None:
    ask(sandbox, "POST", f"/repos/{STOREFRONT}/issues", json={"title": "<script>alert(1)</script>"})
    page = ask(sandbox, "GET", f"/{STOREFRONT}/issues/1")
    assert page.status_code == 200
    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text
