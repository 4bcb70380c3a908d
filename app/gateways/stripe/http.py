"""How the SDK's requests go out: within a deadline, at the pace of all workers, to a checked address.

Proxies and logins of the environment play no part, and Stripe is told nothing of this machine: the SDK
would name its operating system, and more that it finds in the environment.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import stripe

from app.errors import StorageUnavailable
from app.gateways.guard import Network
from app.gateways.pace import LONGEST_WAIT_S, Pace
from app.gateways.transport import Limits, Lost, NotSent, fetch

stripe.enable_telemetry = False

LIMITS = Limits(timeout_s=10, total_s=30)
_BUSY_S = 2
_UNSAID = ("user-agent", "x-stripe-client-user-agent")


@dataclass(frozen=True, slots=True)
class Line:
    """The way to Stripe: the API's address without a slash at its end, and how long anything may take.

    `limits` are those of one request, `order_s` is for all requests of one order together.
    """

    url: str
    pace: Pace
    limits: Limits = LIMITS
    order_s: float = 90
    private: Sequence[Network] = ()


class StripeHttp(stripe.HTTPClient):
    """The SDK's HTTP client for one order. It repeats nothing. Raises NotSent, Lost and TooSoon."""

    name = "closeout"

    def __init__(self, line: Line) -> None:
        super().__init__()
        self._line = line
        self._deadline = time.monotonic() + line.order_s

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[Any, int, Mapping[str, str]]:
        line = self._line
        try:
            line.pace.wait(min(LONGEST_WAIT_S, self._left_s()))
        except StorageUnavailable as error:
            raise NotSent(f"the rate limit could not be read: {error.what}") from error
        limits = Limits(line.limits.timeout_s, min(line.limits.total_s, self._left_s()))
        told = {name: value for name, value in (headers or {}).items() if name.lower() not in _UNSAID}
        body = (post_data or "").encode()
        told["User-Agent"] = f"closeout/1 stripe-python/{stripe.VERSION}"
        answer = fetch(method.upper(), url, told, body, limits, private=line.private)
        if answer.status == 429:
            self._slow_down(answer.retry_after_s or _BUSY_S)
        if not answer.whole:
            raise Lost("the answer may have been cut short")
        return answer.body, answer.status, {"Retry-After": str(answer.retry_after_s or "")}

    def close(self) -> None:
        """Every request closes its own connection."""

    def _left_s(self) -> float:
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise NotSent(f"no time was left: an order has {self._line.order_s:g} s for all its requests")
        return left_s

    def _slow_down(self, seconds: int) -> None:
        """https://docs.stripe.com/rate-limits; Stripe need not say how long."""
        try:
            self._line.pace.push(seconds)
        except StorageUnavailable as error:
            raise Lost(f"Stripe is busy, which could not be noted: {error.what}") from error
