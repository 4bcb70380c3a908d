"""What each kind of field takes and refuses, where a refusal guards money or a secret."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic_core import PydanticCustomError

from app.milestones import fields


@pytest.mark.parametrize(
    "address",
    [
        "https://pay.example/events",
        "https://pay.example:8443/events?tenant=3",
        "https://[2001:db8::1]/events",
        "http://127.0.0.1:9000/events",
        "http://127.8.0.1/",
        "http://[::1]:9000/",
        "http://localhost:9000",
    ],
)
def test_addresses_that_are_encrypted_or_never_leave_this_machine(address: str) -> None:
    assert fields.url(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "http://pay.example/events",
        "http://127.0.0.1.evil.example/",
        "http://localhost.evil.example/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://127.1/",
        "https://user:password@pay.example/",
        "https://pay.example\\@evil.example/",
        "https://pay.example/#part",
        "https://pay.example:0/",
        "https://pay.example:99999/",
        "https://[::1",
        "https:///events",
        "https:pay.example",
        "ftp://pay.example/",
        "file:///etc/passwd",
        "https://pay.example/a b",
        "HTTPS//pay.example",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        fields.url(address)
    assert "password" not in str(caught.value)


@pytest.mark.parametrize("text", ["true", "false"])
def test_a_flag_is_true_or_false(text: str) -> None:
    assert fields.true_or_false(text) is (text == "true")


@pytest.mark.parametrize(
    ("read", "texts"),
    [
        (fields.true_or_false, ["yes", "on", "True", "TRUE", "1", "y", ""]),
        (fields.terms, ["net15", "net-015", "net-366", "net--1", "NET-15", "net-1٥", "net-15\n"]),
        (
            fields.email,
            ["a", "a@b", "a@b@c.example", "a b@c.example", "<a@b.example>", "a@b.example\nx"],
        ),
        (fields.repository, ["acme/site", "github:acme", "github:acme/", "github:/site", "github:a//b"]),
        (fields.repository, ["github:acme/../x", "github:acme/site.git", "https://github.com/acme/site"]),
        (fields.repository, ["github: acme/site", "github:acme/sité", "GitHub:acme/site"]),
        (fields.label, ["", " x", "x ", "a\nb", "a,b", "x" * 51]),
        (fields.label, ["a\u200bb", "a\u202eb", "a\u00adb", "a\u3000b", "\ufeffx", "a\u200db"]),
        (fields.line(10), ["", " x", "x\t", "a\x7fb", "a\u2066b", "x" * 11]),
        (fields.share, ["0%", "100.1%", "30", "1/3", "-5%", "30 % "]),
        (fields.currency, ["USD", "xau", "us", "euro", "1"]),
    ],
)
def test_what_a_field_refuses(read: Callable[[object], object], texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(PydanticCustomError):
            read(text)


def test_people_s_own_letters_are_welcome_in_texts_and_labels() -> None:
    assert fields.line(40)("Übersee GmbH – Zoë & שלום") == "Übersee GmbH – Zoë & שלום"
    assert fields.label("milestone: étape 🚀") == "milestone: étape 🚀"
    assert fields.repository("lab:acme/web/site_1.x") == ("lab", "acme/web/site_1.x")
