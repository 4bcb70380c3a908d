"""The platform's addresses: the protocol's two, the hosted invoice page, and a hall door to play with.

Everything under /sandbox/ is for people and tests: no real platform has it, and it asks for no signature.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, redirect, render_template_string, request
from werkzeug.wrappers import Response as AnyResponse

from app import money
from app.sandbox.hall import common_doors, posted
from app.sandbox.platform.counter import Reply, refused
from app.sandbox.platform.fields import Refused
from app.sandbox.platform.papers import Invoice
from app.sandbox.wire import send

if TYPE_CHECKING:
    from app.sandbox.platform.server import SandboxPlatform

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
    common_doors(app, platform, lambda why: Refused("invalid_field", why))
    _hall_door(app, platform)
    _undo_by_hand(app, platform)
    _dispute(app, platform)
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
    @app.get("/sandbox/invoices")
    def invoices() -> Response:
        return jsonify([_full(invoice) for invoice in platform.books.invoices()])

    @app.post("/sandbox/invoices/<invoice_id>/pay")
    def pay(invoice_id: str) -> AnyResponse:
        wish = posted()
        is_outside = wish.get("out_of_band") is True
        invoice = platform.books.receive(invoice_id, wish.get("amount_cents"), out_of_band=is_outside)
        if request.mimetype == "application/x-www-form-urlencoded":  # the button on the page
            return redirect(f"/invoices/{invoice.id}", 303)
        return jsonify(_full(invoice))

    @app.post("/sandbox/payouts/<payout_id>/settle")
    def settle(payout_id: str) -> Response:
        return jsonify(platform.books.finish(payout_id, "paid").view())

    @app.post("/sandbox/payouts/<payout_id>/fail")
    def fail(payout_id: str) -> Response:
        reason = str(posted().get("reason", "the bank returned it"))
        return jsonify(platform.books.finish(payout_id, "failed", reason).view())


def _undo_by_hand(app: Flask, platform: SandboxPlatform) -> None:
    @app.post("/sandbox/invoices/<invoice_id>/void")
    def void(invoice_id: str) -> Response:
        return jsonify(_full(platform.undoing.void(invoice_id)))

    @app.post("/sandbox/invoices/<invoice_id>/credit")
    def credit(invoice_id: str) -> Response:
        note = platform.undoing.credit(invoice_id, str(posted().get("reason", "")))
        return jsonify(_full(platform.books.invoice(note.invoice_id)))

    @app.post("/sandbox/payouts/<payout_id>/reverse")
    def reverse(payout_id: str) -> Response:
        return jsonify(platform.undoing.reverse(payout_id).view())


def _dispute(app: Flask, platform: SandboxPlatform) -> None:
    @app.post("/sandbox/invoices/<invoice_id>/dispute")
    def dispute(invoice_id: str) -> Response:
        return jsonify(_full(platform.disputes.open(invoice_id, posted().get("amount_cents"))))

    @app.post("/sandbox/invoices/<invoice_id>/dispute/close")
    def decide(invoice_id: str) -> Response:
        return jsonify(_full(platform.disputes.close(invoice_id, posted().get("status"))))


def _switches(app: Flask, platform: SandboxPlatform) -> None:
    @app.post("/sandbox/payees")
    def payee() -> Response:
        wish = posted()
        account, retry_after_s = wish.get("account_token"), wish.get("retry_after_s", 0)
        if not isinstance(account, str) or type(retry_after_s) is not int or retry_after_s < 0:
            raise Refused("invalid_field", "account_token is text, retry_after_s a whole number of seconds")
        if "is_ready" in wish:
            platform.set_ready(account, wish["is_ready"] is True, retry_after_s)
        elif wish.get("is_empty", True):
            platform.undoing.empty_payee(account, retry_after_s)
        else:
            platform.undoing.fill_payee(account)
        return jsonify({})

    @app.post("/sandbox/seller")
    def seller() -> Response:
        wish = posted()
        credit_minor = wish.get("credit_cents", platform.undoing.seller_credit_minor)
        prefunded_minor = wish.get("prefund_cents", platform.books.prefunded_minor)
        for name, minor in (("credit_cents", credit_minor), ("prefund_cents", prefunded_minor)):
            if type(minor) is not int or minor < 0:
                raise Refused("invalid_field", "an amount is a whole number of minor units", field=name)
        platform.undoing.seller_credit_minor = credit_minor
        platform.books.prefunded_minor = prefunded_minor
        return jsonify({})

    @app.post("/sandbox/callback")
    def callback() -> Response:
        platform.callbacks.url = str(posted().get("url") or "")
        return jsonify({"url": platform.callbacks.url})


def _full(invoice: Invoice) -> dict[str, Any]:
    event = invoice.event
    return {
        **invoice.view(),
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
    return send(reply.status, reply.body, reply.headers, reply.fault, closing)
