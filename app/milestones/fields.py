"""The kinds of fields a contract file has: each reads one YAML scalar, which is text, or refuses it.

A refusal says what is wrong and how to mend it. The JSON Schema beside each kind is for editors, which read
YAML's own numbers and booleans; what only looks like a number there is still text here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from app import money
from app.capabilities import ABILITIES, OF_KIND
from app.errors import MoneyError
from app.milestones.problems import quoted

MAX_LABEL = 50
"""GitHub refuses longer names, https://docs.github.com/en/rest/issues/labels#create-a-label"""

_STEERING = "\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff"
_CONTROL = re.compile(f"[{_STEERING}]")
INVISIBLE = re.compile(
    f"[{_STEERING}\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u202f"
    "\u205f-\u206f\u3000\u3164\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control, text direction, zero-width and spaces that are not a space: two labels would look alike."""

_EMAIL = re.compile(r'[^@\s<>,;:"()\[\]\\]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+')
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
_TERMS = re.compile(r"net-(0|[1-9][0-9]{0,2})", re.ASCII)
_SEGMENT = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9_.-]{1,100}"
_REPOSITORY = re.compile(rf"([a-z][a-z0-9-]{{0,31}}):({_SEGMENT}(?:/{_SEGMENT}){{1,20}})")


_parse_share = lru_cache(maxsize=1024)(money.parse_share)
"""A file repeats a few shares many times; exact fractions are slow to make."""


def refusal(what: str, mend: str) -> PydanticCustomError:
    """The error that a field raises; `explain.py` turns it into a Problem."""
    return PydanticCustomError("refused", "{what}", {"what": what, "mend": mend})


def scalar(value: object) -> str:
    """The text of one scalar; a list or mapping is refused, and so is nothing."""
    if not isinstance(value, str):
        found = "a list" if isinstance(value, list) else "a mapping"
        raise refusal(f"one value is expected here, found {found}", "Write a single text or number")
    if not value:
        raise refusal("there is nothing here", "Write a value, or leave the field out if it is optional")
    return value


def line(limit: int, hidden: re.Pattern[str] = _CONTROL) -> Callable[[object], str]:
    """A reader of one line of text of at most `limit` characters, kept exactly as written."""

    def read(value: object) -> str:
        text = scalar(value)
        if len(text) > limit:
            raise refusal(f"{len(text)} characters are too many", f"Use at most {limit}")
        if found := hidden.search(text):
            if found[0] in "\r\n":
                raise refusal("this has more than one line", "Write it on one line")
            raise refusal(
                f"the invisible character U+{ord(found[0]):04X} stands in it", "Remove the character"
            )
        if text != text.strip():
            raise refusal(f"{quoted(text)} begins or ends with a space", "Remove the space")
        return text

    return read


_label_line = line(MAX_LABEL, INVISIBLE)


def matching(pattern: str, what: str, mend: str) -> Callable[[object], str]:
    """A reader of text that matches all of `pattern`."""
    compiled = re.compile(pattern, re.ASCII)

    def read(value: object) -> str:
        text = scalar(value)
        if not compiled.fullmatch(text):
            raise refusal(f"{quoted(text)} is not {what}", mend)
        return text

    return read


def label(value: object) -> str:
    """An issue label, compared letter by letter with the forge's. Commas separate labels in every forge's
    search (https://docs.github.com/en/rest/issues/issues#list-repository-issues), so they are refused.
    """
    text = _label_line(value)
    if "," in text:
        raise refusal(
            f"{quoted(text)} has a comma, which separates labels", "Rename the label, at the forge too"
        )
    return text


def share(value: object) -> Fraction:
    """A percentage as an exact fraction of one."""
    try:
        return _parse_share(scalar(value))
    except MoneyError as error:
        raise refusal(error.what, error.mend) from error


def currency(value: object) -> str:
    """A lower-case ISO 4217 code that has a minor unit."""
    text = scalar(value)
    try:
        money.exponent(text)
    except MoneyError as error:
        raise refusal(f"unknown currency {quoted(text)}", error.mend) from error
    return text


def terms(value: object) -> int:
    """net-15 → 15 days."""
    text = scalar(value)
    found = _TERMS.fullmatch(text)
    if found is None or int(found[1]) > 365:
        raise refusal(
            f"{quoted(text)} are no terms", "Write net-N with N days from 0 to 365, for example net-15"
        )
    return int(found[1])


def true_or_false(value: object) -> bool:
    """`true` or `false`, and none of YAML's other spellings."""
    text = scalar(value)
    if text not in ("true", "false"):
        raise refusal(f"{quoted(text)} is neither true nor false", "Write true or false")
    return text == "true"


def one_of(what: str, *known: str) -> Callable[[object], str]:
    """A reader of one of the `known` words."""

    def read(value: object) -> str:
        text = scalar(value)
        if text not in known:
            raise refusal(f"unknown {what} {quoted(text)}", f"Use {', '.join(known)}")
        return text

    return read


