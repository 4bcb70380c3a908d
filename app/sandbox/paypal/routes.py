"""PayPal's addresses over HTTP: each passes the counter. Addresses that PayPal has not are 404."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from app.sandbox.paypal.counter import Call, Door
from app.sandbox.paypal.hall import add_hall
from app.sandbox.paypal.refusals import Refused
from app.sandbox.wire import send

if TYPE_CHECKING:
    from app.sandbox.paypal.server import SandboxPayPal


def create_app(paypal: SandboxPayPal, doors: list[Door], closing: threading.Event) -> Flask:
    """The WSGI application; `closing` lets go of the answers that a fault holds back."""
    app = Flask("closeout-sandbox-paypal")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    for door in doors:
        view = _view(paypal, door, closing)
        app.add_url_rule(door.rule, f"{door.method} {door.rule}", view, methods=[door.method])
    add_hall(app, paypal)

    @app.errorhandler(Refused)
    def refuse(refusal: Refused) -> Response:
        return Response(json.dumps(refusal.body), refusal.status, mimetype="application/json")

    return app


def _view(paypal: SandboxPayPal, door: Door, closing: threading.Event) -> Callable[..., Response]:
    def view(**names: str) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        call = Call(request.method, request.path, request.args.to_dict(), headers, request.get_data())
        reply = paypal.counter.serve(door, call, names)
        return send(reply.status, reply.body, reply.headers, reply.fault, closing)

    return view
