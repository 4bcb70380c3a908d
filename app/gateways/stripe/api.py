"""Stripe's API for one order: calls of the SDK, with their answers as objects that are read strictly."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import stripe

from app.errors import PayloadError
from app.gateways.fields import Object
from app.gateways.stripe.faults import code_of
from app.gateways.stripe.http import Line, StripeHttp
from app.gateways.stripe.papers import paper
from app.gateways.stripe.plan import step_key

API_VERSION = "2026-10-28.endive"
"""What these adapters were written for; the SDK's own moves with each of its versions."""

_PAGE, _MOST_PAGES = 100, 1000
Call = Callable[..., stripe.StripeObject]


class Api:
    """Every method raises StripeError, NotSent, Lost, TooSoon or PayloadError.

    `key` is the order's own: each booking goes out under a name made of it and of the step. `begun` is set
    once something of the order is there, from when on a refusal is no proof that nothing happened.
    """

    def __init__(self, api_key: str, line: Line, key: str = "") -> None:
        client = stripe.StripeClient(
            api_key,
            base_addresses={"api": line.url},
            stripe_version=API_VERSION,
            http_client=StripeHttp(line),
            max_network_retries=0,
        )
        self.v1 = client.v1
        self._key = key
        self.begun = False

    def read(self, call: Call, *ids: str, **params: Any) -> Object:
        """One object, as it is now."""
        return paper(call(*ids, params or None).to_dict())

    def found(self, call: Call, *ids: str) -> Object | None:
        """The same, or None where there is no such."""
        try:
            return self.read(call, *ids)
        except stripe.InvalidRequestError as error:
            if error.http_status == 404 and code_of(error) == "resource_missing":
                return None
            raise

    def every(self, call: Call, *ids: str, **params: Any) -> Iterator[Object]:
        """A list, newest first, page by page. https://docs.stripe.com/api/pagination"""
        after: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            page = paper(call(*ids, {**params, **after, "limit": _PAGE}).to_dict())
            entries = [paper(one.members) for one in page.objects("data")]
            yield from entries
            if not page.members.get("has_more"):
                return
            if not entries or after.get("starting_after") == entries[-1].text("id"):
                break
            after = {"starting_after": entries[-1].text("id")}
        raise PayloadError("Stripe's list does not end", where=str(getattr(call, "__name__", "list")))

    def book(self, step: str, call: Call, *ids: str, params: Mapping[str, Any] | None = None) -> Object:
        """Do one step of the order, at most once whoever tries it again."""
        return self.book_as(step_key(self._key, step), call, *ids, params=params)

    def book_as(self, key: str, call: Call, *ids: str, params: Mapping[str, Any] | None = None) -> Object:
        """The same under a name of its own, where several orders want the same thing."""
        return paper(call(*ids, dict(params or {}), {"idempotency_key": key}).to_dict())

    def take_away(self, call: Call, *ids: str) -> Object:
        """Delete something; done twice it is done once."""
        return paper(call(*ids).to_dict())
