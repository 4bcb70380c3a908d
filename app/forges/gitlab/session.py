"""One identity at one GitLab server, within our bounds."""

from __future__ import annotations

import requests
from gitlab import Gitlab

from app.forges.transport import BoundedTransport


def session(token: str, api_url: str, timeout_s: float) -> Gitlab:
    """python-gitlab for this token; `api_url` is "" for gitlab.com, else https://host[/api/v4].

    The transport repeats reads and raises for 429: python-gitlab would repeat a POST after a 429, and sleep
    for as long as the server says (gitlab/utils.py, Retry). With the base URL kept, "next" links by another
    name of the server lead to the one that we know.
    """
    bounded = requests.Session()
    found = Gitlab(
        url=api_url.rstrip("/").removesuffix("/api/v4") or None,
        private_token=token,
        timeout=timeout_s,
        session=bounded,
        keep_base_url=True,
    )
    transport = BoundedTransport("GitLab", found.url, timeout_s)
    bounded.mount("https://", transport)
    bounded.mount("http://", transport)
    return found
