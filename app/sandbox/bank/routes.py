"""The bank's addresses. A real one has a web page where people upload and download; here it is all JSON."""

from __future__ import annotations

import re
import threading
from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, request

from app.sandbox.bank.camt_paper import VERSIONS, write_camt
from app.sandbox.bank.counter import Reply, as_json, refused
from app.sandbox.bank.csv_paper import write_csv
from app.sandbox.bank.orders import read_message
from app.sandbox.bank.papers import Booking, Refused
from app.sandbox.hall import common_doors, posted
from app.sandbox.wire import send

if TYPE_CHECKING:
    from app.sandbox.bank.server import SandboxBank


def create_app(bank: SandboxBank, closing: threading.Event) -> Flask:
    """The WSGI application; `closing` lets go of the answers that a fault holds back."""
    app = Flask("closeout-sandbox-bank")
    app.json.sort_keys = False  # type: ignore[attr-defined]
    _counter(app, bank, closing)
    common_doors(app, bank, lambda why: Refused("FF01", why))
    _hall_door(app, bank)
    _switches(app, bank)

    @app.errorhandler(Refused)
    def refuse(refusal: Refused) -> Response:
        return _sent(refused(refusal), closing)

    return app


def _counter(app: Flask, bank: SandboxBank, closing: threading.Event) -> None:
    @app.post("/sandbox/orders")
    def order() -> Response:
        body = request.get_data()

        def take() -> Reply:
            message = read_message(body)
            return as_json({"message_id": message.id, "end_to_end_ids": bank.books.order(message)}, 201)

        return _sent(bank.counter.serve("orders", request.path, body, take), closing)

    @app.get("/sandbox/statement")
    def statement() -> Response:
        return _sent(
            bank.counter.serve("statement", request.full_path, b"", lambda: _statement(bank)), closing
        )


def _statement(bank: SandboxBank) -> Reply:
    today = bank.books.today
    period = bank.books.period(_day("from", today), _day("to", today))
    form, version = request.args.get("format", "camt.053"), request.args.get("version", "08")
    if form == "csv":
        return Reply(200, write_csv(period, with_references=bank.with_references), "text/csv")
    if form != "camt.053" or version not in VERSIONS:
        raise Refused("FF01", f"format: csv, or camt.053 with version {' or '.join(VERSIONS)}")
    xml = write_camt(period, version, in_batches=bank.batch_booking, with_references=bank.with_references)
    return Reply(200, xml, "application/xml")


def _day(name: str, today: date) -> date:
    try:
        return date.fromisoformat(request.args.get(name) or today.isoformat())
    except ValueError as error:
        raise Refused("DT01", f"{name} is a day such as 2026-05-28") from error


def _hall_door(app: Flask, bank: SandboxBank) -> None:
    @app.get("/sandbox/balance")
    def balance() -> Response:
        books = bank.books
        facts = {"balance_cents": books.balance_minor, "currency": books.currency}
        return jsonify({**facts, "today": books.today.isoformat()})

    @app.post("/sandbox/pay")
    def pay() -> Response:
        wish = posted()
        texts = {name: _text(wish, name) for name in ("name", "iban", "text", "reference")}
        sent = wish.get("instructed")
        instructed = (_cents(sent), _text(sent, "currency")) if isinstance(sent, dict) else None
        booking = bank.books.receive(
            _cents(wish),
            _text(wish, "currency") or bank.books.currency,
            end_to_end_id=_text(wish, "end_to_end_id"),
            is_booked=wish.get("pending") is not True,
            instructed=instructed,
            **texts,
        )
        return jsonify(_view(booking))

    @app.post("/sandbox/return")
    def give_back() -> Response:
        wish = posted()
        reason = _text(wish, "reason") or "AC04"
        if not re.fullmatch("[A-Z]{2}[A-Z0-9]{2}", reason):
            raise Refused("FF01", "a reason is a code of ISO 20022 such as AC04")
        return jsonify(_view(bank.books.give_back(_text(wish, "end_to_end_id"), reason)))

    @app.post("/sandbox/take-back")
    def take_back() -> Response:
        wish = posted()
        amount_minor = _cents(wish) if "amount_cents" in wish else None
        return jsonify(_view(bank.books.take_back(_text(wish, "payment_id"), amount_minor)))

    @app.post("/sandbox/time")
    def pass_time() -> Response:
        days = posted().get("days", 1)
        if type(days) is not int or not 0 < days <= 3660:
            raise Refused("FF01", "days is a whole number of at least 1")
        return jsonify({"today": bank.books.pass_time(days).isoformat()})


def _switches(app: Flask, bank: SandboxBank) -> None:
    @app.post("/sandbox/switches")
    def switch() -> Response:
        wish = posted()
        if wish.keys() - {"batch_booking", "with_references"} or {type(one) for one in wish.values()} - {
            bool
        }:
            raise Refused("FF01", "batch_booking and with_references are true or false")
        bank.batch_booking = wish.get("batch_booking", bank.batch_booking)
        bank.with_references = wish.get("with_references", bank.with_references)
        return jsonify({"batch_booking": bank.batch_booking, "with_references": bank.with_references})


def _cents(wish: dict[str, Any]) -> int:
    cents = wish.get("amount_cents")
    if type(cents) is not int or cents < 1:
        raise Refused("AM09", "amount_cents is a whole number of at least 1")
    return cents


def _text(wish: dict[str, Any], name: str) -> str:
    text = wish.get(name, "")
    if not isinstance(text, str) or len(text) > 500:
        raise Refused("FF01", f"{name} is text of at most 500 characters")
    return text


def _view(booking: Booking) -> dict[str, Any]:
    return {
        "payment_id": booking.bank_reference,
        "booked_on": booking.day.isoformat(),
        "amount_cents": booking.amount_minor,
        "end_to_end_id": booking.end_to_end_id,
        "status": "booked" if booking.is_booked else "pending",
    }


def _sent(reply: Reply, closing: threading.Event) -> Response:
    response = send(reply.status, reply.body, reply.headers, reply.fault, closing)
    response.headers["Content-Type"] = reply.kind
    return response
