"""The webhooks that somebody registered at a pretend forge, and sending to them over real HTTP."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.forges.driver import Sent

PATIENCE_S = 10


@dataclass
class Webhook:
    """One webhook: what was saved of it, and the status of each delivery, 0 where nobody answered."""

    id: int
    repository_id: int
    url: str
    secret: str
    facts: dict[str, Any]
    answers: list[int] = field(default_factory=list)

    def post(self, sent: Sent) -> int:
        """Send one request as the forge would; redirects are not followed."""
        try:
            answer = requests.post(
                self.url, data=sent.body, headers=sent.headers, timeout=PATIENCE_S, allow_redirects=False
            )
            self.answers.append(answer.status_code)
        except requests.RequestException:
            self.answers.append(0)
        return self.answers[-1]


def is_local(url: str) -> bool:
    """Whether the host is one of this machine or network, which forges call only where they are told to."""
    host = urlsplit(url).hostname or ""
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"
