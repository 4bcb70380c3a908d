"""The page of an invoice on a bank account: what is to pay, where, and what has come in of it.

Whoever has the signed link may read it, and nothing more: there is nothing to press, opening it changes
nothing. As with the acceptance page, nothing here tells the link to anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import flask
from markupsafe import Markup

from app.banking.bills import links_of, read_bill, transfer_code
from app.db import Database
from app.gateways.bank import books
from app.gateways.bank.epc import draw
from app.gateways.bank.tables import bank_invoices
from app.settings import Settings
from app.web.by_link import Answer, keep_out


def invoice_pages(db: Database, settings: Callable[[], Settings]) -> flask.Blueprint:
    """The blueprint of `/invoices/<token>`. While `settings` make no links no token is any good."""
    pages = flask.Blueprint("invoice", __name__)

    @pages.get("/invoices/<token>")
    def show(token: str) -> Answer:
        links = links_of(settings())
        event_id = links.read(token)
        with db.reading() as connection:
            known = event_id and books.one(connection, bank_invoices, event_id=event_id)
            bill = read_bill(connection, event_id, links) if known else None
        if bill is None:
            return _refusal("unknown", HTTPStatus.NOT_FOUND)
        code = transfer_code(bill)
        # The drawing is ours: text of people is in it only as black and white squares.
        picture = Markup(draw(code)) if code else ""  # noqa: S704
        return flask.render_template("invoice.html", bill=bill, qr_code=picture)

    keep_out(pages, _refusal)
    return pages


def _refusal(why: str, status: HTTPStatus) -> Answer:
    return flask.render_template("refused.html", why=why, row=None, of_invoice=True), status