def email(value: object) -> str:
    """One plain e-mail address."""
    text = line(254)(value)
    if not _EMAIL.fullmatch(text):
        raise refusal(
            f"{quoted(text)} is not an e-mail address", "Write one, for example billing@studio.example"
        )
    return text


def url(value: object) -> str:
    """An https address without credentials; plain http only on this machine."""
    text = line(2000)(value)
    if "@" in text.partition("//")[2].partition("/")[0]:
        raise refusal(
            "the address carries credentials", "Secrets come from the environment, never from this file"
        )
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0 or not _URL.fullmatch(text) or "#" in text:
        raise refusal(
            f"{quoted(text)} is not a web address", "Write one, for example https://pay.example/events"
        )
    if parts.scheme != "https" and not _is_loopback(host):
        raise refusal(
            f"{quoted(text)} is not encrypted", "Use https; http is for this machine (127.0.0.1) only"
        )
    return text


def repository(value: object) -> tuple[str, str]:
    """ "github:acme/site" → ("github", "acme/site"); GitLab's groups may nest: gitlab:acme/web/site."""
    text = scalar(value)
    found = _REPOSITORY.fullmatch(text)
    if found is None or text.endswith(".git"):
        raise refusal(
            f"{quoted(text)} is not a repository",
            "Write connection:owner/name, for example github:acme/storefront (no address, no .git)",
        )
    return found[1], found[2]


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _text(**more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": ["string", "number", "boolean"], **more})


def string(**more: Any) -> WithJsonSchema:
    """The JSON Schema of text, for editors."""
    return WithJsonSchema({"type": "string", **more})


NAME = r"[a-z][a-z0-9-]{0,31}"
_ID = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"
_ACCOUNT = r"[A-Za-z0-9][A-Za-z0-9_.:@/+-]{0,127}"

Version = Annotated[str, PlainValidator(one_of("version", "1")), WithJsonSchema({"enum": [1, "1"]})]
Line = Annotated[str, PlainValidator(line(200)), _text(maxLength=200)]
Criterion = Annotated[str, PlainValidator(line(500)), _text(maxLength=500)]
Email = Annotated[str, PlainValidator(email), string(format="email")]
Url = Annotated[str, PlainValidator(url), string(format="uri", pattern="^https?://")]
Label = Annotated[str, PlainValidator(label), _text(maxLength=MAX_LABEL, pattern="^[^,]+$")]
Share = Annotated[Fraction, PlainValidator(share), string(pattern=r"^[0-9]{1,3}(\.[0-9]{1,6})? ?%$")]
Currency = Annotated[str, PlainValidator(currency), string(pattern="^[a-z]{3}$")]
Amount = Annotated[
    str,
    PlainValidator(scalar),
    WithJsonSchema({"type": ["number", "string"], "minimum": 0, "pattern": r"^[0-9]+(\.[0-9]+)?$"}),
]
Terms = Annotated[int, PlainValidator(terms), string(pattern="^net-[0-9]{1,3}$")]
Flag = Annotated[bool, PlainValidator(true_or_false), WithJsonSchema({"type": "boolean"})]
RepositoryName = Annotated[
    tuple[str, str], PlainValidator(repository), string(pattern=r"^[a-z][a-z0-9-]*:[^/\s]+(/[^/\s]+)+$")
]
Name = Annotated[
    str,
    PlainValidator(
        matching(NAME, "a name", "Use lower-case letters, digits and dashes, 32 at most, a letter first")
    ),
    string(pattern=f"^{NAME}$"),
]
ContractId = Annotated[
    str,
    PlainValidator(
        matching(_ID, "a contract id", "Use letters, digits and _ . - , 64 at most, a letter or digit first")
    ),
    WithJsonSchema({"type": ["string", "number"], "pattern": f"^{_ID}$"}),
]
Account = Annotated[
    str,
    PlainValidator(
        matching(
            _ACCOUNT, "an account", "Write the gateway's account token: letters, digits and _ . : @ / + -"
        )
    ),
    WithJsonSchema({"type": ["string", "number"], "pattern": f"^{_ACCOUNT}$"}),
]
ForgeKind = Annotated[
    str,
    PlainValidator(one_of("forge", "github", "gitlab", "gitea", "forgejo")),
    WithJsonSchema({"enum": ["github", "gitlab", "gitea", "forgejo"]}),
]
GatewayKind = Annotated[
    str, PlainValidator(one_of("gateway kind", *OF_KIND)), WithJsonSchema({"enum": [*OF_KIND]})
]
Ability = Annotated[
    str,
    PlainValidator(one_of("ability of a gateway", *ABILITIES)),
    WithJsonSchema({"enum": [*ABILITIES]}),
]
Disburse = Annotated[
    str,
    PlainValidator(one_of("time", "on_paid", "on_close")),
    WithJsonSchema({"enum": ["on_paid", "on_close"]}),
]
Partial = Annotated[
    str, PlainValidator(one_of("way", "wait", "pro_rata")), WithJsonSchema({"enum": ["wait", "pro_rata"]})
]
OnRefund = Annotated[
    str, PlainValidator(one_of("way", "reverse", "keep")), WithJsonSchema({"enum": ["reverse", "keep"]})
]
