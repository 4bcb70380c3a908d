"""Proving who sent a delivery. Nothing but a right secret over the very bytes counts, and nothing crashes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from app.errors import SignatureError
from app.signatures import verify_hmac_sha256, verify_standard_webhook, verify_token

VECTORS = Path(__file__).parents[1] / ".." / "shared" / "payloads" / "vectors.json"
SECRET, BODY = "s3cret — ключ".encode(), '{"action":"closed","title":"naïve"}'.encode()
HEX = hmac.new(SECRET, BODY, hashlib.sha256).hexdigest()
KEY = bytes(range(32))
WHSEC = b"whsec_" + base64.b64encode(KEY)
NOW_S = 1_790_000_000

needs_vectors = pytest.mark.skipif(not VECTORS.is_file(), reason="the published vectors are not here")


def vectors() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(VECTORS.read_text(encoding="utf-8"))
    return found


def standard(
    body: bytes = BODY, *, key: bytes = KEY, message_id: str = "msg_1", at_s: int = NOW_S
) -> dict[str, str]:
    signed = f"{message_id}.{at_s}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": f"v1,{signature}",
    }


def check(headers: Mapping[str, str], secrets: tuple[bytes, ...] = (WHSEC,), body: bytes = BODY) -> None:
    verify_standard_webhook(headers, body, secrets, now_s=NOW_S)


# HMAC in hex: GitHub with "sha256=" before it, Gitea without


@needs_vectors
def test_githubs_published_example_verifies() -> None:
    example = vectors()["github"]
    header, body = example["X-Hub-Signature-256"], example["payload"].encode()
    verify_hmac_sha256(header, body, (example["secret"].encode(),), prefix="sha256=")


@pytest.mark.parametrize("prefix", ["sha256=", ""])
def test_the_right_secret_is_taken_wherever_it_stands(prefix: str) -> None:
    for secrets in [(SECRET,), (b"old", SECRET), (SECRET, b"new"), (b"", SECRET)]:
        verify_hmac_sha256(prefix + HEX, BODY, secrets, prefix=prefix)


@pytest.mark.parametrize("secrets", [(), (b"",), (b"", b""), (b"wrong",), (SECRET + b" ",), (SECRET[:-1],)])
def test_no_secret_and_a_wrong_one_verify_nothing(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(SignatureError):
        verify_hmac_sha256(HEX, BODY, secrets)


def test_an_empty_secret_is_not_the_key_to_a_body_signed_with_nothing() -> None:
    unlocked = hmac.new(b"", BODY, hashlib.sha256).hexdigest()
    with pytest.raises(SignatureError):
        verify_hmac_sha256(unlocked, BODY, (b"",))


@pytest.mark.parametrize("body", [BODY + b"\n", BODY[1:], BODY.replace(b"closed", b"opened"), b""])
def test_a_changed_body_is_noticed(body: bytes) -> None:
    with pytest.raises(SignatureError):
        verify_hmac_sha256(HEX, body, (SECRET,))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "sha256=",
        HEX,
        f"sha256={HEX[:-1]}",
        f"sha256={HEX}0",
        f"sha256={HEX} ",
        f" sha256={HEX}",
        f"sha256={HEX}\n",
        f"sha256={HEX.upper()}",
        f"SHA256={HEX}",
        f"sha1={HEX[:40]}",
        f"sha1={HEX}",
        f"sha256=sha256={HEX}",
        f"sha256={HEX},sha256={HEX}",
        f"sha256={HEX}, sha256={'0' * 64}",
        f"sha256={HEX[:-1]}é",
        f"sha256={HEX[:-1]}\udcff",
        f"sha256={HEX[:-1]}\N{FULLWIDTH DIGIT ONE}",
        f"sha256={'0' * 64}",
        "sha256=" + "x" * 1_000_000,
    ],
)
def test_an_odd_signature_is_refused_by_name_and_gives_nothing_away(header: str | None) -> None:
    with pytest.raises(SignatureError) as caught:
        verify_hmac_sha256(header, BODY, (SECRET,), prefix="sha256=", name="X-Hub-Signature-256")
    assert caught.value.where == "X-Hub-Signature-256"
    assert caught.value.mend
    assert HEX not in str(caught.value)
    assert SECRET.decode() not in str(caught.value)


# A token in plain text: GitLab


def test_a_token_is_taken_wherever_it_stands() -> None:
    for secrets in [(SECRET,), (b"old", SECRET), (SECRET, b"new")]:
        verify_token(SECRET.decode(), secrets)


@pytest.mark.parametrize(
    ("header", "secrets"),
    [
        (None, (SECRET,)),
        ("", (SECRET,)),
        ("", (b"",)),
        ("token", ()),
        ("token", (b"",)),
        ("token", (b"Token",)),
        ("token", (b"tokens",)),
        ("token,token", (b"token",)),
        (" token", (b"token",)),
        ("tok\u0435n", (b"token",)),
        ("\udcff", (b"\xff",)),
    ],
)
def test_any_other_token_is_refused(header: str | None, secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(SignatureError) as caught:
        verify_token(header, secrets)
    assert caught.value.where == "x-gitlab-token"
    assert caught.value.mend


# Standard Webhooks: GitLab's signing token, gateways


@needs_vectors
def test_the_published_standard_webhook_verifies_and_its_forgery_does_not() -> None:
    example = vectors()["standard_webhooks_symmetric"]
    headers = {name: str(example[name]) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    body, secrets = example["payload"].encode(), (example["secret"].encode(),)
    now_s = example["webhook-timestamp"]
    verify_standard_webhook(headers, body, secrets, now_s=now_s)
    decoys = " ".join([*example["decoys"], example["webhook-signature"]])
    verify_standard_webhook({**headers, "webhook-signature": decoys}, body, secrets, now_s=now_s)
    for forged in [example["invalid_signature_same_inputs"], " ".join(example["decoys"])]:
        with pytest.raises(SignatureError):
            verify_standard_webhook({**headers, "webhook-signature": forged}, body, secrets, now_s=now_s)


def test_what_the_standards_own_library_signs_verifies() -> None:
    from datetime import UTC, datetime

    at = datetime.fromtimestamp(NOW_S, UTC)
    signature = Webhook(WHSEC.decode()).sign("msg_2", at, BODY.decode())
    check({"webhook-id": "msg_2", "webhook-timestamp": str(NOW_S), "webhook-signature": signature})


def test_one_right_signature_among_several_is_enough_and_one_right_secret_too() -> None:
    right, other = standard()["webhook-signature"], standard(key=b"other")["webhook-signature"]
    check({**standard(), "webhook-signature": f"{other} {right}"})
    check({**standard(), "webhook-signature": f"v1a,xyz {right} v2,abc"})
    check(standard(), (b"whsec_" + base64.b64encode(b"old"), WHSEC))


@pytest.mark.parametrize("off_s", [-300, -1, 0, 299, 300])
def test_a_delivery_within_five_minutes_is_taken(off_s: int) -> None:
    check(standard(at_s=NOW_S + off_s))


@pytest.mark.parametrize("off_s", [-301, 301, -86_400, 86_400 * 365])
def test_a_delivery_from_another_time_is_refused(off_s: int) -> None:
    with pytest.raises(SignatureError) as caught:
        check(standard(at_s=NOW_S + off_s))
    assert caught.value.where == "webhook-timestamp"


@pytest.mark.parametrize(
    "secrets", [(), (b"",), (b"whsec_",), (b"whsec_!",), (b"whsec_" + base64.b64encode(b"x"),)]
)
def test_without_the_key_nothing_verifies(secrets: tuple[bytes, ...]) -> None:
    with pytest.raises(SignatureError):
        check(standard(), secrets)
    with pytest.raises(SignatureError):
        check(standard(key=b""), secrets)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", ""),
        ("webhook-id", "msg_2"),
        ("webhook-id", "msg_é"),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "now"),
        ("webhook-timestamp", f"{NOW_S}.0"),
        ("webhook-timestamp", f" {NOW_S}"),
        ("webhook-timestamp", f"{NOW_S}\n"),
        ("webhook-timestamp", f"+{NOW_S}"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-timestamp", "\N{ARABIC-INDIC DIGIT ONE}790000000"),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1"),
        ("webhook-signature", standard()["webhook-signature"][3:]),
        ("webhook-signature", standard()["webhook-signature"].replace("v1", "v2")),
        ("webhook-signature", standard()["webhook-signature"].replace("v1", "V1")),
        ("webhook-signature", standard()["webhook-signature"][:-1]),
        ("webhook-signature", standard()["webhook-signature"] + "="),
        ("webhook-signature", standard()["webhook-signature"] + ",x"),
        ("webhook-signature", standard()["webhook-signature"] + "\udcff"),
    ],
)
def test_an_odd_header_of_a_standard_webhook_is_refused(name: str, value: str) -> None:
    for headers in ({**standard(), name: value}, {n: v for n, v in standard().items() if n != name}):
        with pytest.raises(SignatureError) as caught:
            check(headers)
        assert caught.value.where.startswith("webhook-")
        assert caught.value.mend
        assert WHSEC.decode() not in str(caught.value)
