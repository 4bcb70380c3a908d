"""Strict JSON: what has one plain meaning is read, all else is refused with PayloadError and fast."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import strictjson
from app.errors import PayloadError

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


@given(value=values, is_ascii=st.booleans())
def test_plain_json_reads_as_it_was_written(value: object, is_ascii: bool) -> None:
    assert strictjson.loads(json.dumps(value, ensure_ascii=is_ascii).encode("utf-8")) == value


@given(
    body=st.binary(max_size=200) | st.text(alphabet='[]{}":,\\u0dNaInfity1e-+.', max_size=60).map(str.encode)
)
def test_whatever_comes_is_read_or_refused_and_nothing_else(body: bytes) -> None:
    refused: PayloadError | None = None
    try:
        strictjson.loads(body)
    except PayloadError as error:
        refused = error
    assert refused is None or (refused.where.startswith("body") and refused.mend)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b'{"a":"\xff"}', "not UTF-8"),
        ('{"a":1}'.encode("utf-16"), "not UTF-8"),
        (b'{"a":1,"b":2,"a":1}', "stands twice"),
        (b'{"a":{"b":[{"c":1,"c":2}]}}', "stands twice"),
        (b'{"a":1,"\\u0061":2}', "stands twice"),
        (b'{"a":NaN}', "NaN"),
        (b"[Infinity]", "Infinity"),
        (b"[-Infinity]", "-Infinity"),
        (b"[1e9999999999999999999999]", "too large"),
        (b"[0." + b"1" * 5000 + b"]", "digits"),
        (b"[" + b"9" * 5000 + b"]", "5000 digits"),
        (b'["\\ud800"]', "surrogate"),
        (b'{"\\udfff":1}', "surrogate"),
        (b"[" * 61 + b"]" * 61, "nests"),
        (b'{"a":' * 100_000, "nests"),
    ],
)
def test_what_has_no_plain_meaning_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(PayloadError, match=told):
        strictjson.loads(body)


def test_a_fraction_is_read_as_it_was_written() -> None:
    assert strictjson.loads(b"[0.1, -2.50, 1e999]") == [Decimal("0.1"), Decimal("-2.5"), Decimal("1e999")]


def test_brackets_in_a_text_are_no_depth_and_a_pair_of_surrogates_is_a_character() -> None:
    assert strictjson.loads(b'["' + b"[" * 500 + b'\\"]"]') == ["[" * 500 + '"]']
    assert strictjson.loads(b'["\\ud83d\\uded2"]') == ["🛒"]
    assert strictjson.loads(b"[" * 60 + b"]" * 60)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":"' + b'\\"[' * 500_000,
        b'["' + b"\\" * 1_000_000,
        b'"' * 1_000_000 + b"[" * 100,
        b"{" + b",".join(b'"%d":1' % i for i in range(100_000)) + b',"99999":1}',
    ],
    ids=["an endless text", "backslashes", "quotes", "a name twice among many"],
)
def test_a_long_body_is_refused_in_time_that_grows_with_its_length_only(body: bytes) -> None:
    started = time.monotonic()
    with pytest.raises(PayloadError):
        strictjson.loads(body)
    assert time.monotonic() - started < 3
