"""A forge that answers junk, or sends us elsewhere: our token stays, and what is raised is a ForgeError."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from app.errors import ForgeError
from app.events import Repository
from app.forges.base import Forge
from app.forges.registry import FORGES
from app.sandbox.http import LocalServer

Answer = tuple[str, dict[str, str], bytes]
LABEL = {"id": 1, "name": "bug", "color": "#ffffff", "description": ""}


class Hostile:
    """A server that gives its answers in order, whatever is asked, and the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [("200 OK", {}, b"[]")]
        self.count = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.count += 1
        status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        start_response(status, [("Content-Type", "application/json"), *headers.items()])
        return [body]


@pytest.fixture
def hostile() -> Hostile:
    return Hostile()


@pytest.fixture(params=FORGES)
def forge(request: pytest.FixtureRequest, hostile: Hostile) -> Iterator[Forge]:
    with LocalServer(hostile) as server:
        yield FORGES[request.param][1]("a-token", server.url)


JUNK: dict[str, Answer] = {
    "nested": ("200 OK", {}, b"[" * 100_000),
    "an id beyond all numbers": (
        "200 OK",
        {},
        b'{"id": 1e400, "name": "b", "full_name": "a/b", "path_with_namespace": "a/b"}',
    ),
    "null": ("200 OK", {}, b"null"),
    "HTML": ("200 OK", {"Content-Type": "text/html"}, b"<html>"),
    "a limit until for ever": (
        "403 Forbidden",
        {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9" * 400},
        b"{}",
    ),
    "a pause for ever": ("403 Forbidden", {"Retry-After": "9" * 5000}, b"{}"),
}


@pytest.mark.parametrize("junk", JUNK)
def test_junk_is_an_error_of_this_forge_alone(forge: Forge, hostile: Hostile, junk: str) -> None:
    hostile.answers = [JUNK[junk]]
    with pytest.raises(ForgeError):
        forge.read_repository(Repository("", "acme/site"))
    with pytest.raises(ForgeError):
        forge.write_comment(Repository("7", "acme/site"), 1, "marker", "marker: Hello")


@pytest.mark.parametrize("path", ["/page?page=2", "/api/v4/page?page=2", "/repositories/7/labels?page=2"])
@pytest.mark.parametrize("forge", ["github", "gitlab"], indirect=True)  # Gitea's pages are counted instead
def test_a_next_page_elsewhere_never_sees_our_token(forge: Forge, hostile: Hostile, path: str) -> None:
    elsewhere = Hostile()
    with LocalServer(elsewhere) as other:
        link = f'<{other.url}{path}>; rel="next"'
        page: Answer = ("200 OK", {"Link": link, "X-Next-Page": "2"}, json.dumps([LABEL]).encode())
        hostile.answers = [page, ("200 OK", {}, b"[]")]
        with suppress(ForgeError):  # or the same page of our own server is asked for instead
            forge.list_labels(Repository("7", "acme/site"))
    assert hostile.count >= 1
    assert elsewhere.count == 0
