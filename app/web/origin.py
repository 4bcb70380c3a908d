"""Whether a form came from our own pages, as far as the browser says."""

from __future__ import annotations

from urllib.parse import urlsplit

import flask


def is_own(request: flask.Request, public_url: str) -> bool:
    """Whether this POST came from a page of ours.

    Our pages send no referrer, so that browsers write the origin as "null",
    https://fetch.spec.whatwg.org/#append-a-request-origin-header
    """
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin", "null")
    if site is not None:
        return site == "same-origin"
    return origin == "null" or _origin(origin) == _origin(public_url)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
