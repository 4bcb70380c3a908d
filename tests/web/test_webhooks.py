"""The webhooks' door over real HTTP: what is accepted, what is refused and why, and what is on disk then."""

from __future__ import annotations

import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet

import pytest
import requests

from app.inbox.tables import deliveries
from tests.web.conftest import LogLines
from tests.web.site import SECRET, Site, closed_issue, hold_writers, sign, signed


def test_a_delivery_is_accepted_and_kept_byte_for_byte(fresh_site: Site) -> None:
    body = closed_issue()
    answer = fresh_site.post({**signed(body, "one"), "X-Api-Token": "t", "Cookie": "c=1"}, body)
    assert answer.status_code == 202
    (row,) = fresh_site.rows()
    assert answer.json() == {"status": "accepted", "id": row["id"]}
    assert zlib.decompress(row["body"]) == body
    assert (row["source"], row["connection"], row["delivery_id"]) == ("forge", "forge", "one")
    assert (row["status"], row["due_at"]) == ("received", row["received_at"])
    assert set(json.loads(row["headers"])) == {
        "content-type",
        "user-agent",
        "x-gitea-delivery",
        "x-gitea-event",
    }


def test_the_answer_waits_for_the_commit(fresh_site: Site) -> None:
    body = closed_issue()
    blocker = hold_writers(fresh_site.db)
    with ThreadPoolExecutor(1) as pool:
        pending = pool.submit(fresh_site.post, signed(body, "held"), body)
        with pytest.raises(NotYet):
            pending.result(timeout=0.5)
        assert fresh_site.rows() == []
        blocker.__exit__(None, None, None)
        assert pending.result(timeout=20).status_code == 202
    assert fresh_site.row_of("held") is not None


def test_a_duplicate_is_answered_200_and_changes_nothing(fresh_site: Site) -> None:
    first, second = closed_issue(1), closed_issue(2)
    accepted = fresh_site.post(signed(first, "same"), first)
    with fresh_site.db.transaction() as connection:
        connection.execute(deliveries.update().values(status="handled", due_at=None, reason="done"))
    before = fresh_site.rows()
    again = fresh_site.post(signed(second, "same"), second)
    assert again.status_code == 200
    assert again.json() == {"status": "duplicate", "id": accepted.json()["id"]}
    assert fresh_site.rows() == before


def test_a_hundred_copies_at_once_become_one_delivery(fresh_site: Site) -> None:
    body = closed_issue()
    headers = signed(body, "copied")
    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(lambda _: fresh_site.post(headers, body), range(100)))
    assert sorted(answer.status_code for answer in answers) == [200] * 99 + [202]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(fresh_site.rows()) == 1


def test_the_same_id_at_two_connections_is_two_deliveries(site: Site, new_id: str) -> None:
    body = closed_issue()
    lab = {
        "Content-Type": "application/json",
        "X-Gitlab-Event": "Push Hook",
        "X-Gitlab-Token": SECRET,
        "Idempotency-Key": new_id,
    }
    assert site.post(signed(body, new_id), body).status_code == 202
    assert site.post(lab, b'{"object_kind": "push"}', "/hooks/lab").status_code == 202


def odd_headers(delivery_id: str) -> list[tuple[str, list[tuple[str, bytes]]]]:
    body = closed_issue()
    right = sign(body).encode()
    rest = [("X-Gitea-Event", b"issues"), ("X-Gitea-Delivery", delivery_id.encode())]
    name = "X-Gitea-Signature"
    return [
        ("none", rest),
        ("empty", [(name, b""), *rest]),
        ("short", [(name, right[:10]), *rest]),
        ("long", [(name, right + b"00"), *rest]),
        ("of another body", [(name, sign(b"x").encode()), *rest]),
        ("not ASCII", [(name, "ſ".encode() * 32), *rest]),
        ("not even UTF-8", [(name, b"\xff" * 64), *rest]),
        ("doubled", [(name, right), (name, right), *rest]),
        ("doubled, one wrong", [(name, b"0" * 64), (name, right), *rest]),
        ("with a prefix", [(name, b"sha256=" + right), *rest]),
        ("in capitals", [(name, right.upper()), *rest]),
        ("SHA-1 only", [("X-Hub-Signature", b"sha1=" + b"0" * 40), *rest]),
        ("doubled id", [(name, right), *rest, ("X-Gitea-Delivery", b"other")]),
        ("doubled event", [(name, right), *rest, ("X-Gitea-Event", b"push")]),
    ]


@pytest.mark.parametrize("case", range(len(odd_headers(""))), ids=[name for name, _ in odd_headers("")])
def test_an_unproven_sender_is_refused_with_401_and_a_reason(site: Site, case: int, new_id: str) -> None:
    answer = site.exchange(odd_headers(new_id)[case][1], closed_issue())
    assert answer.status == 401
    assert answer.document["error"]
    assert answer.document["mend"]
    assert site.row_of(new_id) is None


