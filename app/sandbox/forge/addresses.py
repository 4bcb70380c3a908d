"""Which addresses a webhook may have: the sandbox calls this machine only, the real GitHub everything but."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_OWN_NETWORKS = ("localhost", "127.", "0.0.0.0", "::1", "10.", "192.168.")  # noqa: S104 - refused, not bound


def is_local(url: str) -> bool:
    """Whether it leads to this machine, and nowhere else."""
    return is_address(url) and urlsplit(url).hostname in _LOCAL


def is_address(url: object) -> bool:
    """Whether it is a whole http(s) address, without a name or a password in it."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username


def is_unreachable(url: str) -> bool:
    """Whether it leads to this machine or into a network of one's own, where GitHub can not follow."""
    host = urlsplit(url).hostname or ""
    return host.startswith(_OWN_NETWORKS) or host.endswith((".local", ".localhost", ".internal"))
