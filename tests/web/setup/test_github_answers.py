"""Step 2 with a GitHub that says nonsense, refuses or keeps silent: nothing of it is stored or shown."""

from __future__ import annotations

import re
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.web.setup.apps import fill_in, handed_over
from tests.web.setup.conftest import Empty, Visitor

NEW_APP = {
    "id": 7,
    "slug": "closeout-acme",
    "html_url": "https://evil.example/apps/closeout-acme",
    "client_id": "Iv1",
    "client_secret": "canary-client-secret-7f31",
    "webhook_secret": "canary-webhook-secret-88aa",
    "pem": "canary-pem-no-key-at-all",
}


@pytest.mark.parametrize(
    "answer",
    [
        NEW_APP,  # whose key is none
        {**NEW_APP, "pem": None},
        {**NEW_APP, "slug": "../../evil"},
        {**NEW_APP, "slug": ["x"]},
        {**NEW_APP, "id": "no number"},
        {"message": "canary-message"},
        [],
        "canary-text",
        None,
    ],
)
def test_nonsense_from_github_stores_nothing_and_shows_none_of_it(
    empty: Empty, operator: Visitor, httpserver: HTTPServer, answer: object, capfd: pytest.CaptureFixture[str]
) -> None:
    httpserver.expect_request(re.compile(r"/api/v3/app-manifests/.*")).respond_with_json(answer, status=201)
    refused = _back(operator, httpserver)
    assert refused.status_code == 502
    assert "canary" not in refused.text
    assert "canary" not in capfd.readouterr().err.replace("canary-key", "")
    assert "GITHUB_APP_ID" not in empty.vault.values()


@pytest.mark.parametrize("status", [301, 302, 307, 401, 403, 404, 422, 429, 500, 502])
def test_a_refusal_of_github_is_told_and_may_be_tried_again(
    empty: Empty, operator: Visitor, httpserver: HTTPServer, status: int
) -> None:
    asked: list[str] = []

    def answer(request: Request) -> Response:
        asked.append(request.path)
        return Response("{}", status, {"Location": httpserver.url_for("/elsewhere")})

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    assert _back(operator, httpserver).status_code == 502
    assert asked == ["/api/v3/app-manifests/abc123/conversions"]  # once, and followed nowhere
    assert "GITHUB_APP_ID" not in empty.vault.values()


def test_a_github_that_says_nothing_is_not_waited_for_for_ever(
    empty: Empty, operator: Visitor, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = threading.Event()
    monkeypatch.setattr("app.forges.github.apps.CONVERSION_S", 1)

    def answer(_: Request) -> Response:
        let_go.wait(20)
        return Response("{}")

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    try:
        refused = _back(operator, httpserver)
    finally:
        let_go.set()
    assert refused.status_code == 502
    assert "did not answer in time" in refused.text


def _back(operator: Visitor, httpserver: HTTPServer) -> requests.Response:
    """The answer to who comes back from such a GitHub."""
    operator.tell_address()
    action, _ = handed_over(
        fill_in(operator, httpserver.url_for("").rstrip("/").replace("localhost", "127.0.0.1"))
    )
    state = parse_qs(urlsplit(action).query)["state"][0]
    return operator.get("/setup/github/created", code="abc123", state=state)
