"""The platform's addresses: the protocol's two, the hosted invoice page, and a hall door to play with.

Everything under /sandbox/ is for people and tests: no real platform has it, and it asks for no signature.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, redirect, render_template_string, request
from werkzeug.wrappers import Response as AnyResponse

from app import money
from app.sandbox.platform.counter import Reply, refused
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.papers import Invoice

if TYPE_CHECKING:
    from app.sandbox.platform.server import SandboxPlatform

HOLD_S = 120
DRIP_S = 0.05
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Invoice {{ invoice.number }}</title>
<h1>Invoice {{ invoice.number }}</h1>
<p>{{ event.title }} (contract {{ event.contract_id }}, milestone {{ event.milestone_index }})</p>
<p><strong>{{ amount }}</strong>, {{ invoice.status }}</p>
{% if invoice.status == "open" %}
<form method="post" action="/sandbox/invoices/{{ invoice.id }}/pay">
<button>Pay (sandbox money)</button>
</form>
{% endif %}
</html>
"""
_NOTE_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Credit note {{ note.number }}</title>
<h1>Credit note {{ note.number }}</h1>
<p>for invoice {{ invoice.number }} (contract {{ invoice.event.contract_id }})</p>
<p><strong>{{ amount }}</strong></p>
<p>{{ note.reason }}</p>
</html>
"""


def create_app(platform: SandboxPlatform, closing: threading.Event) -> Flask:
    """The WSGI application; `closing` lets go of the answers that a fault holds back."""
    app = Flask("closeout-sandbox-platform")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _protocol(app, platform, closing)
    _pages(app, platform)
    _hall_door(app, platform)
    _undo_by_hand(app, platform)
    _switches(app, platform)

    @app.errorhandler(Refused)
    def refuse(refusal: Refused) -> Response:
        return _plain(refused(refusal))

    return app


def _protocol(app: Flask, platform: SandboxPlatform, closing: threading.Event) -> None:
    @app.post("/events")
    def take() -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        return _send(platform.take(headers, request.get_data()), closing)

    @app.get("/events")
    def listed() -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        contract_id, after = request.args.get("contract_id", ""), request.args.get("after", "")
        return _send(platform.counter.listed(headers, request.query_string, contract_id, after), closing)

    @app.get("/events/<event_id>")
    def ask(event_id: str) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        return _send(platform.counter.ask(headers, event_id), closing)


def _pages(app: Flask, platform: SandboxPlatform) -> None:
    @app.get("/invoices/<invoice_id>")
    def page(invoice_id: str) -> str:
        invoice = platform.books.invoice(invoice_id)
        amount = money.show(invoice.event.amount_minor, invoice.event.currency)
        return render_template_string(_PAGE, invoice=invoice, event=invoice.event, amount=amount)

    @app.get("/credit-notes/<note_id>")
    def note_page(note_id: str) -> str:
        note = platform.undoing.note(note_id)
        invoice = platform.books.invoice(note.invoice_id)
        amount = money.show(note.amount_minor, note.currency)
        return render_template_string(_NOTE_PAGE, note=note, invoice=invoice, amount=amount)


def _hall_door(app: Flask, platform: SandboxPlatform) -> None:
    @app.get("/sandbox/journal")
    def journal() -> Response:
        return jsonify(platform.journal.entries(request.args.get("kind", "")))

    @app.get("/sandbox/invoices")
    def invoices() -> Response:
        return jsonify([_full(invoice) for invoice in platform.books.invoices()])

    @app.post("/sandbox/invoices/<invoice_id>/pay")
    def pay(invoice_id: str) -> AnyResponse:
        invoice = platform.books.receive(invoice_id, _wish().get("amount_cents"))
        if request.mimetype == "application/x-www-form-urlencoded":  # the button on the page
            return redirect(f"/invoices/{invoice.id}", 303)
        return jsonify(_full(invoice))

    @app.post("/sandbox/payouts/<payout_id>/settle")
    def settle(payout_id: str) -> Response:
        return jsonify(platform.books.finish(payout_id, "paid").view())

    @app.post("/sandbox/payouts/<payout_id>/fail")
    def fail(payout_id: str) -> Response:
        reason = str(_wish().get("reason", "the bank returned it"))
        return jsonify(platform.books.finish(payout_id, "failed", reason).view())


def _undo_by_hand(app: Flask, platform: SandboxPlatform) -> None:
    @app.post("/sandbox/invoices/<invoice_id>/void")
    def void(invoice_id: str) -> Response:
        return jsonify(_full(platform.undoing.void(invoice_id)))

    @app.post("/sandbox/invoices/<invoice_id>/credit")
    def credit(invoice_id: str) -> Response:
        note = platform.undoing.credit(invoice_id, str(_wish().get("reason", "")))
        return jsonify(_full(platform.books.invoice(note.invoice_id)))

    @app.post("/sandbox/payouts/<payout_id>/reverse")
    def reverse(payout_id: str) -> Response:
        return jsonify(platform.undoing.reverse(payout_id).view())


def _switches(app: Flask, platform: SandboxPlatform) -> None:
    @app.post("/sandbox/payees")
    def payee() -> Response:
        wish = _wish()
        account, retry_after_s = wish.get("account_token"), wish.get("retry_after_s", 0)
        if not isinstance(account, str) or type(retry_after_s) is not int or retry_after_s < 0:
            raise Refused("invalid_field", "account_token is text, retry_after_s a whole number of seconds")
        if wish.get("is_empty", True):
            platform.undoing.empty_payee(account, retry_after_s)
        else:
            platform.undoing.fill_payee(account)
        return jsonify({})

    @app.post("/sandbox/seller")
    def seller() -> Response:
        credit_minor = _wish().get("credit_cents")
        if type(credit_minor) is not int or credit_minor < 0:
            raise Refused("invalid_field", "a credit is a whole number of minor units", field="credit_cents")
        platform.undoing.seller_credit_minor = credit_minor
        return jsonify({})

    @app.post("/sandbox/faults")
    def switch_on() -> Response:
        wish = _wish()
        platform.faults.switch_on(wish.get("on", "any"), wish.get("kind"), wish.get("times", 1))
        return jsonify({})

    @app.delete("/sandbox/faults")
    def clear() -> Response:
        platform.faults.clear()
        return jsonify({})

    @app.post("/sandbox/callback")
    def callback() -> Response:
        platform.callbacks.url = str(_wish().get("url") or "")
        return jsonify({"url": platform.callbacks.url})


def _wish() -> dict[str, Any]:
    wish = request.get_json(silent=True)
    return wish if isinstance(wish, dict) else {}


def _full(invoice: Invoice) -> dict[str, Any]:
    event = invoice.event
    return {
        **invoice.view(),
        "received_cents": invoice.received_minor,
        "event_id": event.id,
        "contract_id": event.contract_id,
        "milestone_index": event.milestone_index,
        "revision": event.revision,
        "payouts": [payout.view() for payout in invoice.payouts.values()],
        "credit_note": invoice.credit_note.view() if invoice.credit_note else None,
    }


def _plain(reply: Reply) -> Response:
    return Response(reply.body, reply.status, reply.headers, mimetype="application/json")


def _send(reply: Reply, closing: threading.Event) -> Response:
    """`reply` over the wire, or what its fault makes of that."""
    if reply.fault == "accept_then_timeout":
        closing.wait(HOLD_S)
    if reply.fault not in ("reset", "slow_drip"):
        return _plain(reply)
    pieces = _cut(reply.body) if reply.fault == "reset" else _drip(reply.body, closing)
    headers = {**reply.headers, "Content-Length": str(len(reply.body))}
    return Response(pieces, reply.status, headers, mimetype="application/json")


def _cut(body: bytes) -> Iterator[bytes]:
    yield body[: len(body) // 2]
    raise ConnectionResetError("switched on: reset")


def _drip(body: bytes, closing: threading.Event) -> Iterator[bytes]:
    for position in range(len(body)):
        yield body[position : position + 1]
        if closing.wait(DRIP_S):
            return
