"""The API's addresses, the page where a client pays, and the hall door."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, render_template_string, request

from app.sandbox.stripe.currencies import shown
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.hall import hall_door
from app.sandbox.wire import send

if TYPE_CHECKING:
    from app.sandbox.stripe.server import SandboxStripe

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Invoice {{ invoice.number }}</title>
<h1>Invoice {{ invoice.number }}</h1>
{% for line in invoice.lines.data %}<p>{{ line.description or "" }}</p>{% endfor %}
<p><strong>{{ amount }}</strong>, {{ invoice.status }}</p>
{% if invoice.status == "open" %}
<form method="post" action="/sandbox/invoices/{{ invoice.id }}/pay">
<button>Pay (sandbox money)</button>
</form>
{% endif %}
</html>
"""


def create_app(stripe: SandboxStripe, closing: threading.Event) -> Flask:
    """The WSGI application; `closing` lets go of the answers that a fault holds back."""
    app = Flask("closeout-sandbox-stripe")
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.route("/v1/<path:rest>", methods=["GET", "POST", "DELETE"])
    def api(rest: str) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        in_body = request.method == "POST"
        form = (request.get_data() if in_body else request.query_string).decode("utf-8", "replace")
        reply = stripe.counter.take(request.method, f"/v1/{rest}", headers, form)
        return send(reply.status, reply.body, reply.headers, reply.fault, closing)

    @app.get("/i/<invoice_id>")
    def page(invoice_id: str) -> str:
        invoice = _invoice(stripe, invoice_id)
        amount = shown(invoice["amount_remaining"] or invoice["total"], invoice["currency"])
        return render_template_string(_PAGE, invoice=invoice, amount=amount)

    @app.get("/i/<invoice_id>/pdf")
    def paper(invoice_id: str) -> Response:
        """Nobody reads a sandbox's PDF: it says which invoice it would be."""
        return Response(f"%PDF-1.4\n% {_invoice(stripe, invoice_id)['number']}\n", mimetype="application/pdf")

    @app.errorhandler(Refused)
    def refuse(refusal: Refused) -> Response:
        return Response(refusal.body(), refusal.status, mimetype="application/json")

    hall_door(app, stripe)
    return app


def _invoice(stripe: SandboxStripe, invoice_id: str) -> dict[str, Any]:
    """An invoice that is finalized: drafts have no page."""
    for invoice in stripe.invoices():
        if invoice["id"] == invoice_id and invoice["hosted_invoice_url"]:
            return invoice
    raise Refused(f"There is no invoice {invoice_id} to be seen.", status=404)
