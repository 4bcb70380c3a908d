"""Letting in: the order of judging, what is kept of the headers, and what is never kept."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future

import pytest

from app.errors import PayloadError, SignatureError
from app.inbox.receive import LONGEST_ID, Door, Receiver, UnknownConnection, single
from app.inbox.store import NewDelivery, Stored


class Keeper:
    """Takes what was let in."""

    def __init__(self) -> None:
        self.rows: list[NewDelivery] = []

    def submit(self, row: NewDelivery) -> Future[Stored]:
        self.rows.append(row)
        future: Future[Stored] = Future()
        future.set_result(Stored(len(self.rows), duplicate=False))
        return future


class Judge:
    """A door that notes in which order it was asked, and refuses what it is told to refuse."""

    def __init__(self, refuse: str = "", delivery_id: str = "d1") -> None:
        self.asked: list[str] = []
        self._refuse, self._id = refuse, delivery_id

    def door(self) -> Door:
        return Door("github", self.delivery_id, self.verify, self.check)

    def verify(self, _headers: Mapping[str, str], _body: bytes) -> None:
        self.asked.append("signature")
        if self._refuse == "signature":
            raise SignatureError("forged")

    def delivery_id(self, _headers: Mapping[str, str], _body: bytes) -> str:
        self.asked.append("id")
        if self._refuse == "id":
            raise PayloadError("no id")
        return self._id

    def check(self, _headers: Mapping[str, str], _body: bytes) -> object:
        self.asked.append("body")
        if self._refuse == "body":
            raise PayloadError("not JSON")
        return None


def receiver(judge: Judge) -> tuple[Receiver, Keeper]:
    keeper = Keeper()
    return Receiver({"forge": {"github": judge.door()}}, keeper), keeper


def test_a_delivery_that_passes_is_kept_with_its_place() -> None:
    receives, keeper = receiver(Judge())
    assert receives.accept("forge", "github", {}, b"{}").result(0) == Stored(1, duplicate=False)
    (row,) = keeper.rows
    assert row.key == ("forge", "github", "d1")
    assert row.body == b"{}"


@pytest.mark.parametrize(
    ("refuse", "error", "asked"),
    [
        ("signature", SignatureError, ["signature"]),
        ("id", PayloadError, ["signature", "id"]),
        ("body", PayloadError, ["signature", "id", "body"]),
    ],
)
def test_nothing_is_read_before_the_sender_is_proven_and_nothing_refused_is_kept(
    refuse: str, error: type[Exception], asked: list[str]
) -> None:
    judge = Judge(refuse)
    receives, keeper = receiver(judge)
    with pytest.raises(error):
        receives.accept("forge", "github", {}, b"{}")
    assert judge.asked == asked
    assert keeper.rows == []


@pytest.mark.parametrize(
    ("source", "name"), [("forge", "gitlab"), ("gateway", "github"), ("x", ""), ("forge", "")]
)
def test_an_unknown_door_is_told_apart_before_anything_else(source: str, name: str) -> None:
    judge = Judge("signature")
    with pytest.raises(UnknownConnection):
        receiver(judge)[0].accept(source, name, {}, b"{}")
    assert judge.asked == []


@pytest.mark.parametrize("delivery_id", ["", "x" * (LONGEST_ID + 1), "a\nb", "a\x00b", "\u202eab"])
def test_an_id_that_no_list_could_show_is_refused(delivery_id: str) -> None:
    receives, keeper = receiver(Judge(delivery_id=delivery_id))
    with pytest.raises(PayloadError, match="id"):
        receives.accept("forge", "github", {}, b"{}")
    assert keeper.rows == []


def test_only_harmless_headers_are_kept() -> None:
    receives, keeper = receiver(Judge())
    harmless = {
        "content-type": "application/json",
        "user-agent": "GitHub-Hookshot/1",
        "x-github-event": "issues",
        "x-github-delivery": "d1",
        "x-github-hook-id": "7",
        "x-gitlab-event": "Issue Hook",
        "idempotency-key": "k",
        "webhook-id": "w",
    }
    secret = {
        "authorization": "Bearer s",
        "cookie": "s",
        "proxy-authorization": "s",
        "webhook-signature": "v1,s",
        "x-api-key": "s",
        "x-gitea-signature": "s",
        "x-gitlab-token": "s",
        "x-hub-signature": "s",
        "x-hub-signature-256": "s",
        "x-unheard-of": "s",
    }
    receives.accept("forge", "github", {**harmless, **secret}, b"{}")
    assert keeper.rows[0].headers == harmless


def test_a_kept_value_has_an_end() -> None:
    receives, keeper = receiver(Judge())
    receives.accept("forge", "github", {"user-agent": "x" * 5000}, b"{}")
    assert len(keeper.rows[0].headers["user-agent"]) == 1000


def test_doors_can_be_replaced_while_running() -> None:
    receives, keeper = receiver(Judge("signature"))
    receives.doors = {"forge": {"github": Judge().door()}}
    receives.accept("forge", "github", {}, b"{}")
    assert len(keeper.rows) == 1


def test_header_names_become_lower_case_and_values_stay() -> None:
    lines = [(b"X-GitHub-Event", b"issues"), (b"User-Agent", b"  caf\xe9\t")]
    assert single(lines) == {"x-github-event": "issues", "user-agent": "café"}


@pytest.mark.parametrize(
    "name", [b"X-Hub-Signature-256", b"x-gitlab-token", b"Content-Type", b"X-Unheard-Of"]
)
def test_a_doubled_header_proves_nothing(name: bytes) -> None:
    with pytest.raises(SignatureError, match="came twice"):
        single([(name, b"a"), (name.swapcase(), b"a")])


def test_lists_that_proxies_write_may_be_doubled() -> None:
    lines = [(b"X-Forwarded-For", b"10.0.0.1"), (b"x-forwarded-for", b"10.0.0.2")]
    assert single(lines) == {"x-forwarded-for": "10.0.0.1, 10.0.0.2"}
