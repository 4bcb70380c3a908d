"""A bank account as a gateway: its counterpart is our own database, since a bank takes files from people.

An order is done once it stands in the books. What became of it is known from the statements that the operator
imports (`closeout bank import`); transfers leave in the files that the operator uploads (`closeout bank
orders`). So nothing is ever in doubt but the database itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from sqlalchemy.exc import SQLAlchemyError

from app.db import Database
from app.errors import BankError, SettingsError, SignatureError, StorageUnavailable
from app.events import GatewayEvent
from app.gateways.bank import books, taking
from app.gateways.bank.account import read_bic, read_iban
from app.gateways.bank.links import InvoiceLinks
from app.gateways.bank.notes import read_note
from app.gateways.base import Booked, Done, Failed, Intent, Order, Outcome, Unknown
from app.gateways.registry import Opening

NO_LIST = "the bank knows transfers, no invoices; first import the statements since the backup was made"


class BankGateway:
    """The account `iban` at the bank `bic` ("" if not said), whose books are kept in `db`.

    `can_mail`: this installation has a mail server, so that clients get their invoices.
    """

    asks = False

    def __init__(
        self, name: str, iban: str, bic: str, db: Database, links: InvoiceLinks, *, can_mail: bool = True
    ) -> None:
        self.name, self.iban, self.bic = name, iban, bic
        self.db, self.links, self.can_mail = db, links, can_mail

    @property
    def address(self) -> str:
        return f"bank:{self.iban}"

    @property
    def logins(self) -> frozenset[str]:
        return frozenset({hashlib.sha256(self.address.encode()).hexdigest()})

    def draft(self, order: Order) -> bytes:
        return order.to_json().encode()

    def send(self, intent: Intent) -> Outcome:
        order = _order(intent)
        if isinstance(order, Failed):
            return order
        if order.operation == "tell":
            return Done()
        desk = taking.Desk(self.name, self.iban, self.bic)
        try:
            with self.db.transaction() as connection:
                outcome = taking.take(connection, desk, order, intent.body)
                return outcome or books.answer(connection, intent.event_id, self.links)
        except taking.Refused as refused:
            return refused.outcome
        except (StorageUnavailable, SQLAlchemyError) as error:
            return Unknown(f"the books could not be written: {error}")

    def ask(self, intent: Intent) -> Outcome:
        order = _order(intent)
        if isinstance(order, Failed):
            return Unknown(f"can not ask about this: {order.reason}", needs_person=True)
        if order.operation == "tell":
            return Done()
        try:
            with self.db.reading() as connection:
                return books.answer(connection, intent.event_id, self.links)
        except (StorageUnavailable, SQLAlchemyError) as error:
            return Unknown(f"the books could not be read: {error}")

    def booked(self, contract_id: str) -> tuple[Booked, ...] | Failed | Unknown:  # noqa: ARG002
        """What these books hold was restored with the rest of the database; the bank has no list."""
        return Failed(NO_LIST)

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:  # noqa: ARG002 - none is good
        raise SignatureError("a bank sends no callbacks", mend="Import statements with closeout bank import")

    def parse(self, headers: Mapping[str, str], body: bytes, *, may_ask: bool = False) -> GatewayEvent:
        """What an import left in the inbox; see `notes.py`."""
        del headers, may_ask
        return read_note(body)


def open_gateway(opening: Opening) -> BankGateway:
    """The gateway of the contract file's entry. Raises SettingsError."""
    where = f"gateways: {opening.name}"
    try:
        iban = read_iban(opening.account, where=f"{where}: account")
        bic = read_bic(opening.bic, where=f"{where}: bic") if opening.bic else ""
    except BankError as error:
        raise SettingsError(error.what, where=error.where, mend=error.mend) from error
    settings = opening.settings
    links = InvoiceLinks(settings.keys, settings.public_url)
    return BankGateway(opening.name, iban, bic, opening.db, links, can_mail=bool(settings.smtp_url))


def _order(intent: Intent) -> Order | Failed:
    """The order in an intent's bytes, Failed where they are another one's."""
    try:
        order = Order.from_json(intent.body)
    except ValueError as error:
        return Failed(f"not taken: {error}")
    if (order.event_id, order.key) != (intent.event_id, intent.key):
        return Failed(f"not taken: the stored bytes are those of {order.event_id}, not {intent.event_id}")
    return order