@pytest.mark.parametrize("token", ["", "wrong", SECRET[:-1], SECRET + " ", SECRET + ", " + SECRET, "é"])
def test_a_wrong_gitlab_token_is_refused_with_401(site: Site, token: str) -> None:
    lines = [("X-Gitlab-Event", b"Push Hook"), ("Idempotency-Key", b"k"), ("X-Gitlab-Token", token.encode())]
    # HTTP itself drops a trailing space, so that case proves itself right.
    expected = 202 if token.strip() == SECRET else 401
    assert site.exchange(lines, b'{"object_kind": "push"}', "/hooks/lab").status == expected


def test_harmless_lists_may_come_in_several_lines(site: Site, new_id: str) -> None:
    body = closed_issue()
    lines = [(name, value.encode()) for name, value in signed(body, new_id).items()]
    lines += [
        ("X-Forwarded-For", b"10.0.0.1"),
        ("X-Forwarded-For", b"10.0.0.2"),
        ("Via", b"a"),
        ("Via", b"b"),
    ]
    assert site.exchange(lines, body).status == 202


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"action": NaN}',
        b'{"action": "closed", "action": "opened"}',
        b"[" * 100_000,
        b'{"n": ' + b"9" * 5000 + b"}",
        b"payload=%7B%7D",
        b'{"action": "closed", "issue": {"number": "one"}}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_a_signed_body_that_can_not_be_read_is_refused_with_400(site: Site, body: bytes, new_id: str) -> None:
    answer = site.post(signed(body, new_id), body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert site.row_of(new_id) is None


@pytest.mark.parametrize("delivery_id", ["", "x" * 201])
def test_a_delivery_without_a_usable_id_is_refused_with_400(site: Site, delivery_id: str) -> None:
    body = closed_issue()
    answer = site.post(signed(body, delivery_id), body)
    assert answer.status_code == 400
    assert "id" in answer.json()["error"]


def test_the_signature_is_judged_before_the_body_and_the_id(site: Site) -> None:
    assert site.post({"X-Gitea-Signature": "0" * 64}, b"{").status_code == 401


@pytest.mark.parametrize(
    "path", ["/hooks/other", "/hooks/", "/hooks/forge/x", "/hooks/%00", "/gateways/forge"]
)
def test_an_unknown_connection_is_answered_404_with_a_reason(site: Site, path: str) -> None:
    body = closed_issue()
    answer = site.post(signed(body, "x"), body, path)
    assert answer.status_code == 404
    kind = "gateway" if path.startswith("/gateways") else "connection"
    assert f"no {kind} of this name" in answer.json()["error"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_another_method_is_answered_405_and_told_which_one(site: Site, method: str) -> None:
    answer = requests.request(method, site.url + "/hooks/forge", timeout=20)
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_each_request_is_one_line_in_the_log(site: Site, new_id: str, log_lines: LogLines) -> None:
    body = closed_issue()
    id_ = site.post(signed(body, new_id), body).json()["id"]
    site.post({}, body)
    accepted, refused = log_lines()
    assert accepted["event"] == "delivery accepted"
    assert (accepted["connection"], accepted["delivery_id"]) == ("forge", new_id)
    assert (accepted["status"], accepted["delivery"], accepted["level"]) == (202, id_, "info")
    assert (refused["event"], refused["status"], refused["level"]) == ("delivery refused", 401, "warning")
    assert "not signed" in refused["reason"]


def test_no_secret_and_no_body_ever_reaches_the_log(site: Site, new_id: str, log_lines: LogLines) -> None:
    body = closed_issue(title="canary-in-the-body")
    site.post(signed(body, new_id), body)
    site.post({**signed(body, new_id), "X-Gitea-Signature": "0" * 64}, body)
    site.post({"X-Gitlab-Token": SECRET, "X-Gitlab-Event": "x"}, body, "/hooks/lab")
    site.post({"Authorization": f"Bearer {SECRET}"}, body, "/hooks/nobody")
    text = json.dumps(log_lines())
    assert len(log_lines()) == 4
    for canary in (SECRET, sign(body), "canary-in-the-body"):
        assert canary not in text


def test_a_name_from_outside_can_not_forge_a_line_of_the_log(site: Site, log_lines: LogLines) -> None:
    requests.post(site.url + "/hooks/a%0A%7B%22event%22%3A%22forged%22%7D%0D" + "x" * 500, timeout=20)
    (line,) = log_lines()
    assert line["event"] == "delivery refused"
    assert len(line["connection"]) <= 60
