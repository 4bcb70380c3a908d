"""What no real PayPal has: the payer's page with its button, and a door to play with the world.

Everything under /sandbox/ is for people and tests, and asks for no token. Bodies and answers are JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response, jsonify, redirect, render_template_string, request
from werkzeug.wrappers import Response as AnyResponse

from app import money
from app.sandbox.hall import common_doors, posted
from app.sandbox.paypal import views
from app.sandbox.paypal.refusals import Refused, unprocessable
from app.sandbox.paypal.takings import METHODS
from app.sandbox.paypal.tokens import SCOPES

if TYPE_CHECKING:
    from app.sandbox.paypal.server import SandboxPayPal

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Invoice {{ draft.number }}</title>
<h1>Invoice {{ draft.number }}</h1>
{% for item in draft["items"] %}<p>{{ item.name }}</p>{% endfor %}
<p><strong>{{ due }}</strong>, {{ invoice.status }}</p>
{% if payable %}
<form method="post" action="/sandbox/invoices/{{ invoice.id }}/pay">
<button>Pay (sandbox money)</button>
</form>
{% endif %}
</html>
"""


def add_hall(app: Flask, paypal: SandboxPayPal) -> None:
    common_doors(app, paypal, lambda why: unprocessable("NO_SUCH_FAULT", why))
    _page(app, paypal)
    _invoices(app, paypal)
    _payouts_and_disputes(app, paypal)
    _switches(app, paypal)


def _page(app: Flask, paypal: SandboxPayPal) -> None:
    @app.get("/invoice/p/<letters>")
    def page(letters: str) -> str:
        groups = [letters[at : at + 4] for at in range(0, len(letters), 4)]
        invoice = paypal.invoices.invoice("-".join(["INV2", *groups]))
        return render_template_string(
            _PAGE,
            invoice=invoice,
            draft=invoice.draft,
            due=money.show(invoice.due_minor, invoice.draft.currency),
            payable=invoice.status in ("SENT", "UNPAID", "PARTIALLY_PAID"),
        )


def _invoices(app: Flask, paypal: SandboxPayPal) -> None:
    def shown(invoice_id: str) -> Response:
        return jsonify(views.invoice(paypal.account, paypal.invoices.invoice(invoice_id)))

    @app.get("/sandbox/invoices")
    def invoices() -> Response:
        return jsonify([views.invoice(paypal.account, one) for one in paypal.invoices.all()])

    @app.post("/sandbox/invoices/<invoice_id>/pay")
    def pay(invoice_id: str) -> AnyResponse:
        pending = bool(posted().get("pending", False))
        paypal.takings.pay(invoice_id, _amount(), pending=pending)
        if request.mimetype == "application/x-www-form-urlencoded":  # the button on the page
            return redirect(views.payer_url(paypal.account, paypal.invoices.invoice(invoice_id)), 303)
        return shown(invoice_id)

    @app.post("/sandbox/invoices/<invoice_id>/clear")
    def clear(invoice_id: str) -> Response:
        paypal.takings.clear(invoice_id, bounced=bool(posted().get("bounced", False)))
        return shown(invoice_id)

    @app.post("/sandbox/invoices/<invoice_id>/cancel")
    def cancel(invoice_id: str) -> Response:
        paypal.invoices.cancel(invoice_id)
        return shown(invoice_id)

    @app.post("/sandbox/invoices/<invoice_id>/refund")
    def refund(invoice_id: str) -> Response:
        paypal.refund_by_hand(invoice_id, _amount())
        return shown(invoice_id)

    @app.post("/sandbox/invoices/<invoice_id>/record-payment")
    def record_payment(invoice_id: str) -> Response:
        paypal.takings.record_payment(invoice_id, _amount(), _method())
        return shown(invoice_id)

    @app.post("/sandbox/invoices/<invoice_id>/record-refund")
    def record_refund(invoice_id: str) -> Response:
        paypal.takings.record_refund(invoice_id, _amount(), _method())
        return shown(invoice_id)


def _payouts_and_disputes(app: Flask, paypal: SandboxPayPal) -> None:
    @app.post("/sandbox/payouts/<item_id>/end")
    def end(item_id: str) -> Response:
        wish = posted()
        paypal.payouts.end(item_id, str(wish.get("status", "SUCCESS")), str(wish.get("error", "")))
        return jsonify(views.payout_item(paypal.account, *paypal.payouts.item(item_id)))

    @app.post("/sandbox/payees")
    def payee() -> Response:
        receiver, change = str(posted().get("receiver", "")), paypal.payouts.unregistered
        (change.discard if posted().get("is_registered", False) else change.add)(receiver)
        return jsonify(sorted(change))

    @app.post("/sandbox/disputes")
    def open_dispute() -> Response:
        reason = str(posted().get("reason", "UNAUTHORISED"))
        dispute = paypal.disputes.open(str(posted().get("invoice_id", "")), _amount(), reason)
        return jsonify(views.dispute(paypal.account, dispute))

    @app.post("/sandbox/disputes/<dispute_id>/close")
    def close_dispute(dispute_id: str) -> Response:
        dispute = paypal.disputes.close(dispute_id, won=bool(posted().get("won", False)))
        return jsonify(views.dispute(paypal.account, dispute))


def _switches(app: Flask, paypal: SandboxPayPal) -> None:
    @app.post("/sandbox/balance")
    def balance() -> Response:
        currency, amount_minor = str(posted().get("currency", "usd")), _amount()
        if amount_minor is not None:
            paypal.account.set_balance(currency, amount_minor)
        return jsonify({"currency": currency, "amount_cents": paypal.account.balance_minor(currency)})

    @app.post("/sandbox/time")
    def time() -> Response:
        seconds = _whole("seconds")
        paypal.pass_time(seconds or 0)
        return jsonify({"now": paypal.account.stamp()})

    @app.post("/sandbox/search")
    def search() -> Response:
        paypal.invoices.search_lag_s = _whole("lag_s") or 0
        return jsonify({"lag_s": paypal.invoices.search_lag_s})

    @app.post("/sandbox/tokens/expire")
    def expire() -> Response:
        paypal.tokens.expire_all()
        return jsonify({})

    @app.post("/sandbox/client")
    def client() -> Response:
        wish = posted()
        paypal.tokens.revoked = bool(wish.get("revoked", False))
        without = wish.get("without_scopes", [])
        paypal.tokens.scopes = tuple(scope for scope in SCOPES if scope not in without)
        return jsonify({"revoked": paypal.tokens.revoked, "scopes": paypal.tokens.scopes})

    @app.post("/sandbox/callback")
    def callback() -> Response:
        paypal.callbacks.url = str(posted().get("url") or "")
        return jsonify({"url": paypal.callbacks.url})


def _whole(name: str) -> int | None:
    value = posted().get(name)
    if value is not None and type(value) is not int:
        raise _no_such(name)
    return value


def _amount() -> int | None:
    return _whole("amount_cents")


def _method() -> str:
    method = str(posted().get("method", "BANK_TRANSFER"))
    if method not in METHODS:
        raise _no_such("method")
    return method


def _no_such(name: str) -> Refused:
    return unprocessable("INVALID_WISH", f"{name} is not what this door takes", (name,))
