"""One request to a forge: bounded in time, repeated only when it reads, never sent where it should not go."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests

from app.errors import ForgeError
from app.forges import transport
from app.sandbox.http import LocalServer

Answer = tuple[str, dict[str, str], Iterable[bytes]]
FINE: Answer = ("200 OK", {}, [b"fine"])


class Script:
    """A server that gives the answers it was told to, in order, and the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [FINE]
        self.seen: list[str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.seen.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        start_response(status, list(headers.items()))
        return body


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def url(script: Script) -> Iterator[str]:
    with LocalServer(script) as server:
        yield server.url


def session(api_url: str, timeout_s: float = 5) -> requests.Session:
    made = requests.Session()
    made.mount("http://", transport.BoundedTransport("The forge", api_url, timeout_s))
    return made


def test_a_read_is_asked_again_after_a_failure_until_it_is_answered(script: Script, url: str) -> None:
    script.answers = [("502 Bad Gateway", {}, []), ("500 Oops", {}, []), FINE]
    assert session(url).get(url).text == "fine"
    assert len(script.seen) == 3


def test_a_read_is_given_up_after_three_attempts_and_may_be_asked_again_later(
    script: Script, url: str
) -> None:
    script.answers = [("503 Service Unavailable", {}, [])]
    with pytest.raises(ForgeError, match="failed with 503") as caught:
        session(url).get(url)
    assert not caught.value.permanent
    assert len(script.seen) == 3


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "429 Too Many Requests"])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_a_write_is_sent_once_whatever_is_answered(
    script: Script, url: str, method: str, status: str
) -> None:
    script.answers = [(status, {"Retry-After": "0"}, []), FINE]
    with pytest.raises(ForgeError):
        session(url).request(method, url)
    assert len(script.seen) == 1


def test_a_short_pause_that_the_forge_asks_for_is_kept(script: Script, url: str) -> None:
    script.answers = [("429 Too Many Requests", {"Retry-After": "1"}, []), FINE]
    began = time.monotonic()
    assert session(url).get(url).text == "fine"
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize(
    ("header", "retry_after_s"),
    [
        ({"Retry-After": "3600"}, 3600),
        ({}, transport.USUAL_PAUSE_S),
        ({"Retry-After": "Fri, 20 Nov 2026 09:00:00 GMT"}, transport.USUAL_PAUSE_S),
        ({"Retry-After": "-1"}, transport.USUAL_PAUSE_S),
    ],
)
def test_a_long_pause_is_handed_to_the_caller_instead_of_slept(
    script: Script, url: str, header: dict[str, str], retry_after_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(seconds: float) -> None:
        raise AssertionError(f"slept {seconds} s")

    monkeypatch.setattr("app.forges.transport.time.sleep", never)
    script.answers = [("429 Too Many Requests", header, []), FINE]
    with pytest.raises(ForgeError, match="limits how often") as caught:
        session(url).get(url)
    assert caught.value.retry_after_s == retry_after_s
    assert not caught.value.permanent
    assert len(script.seen) == 1


def test_an_answer_that_drips_ends_at_the_deadline(script: Script, url: str) -> None:
    def drip() -> Iterator[bytes]:
        for _ in range(200):
            time.sleep(0.05)
            yield b"."

    script.answers = [("200 OK", {}, drip())]
    began = time.monotonic()
    with pytest.raises(ForgeError, match=r"did not answer within 0\.4 s") as caught:
        session(url, timeout_s=0.4).get(url)
    assert time.monotonic() - began < 3
    assert not caught.value.permanent


def test_an_answer_that_stops_halfway_is_given_up_without_another_attempt(script: Script, url: str) -> None:
    goes_on = threading.Event()

    def stall() -> Iterator[bytes]:
        yield b"."
        goes_on.wait(10)

    script.answers = [("200 OK", {}, stall()), FINE]
    with pytest.raises(ForgeError, match=r"did not answer within 0\.3 s"):
        session(url, timeout_s=0.3).get(url)
    goes_on.set()
    assert len(script.seen) == 1


def test_a_password_in_the_address_is_not_told(script: Script, url: str) -> None:
    script.answers = [("500 Oops", {}, [])]
    with pytest.raises(ForgeError) as caught:
        session(url).post(url.replace("http://", "http://dana:hunter2@") + "/api?key=hunter2")
    assert "hunter2" not in str(caught.value)
    assert "/api" in str(caught.value)


def test_an_answer_without_end_is_not_read_to_its_end(
    script: Script, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 1000)
    script.answers = [("200 OK", {}, [b"x" * 100_000])]
    with pytest.raises(ForgeError):
        session(url).get(url)


def test_a_compressed_answer_is_read_as_what_it_means(script: Script, url: str) -> None:
    script.answers = [("200 OK", {"Content-Encoding": "gzip"}, [gzip.compress(b'{"id": 1}')])]
    assert session(url).get(url).json() == {"id": 1}


def test_a_forge_that_is_not_there_may_be_asked_again_later() -> None:
    with LocalServer(Script()) as server:
        gone = server.url
    with pytest.raises(ForgeError, match="can not be reached") as caught:
        session(gone).get(gone)
    assert not caught.value.permanent


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_write_does_not_follow_a_redirect(script: Script, url: str, status: str) -> None:
    script.answers = [(status, {"Location": "/renamed"}, []), FINE]
    with pytest.raises(ForgeError, match="api_url") as caught:
        session(url).post(url)
    assert caught.value.permanent
    assert len(script.seen) == 1


def test_a_read_follows_a_redirect_on_the_same_server(script: Script, url: str) -> None:
    script.answers = [("301 Moved", {"Location": "/renamed"}, []), FINE]
    assert session(url).get(f"{url}/old").text == "fine"
    assert script.seen == ["GET /old", "GET /renamed"]


def test_the_same_server_in_another_spelling_is_asked(script: Script, url: str) -> None:
    spelled = url.replace("http://", "HTTP://dana:hunter2@") + "/api/v4"
    assert session(spelled).get(url).text == "fine"


def test_a_redirect_to_another_server_gets_neither_the_request_nor_the_token(
    script: Script, url: str
) -> None:
    elsewhere = Script()
    with LocalServer(elsewhere) as other:
        script.answers = [("302 Found", {"Location": f"{other.url}/steal"}, [])]
        with pytest.raises(ForgeError, match="sends us on"):
            session(url).get(url, headers={"PRIVATE-TOKEN": "secret"})
    assert elsewhere.seen == []
