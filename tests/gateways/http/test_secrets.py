"""Signatures: what we sign others accept, what others sign we accept, and nothing else gets in."""

import base64
import json
import secrets
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from standardwebhooks import Webhook

from app.errors import SettingsError, SignatureError
from app.gateways.http.secrets import read_secrets
from app.signatures import read_key, sign_standard_webhook, verify_standard_webhook

VECTORS = Path(__file__).parents[3] / ".." / "shared" / "payloads" / "vectors.json"
NOW = datetime(2026, 5, 28, 9, 10, 20, tzinfo=UTC)
BODY = '{"contract":"Tür & Tor"}'.encode()


def new_secret(length: int = 32) -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(length)).decode()


def keys_of(*words: str) -> tuple[bytes, ...]:
    return read_secrets(" ".join(words), "CLOSEOUT_PLATFORM_SECRET")


def verify(keys: tuple[bytes, ...], headers: dict[str, str], body: bytes) -> None:
    verify_standard_webhook(headers, body, keys)


@pytest.mark.parametrize("length", [24, 32, 64])
def test_the_reference_library_accepts_what_we_sign(length: int) -> None:
    secret = new_secret(length)
    headers = sign_standard_webhook(keys_of(secret), "evt_1", BODY)
    assert headers["webhook-id"] == "evt_1"
    Webhook(secret).verify(BODY, headers, json_parse=False)


def test_we_accept_what_the_reference_library_signs() -> None:
    secret, now = new_secret(), datetime.now(UTC)
    headers = {
        "webhook-id": "cb_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("cb_1", now, BODY.decode()),
    }
    verify(keys_of(secret), headers, BODY)


@pytest.mark.skipif(not VECTORS.exists(), reason="the published vectors are not beside this checkout")
def test_the_published_vector_verifies_also_among_decoys() -> None:
    vector = json.loads(VECTORS.read_text())["standard_webhooks_symmetric"]
    keys, body = keys_of(vector["secret"]), vector["payload"].encode()
    headers = {
        "webhook-id": vector["webhook-id"],
        "webhook-timestamp": str(vector["webhook-timestamp"]),
        "webhook-signature": " ".join([*vector["decoys"], vector["webhook-signature"]]),
    }
    with time_machine.travel(vector["webhook-timestamp"]):
        verify(keys, headers, body)
        with pytest.raises(SignatureError):
            verify(keys, {**headers, "webhook-signature": vector["invalid_signature_same_inputs"]}, body)


def test_while_a_secret_is_rotated_both_sides_may_be_first() -> None:
    old, new = new_secret(), new_secret()
    both = keys_of(old, new)
    for one in (keys_of(old), keys_of(new)):
        verify(one, sign_standard_webhook(both, "evt_1", BODY), BODY)
        verify(both, sign_standard_webhook(one, "evt_1", BODY), BODY)


@pytest.mark.parametrize(("late_s", "accepted"), [(-301, False), (-299, True), (299, True), (301, False)])
def test_a_signature_is_good_for_five_minutes_in_both_directions(late_s: int, accepted: bool) -> None:
    keys = keys_of(new_secret())
    with time_machine.travel(NOW, tick=False):
        headers = sign_standard_webhook(keys, "evt_1", BODY)
    with time_machine.travel(NOW + timedelta(seconds=late_s), tick=False):
        if accepted:
            verify(keys, headers, BODY)
            return
        with pytest.raises(SignatureError, match="300 s"):
            verify(keys, headers, BODY)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "evt_2"),
        ("webhook-id", ""),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "nan"),
        ("webhook-timestamp", "1e9"),
        ("webhook-timestamp", "٣"),
        ("webhook-timestamp", "9" * 5000),
        ("webhook-timestamp", "-1"),
        ("webhook-signature", ""),
        ("webhook-signature", "v1"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,ü"),
        ("webhook-signature", "v1,\udcff"),
        ("webhook-signature", "v1,!!!"),
        ("webhook-signature", ",".join(["v1"] * 1000)),
    ],
)
def test_a_wrong_header_is_a_signature_error_and_nothing_worse(name: str, value: str) -> None:
    keys = keys_of(new_secret())
    with pytest.raises(SignatureError):
        verify(keys, {**sign_standard_webhook(keys, "evt_1", BODY), name: value}, BODY)


@pytest.mark.parametrize("version", ["v1a", "v2", "V1", ""])
def test_another_signature_version_is_not_taken_for_v1(version: str) -> None:
    keys = keys_of(new_secret())
    headers = sign_standard_webhook(keys, "evt_1", BODY)
    headers["webhook-signature"] = version + headers["webhook-signature"].removeprefix("v1")
    with pytest.raises(SignatureError):
        verify(keys, headers, BODY)


def test_a_changed_body_or_a_missing_header_is_refused() -> None:
    keys = keys_of(new_secret())
    headers = sign_standard_webhook(keys, "evt_1", BODY)
    with pytest.raises(SignatureError):
        verify(keys, headers, BODY + b" ")
    with pytest.raises(SignatureError):
        verify(keys, {}, BODY)
    with pytest.raises(SignatureError):
        verify(keys_of(new_secret()), headers, BODY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "hunter2hunter2",
        "whsec_",
        "whsec_c2hvcnQ=",
        base64.b64encode(b"x" * 32).decode(),
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_" + "ü" * 40,
        "whsec_" + base64.b64encode(b"x" * 32).decode() + " whsec_short",
    ],
)
def test_a_weak_or_malformed_secret_is_refused_by_its_variable_and_never_shown(text: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_secrets(text, "CLOSEOUT_PLATFORM_SECRET")
    told = str(caught.value)
    assert told.startswith("CLOSEOUT_PLATFORM_SECRET: ")
    assert "token_bytes(32)" in told
    assert not any(word in told for word in text.split() if len(word) > len("whsec_"))


def test_the_way_to_make_a_secret_that_the_error_tells_works() -> None:
    with pytest.raises(SettingsError) as caught:
        read_secrets("", "CLOSEOUT_PLATFORM_SECRET")
    code = caught.value.mend.split('"')[1]
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert len(read_key(keys_of(made)[0])) == 32


def test_the_timestamp_is_the_second_of_the_attempt() -> None:
    with time_machine.travel(NOW, tick=False):
        assert sign_standard_webhook(keys_of(new_secret()), "evt_1", b"")["webhook-timestamp"] == str(
            int(time.time())
        )
