"""A hall door to play with: all under /sandbox/, as JSON. No real Stripe has it; it asks for no key."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.hall import common_doors, posted
from app.sandbox.stripe.errors import Refused

if TYPE_CHECKING:
    from app.sandbox.stripe.server import SandboxStripe

ACTS = {
    "invoices/<name>/pay": "pay",
    "invoices/<name>/decline": "decline",
    "invoices/<name>/void": "void",
    "invoices/<name>/uncollectible": "mark_uncollectible",
    "invoices/<name>/credit": "credit",
    "charges/<name>/refund": "refund",
    "charges/<name>/dispute": "open_dispute",
    "disputes/<name>/close": "close_dispute",
    "transfers/<name>/reverse": "reverse",
    "events/<name>/resend": "resend",
    "accounts/<name>": "add_account",
    "accounts/<name>/transfers": "set_transfers",
    "accounts/<name>/balance": "set_payee_balance",
    "balance": "set_balance",
    "time": "pass_time",
}
"""Where each act of hands.py is posted to; the members of the JSON body are its other arguments."""


def hall_door(app: Flask, stripe: SandboxStripe) -> None:
    """Add the addresses to the application."""
    for path, act in ACTS.items():
        app.post(f"/sandbox/{path}", endpoint=act)(_acting(stripe, act))
    common_doors(app, stripe, Refused)
    _looking(app, stripe)
    _switches(app, stripe)


def _acting(stripe: SandboxStripe, act: str) -> Callable[..., AnyResponse]:
    def view(name: str | None = None) -> AnyResponse:
        function = getattr(stripe, act)
        given = [] if name is None else [name]
        try:
            inspect.signature(function).bind(*given, **posted())
        except TypeError as error:
            raise Refused(f"{act}: {error}") from error
        result = function(*given, **posted())
        if request.mimetype == "application/x-www-form-urlencoded":  # the button on the page
            return redirect(f"/i/{name}", 303)
        return jsonify(result)

    return view


def _looking(app: Flask, stripe: SandboxStripe) -> None:
    @app.get("/sandbox/invoices")
    def invoices() -> Response:
        return jsonify(stripe.invoices())

    @app.get("/sandbox/invoices/<name>/charges")
    def charges(name: str) -> Response:
        return jsonify(stripe.charges_of(name))


def _switches(app: Flask, stripe: SandboxStripe) -> None:
    @app.post("/sandbox/callback")
    def callback() -> Response:
        """Where events go, and whether they come twice and out of order."""
        wish = posted()
        stripe.events.callbacks.url = str(wish.get("url", stripe.events.callbacks.url) or "")
        stripe.events.scrambled = bool(wish.get("scrambled", stripe.events.scrambled))
        return jsonify({"url": stripe.events.callbacks.url, "scrambled": stripe.events.scrambled})

    @app.post("/sandbox/limits")
    def limits() -> Response:
        """How many requests a second are answered (null: any number)."""
        limit = posted().get("requests_per_s")
        if limit is not None and (type(limit) is not int or limit < 1):
            raise Refused("requests_per_s is a whole number of at least 1, or null")
        stripe.counter.limit_per_s = limit
        return jsonify({"requests_per_s": limit})
