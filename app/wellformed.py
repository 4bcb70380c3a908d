"""Settings whose text must have a form. Each raises SettingsError, which names the variable."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import SplitResult, unquote, urlsplit

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.errors import SettingsError

PREFIX = "CLOSEOUT_"
SHORTEST_KEY = 32
LONGEST_PAUSE_S = 86_400
WIDEST_PREFIX = {4: 8, 6: 7}
"""By the IP version: how many bits the widest private network fixes (RFC 1918, RFC 4193)."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")


def seconds(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) <= LONGEST_PAUSE_S):
        raise SettingsError(
            f"{text!r} is no number of seconds",
            where=f"{PREFIX}{name}",
            mend=f"Use a whole number up to {LONGEST_PAUSE_S}; 0 switches it off",
        )
    return int(text)


def database_url(text: str) -> str:
    where, mend = f"{PREFIX}DATABASE_URL", "Use sqlite:///closeout.db or postgresql://user:password@host/name"
    try:
        url: URL = make_url(
            "postgresql" + text.removeprefix("postgres") if text.startswith("postgres:") else text
        )
    except (ArgumentError, ValueError) as error:
        raise SettingsError("this is not a database URL", where=where, mend=mend) from error
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise SettingsError(f"{url.get_backend_name()} is not supported", where=where, mend=mend)
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise SettingsError("an in-memory database would forget releases", where=where, mend=mend)
    return url.render_as_string(hide_password=False)


def web_address(text: str) -> str:
    """Where people reach this server, without a slash at its end; "" where nobody was told."""
    try:
        parts = urlsplit(text)
        is_usable = not text or (parts.scheme in ("http", "https") and bool(parts.hostname))
    except ValueError:
        is_usable = False
    if not is_usable or not text.isprintable() or re.search(r"[ @]", text) or parts.query or parts.fragment:
        raise SettingsError(
            "this is not a web address",
            where=f"{PREFIX}PUBLIC_URL",
            mend="Use what people open, for example https://closeout.studio.example",
        )
    return text.rstrip("/")


def proxies(text: str) -> str:
    """Addresses and networks with commas between; "" for none."""
    found = [one.strip() for one in text.split(",") if one.strip()]
    for one in found:
        try:
            ip_network(one)
        except ValueError as error:
            raise SettingsError(
                f"{one!r} is not an address or a network",
                where=f"{PREFIX}TRUSTED_PROXIES",
                mend="Name the proxies as their connections come in, for example 127.0.0.1,172.18.0.0/16",
            ) from error
    return ",".join(found)


def networks(where: str, text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Private networks and addresses, with spaces or commas between; `where` is the variable's name.

    None is wider than the widest private ones, 10.0.0.0/8 and fc00::/7: a slip must not open everything.
    """
    found = []
    for one in re.findall(r"[^\s,]+", text):
        mend = "List addresses and networks with spaces between, for example 10.20.0.0/16 192.168.7.5"
        try:
            network = ip_network(one)
        except ValueError as error:
            raise SettingsError(f"{one!r} is not an address or a network", where=where, mend=mend) from error
        if network.prefixlen < WIDEST_PREFIX[network.version]:
            raise SettingsError(f"{one} is wider than any private network", where=where, mend=mend)
        found.append(network)
    return tuple(found)


def keys(text: str, where: str) -> tuple[str, ...]:
    """Keys with white space between, from which links and the vault are sealed; at least one."""
    found = tuple(text.split())
    if not found:
        raise SettingsError("there is no key in it", where=where, mend="Put the key back that was there")
    if any(len(key) < SHORTEST_KEY for key in found):
        raise SettingsError(
            f"the key is shorter than {SHORTEST_KEY} characters, so that it could be guessed",
            where=where,
            mend="Put nothing but keys there, made for example with: openssl rand -base64 32",
        )
    return found


def smtp_url(text: str) -> str:
    """Where mails are handed over; "" hands none over. A refusal shows nothing of the text."""
    where = f"{PREFIX}SMTP_URL"
    mend = "Use smtp://user:password@host:587 or smtps://user:password@host:465, credentials percent-encoded"
    try:
        parts = urlsplit(text)
        is_plain = text.isascii() and text.isprintable() and " " not in text
        is_usable = not text or (is_plain and _is_mail_server(parts))
    except ValueError as error:
        raise SettingsError("this is not the URL of a mail server", where=where, mend=mend) from error
    if not is_usable:
        raise SettingsError("this is not the URL of a mail server", where=where, mend=mend)
    return text


def _is_mail_server(parts: SplitResult) -> bool:
    credentials = (unquote(parts.username or ""), unquote(parts.password or ""))
    return (
        parts.scheme in ("smtp", "smtps")
        and bool(parts.hostname)
        and parts.port != 0
        and parts.path in ("", "/")
        and not (parts.query or parts.fragment)
        and bool(credentials[0]) == bool(credentials[1])
        and all(one.isascii() and one.isprintable() for one in credentials)
    )


def address(text: str) -> str:
    if text and not _ADDRESS.fullmatch(text):
        raise SettingsError(
            f"{text!r} is not an e-mail address",
            where=f"{PREFIX}MAIL_FROM",
            mend="Write the address alone, for example billing@studio.example",
        )
    return text
