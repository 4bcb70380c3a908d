"""Payment orders for a bank: a pain.001.001.09 that the operator uploads there. Pure.

`sepaxml` writes it and checks it against ISO 20022's own schema. It makes up a random message id and takes
the clock's time; both are replaced by what is given here, so that the same orders are the same bytes, and a
bank that compares message ids takes a file only once. SEPA credit transfers: EPC132-08
(https://www.europeanpaymentscouncil.eu/document-library/implementation-guidelines/sepa-credit-transfer-customer-psp-implementation).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sepaxml import SepaTransfer  # type: ignore[import-untyped]
from sepaxml.validation import ValidationError, try_valid_xml  # type: ignore[import-untyped]
from text_unidecode import unidecode  # type: ignore[import-untyped]

from app.errors import BankError
from app.gateways.bank.account import Account, is_sepa, read_bic, read_iban

SCHEMA = "pain.001.001.09"
HIGHEST_MINOR = 999_999_999_99
LONGEST_ID = 35
LONGEST_NAME = 70
LONGEST_TEXT = 140

_EVENT_ID = re.compile(r"evt_([0-9a-f]{24})", re.ASCII)
_ORDER_ID = re.compile(r"evt-([0-9a-f]{24})", re.ASCII | re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9?:().,'+-]{1,35}", re.ASCII)
_NOT_TAKEN = re.compile(r"[^A-Za-z0-9/?:().,'+ -]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payee's share: `amount_minor` in euro cents; `end_to_end_id` comes back on every statement."""

    payee: Account
    amount_minor: int
    currency: str
    end_to_end_id: str
    text: str


def end_to_end_id(event_id: str) -> str:
    """What an order is called at banks, which have no underscore: evt_98… → evt-98…, 28 characters."""
    match = _EVENT_ID.fullmatch(event_id)
    if match is None:
        raise ValueError(f"{event_id!r} is no event id that banks have letters for")
    return f"evt-{match[1]}"


def event_of_order(end_to_end_id: str) -> str:
    """The event id behind an end-to-end id of ours, as a statement gives it back; "" for another's."""
    match = _ORDER_ID.fullmatch(end_to_end_id.strip())
    return f"evt_{match[1].lower()}" if match else ""


def message_id(debtor: Account, transfers: Sequence[Transfer]) -> str:
    """The file's own name, the same for the same transfers from the same account: 27 characters."""
    ids = "\n".join(sorted(one.end_to_end_id for one in transfers))
    return f"CO-{hashlib.sha256(f'{debtor.iban}:{ids}'.encode()).hexdigest()[:24]}"


def write_transfers(
    debtor: Account, transfers: Sequence[Transfer], *, created_at: datetime, execute_on: date
) -> bytes:
    """A file that orders all of `transfers` from the account `debtor`; store it, send no other for them.

    Each is booked by itself, so that statements name it. Names and texts are written in the letters that
    every bank takes. Raises BankError, with the transfer's number from 1, for what is no SEPA transfer:
    another currency than the euro, an account outside SEPA, an amount outside 0.01 to 999999999.99.
    """
    if not transfers:
        raise BankError("there is nothing to transfer")
    iban = _sepa_iban(debtor.iban, "the account to pay from")
    config: dict[str, object] = {
        "name": sepa_text(debtor.name, LONGEST_NAME, "the account to pay from"),
        "IBAN": iban,
        "currency": "EUR",
        "batch": True,
    }
    if debtor.bic:
        config["BIC"] = read_bic(debtor.bic, where="the account to pay from")
    sepa = SepaTransfer(config, schema=SCHEMA, clean=False)
    seen: set[str] = set()
    for number, one in enumerate(transfers, 1):
        sepa.add_payment(_payment(one, execute_on, f"transfer {number}"))
        if one.end_to_end_id in seen:
            raise BankError(
                f"{one.end_to_end_id} stands in the file twice; each order is paid once",
                where=f"transfer {number}",
            )
        seen.add(one.end_to_end_id)
    name = message_id(debtor, transfers)
    document: bytes = sepa.export(validate=False)
    document = _replace(document, "MsgId", name)
    document = _replace(document, "PmtInfId", f"{name}-1")
    document = _replace(document, "CreDtTm", created_at.strftime("%Y-%m-%dT%H:%M:%S"))
    document = _replace(document, "BtchBookg", "false")
    if not debtor.bic:  # the schema lets it be empty, the guidelines do not
        unknown = b"<FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId>"
        document = document.replace(b"<FinInstnId />", unknown)
    try:
        try_valid_xml(document, SCHEMA)
    except ValidationError as error:
        raise BankError(f"the orders do not fit {SCHEMA}: {error.__cause__ or error}") from error
    return document


def check_transfer(one: Transfer) -> None:
    """Raises BankError for what `write_transfers` would not write, so that no order spoils a file."""
    _payment(one, date.min, "the transfer")


def _payment(one: Transfer, execute_on: date, where: str) -> dict[str, object]:
    if one.currency != "eur":
        raise BankError(
            f"SEPA transfers are in euro, not in {one.currency}",
            where=where,
            mend="Pay this one by hand at the bank, or let the contract be in eur",
        )
    if not 0 < one.amount_minor <= HIGHEST_MINOR:
        raise BankError(f"{one.amount_minor} cents is outside 0.01 to 999999999.99 euro", where=where)
    if _ID.fullmatch(one.end_to_end_id) is None:
        raise BankError(f"{one.end_to_end_id[:60]!r} is no end-to-end id that banks take", where=where)
    payment: dict[str, object] = {
        "name": sepa_text(one.payee.name, LONGEST_NAME, where),
        "IBAN": _sepa_iban(one.payee.iban, where),
        "amount": one.amount_minor,
        "execution_date": execute_on,
        "description": sepa_text(one.text, LONGEST_TEXT, where),
        "endtoend_id": one.end_to_end_id,
    }
    if one.payee.bic:
        payment["BIC"] = read_bic(one.payee.bic, where=where)
    return payment


def sepa_text(text: str, longest: int, where: str) -> str:
    """`text` in the Latin letters of EPC217-08, cut to `longest`. Raises BankError where nothing is left."""
    plain = " ".join(_NOT_TAKEN.sub(" ", unidecode(text).replace("&", "+").replace("_", "-")).split())
    # A slash at either end or two of them have a meaning of their own between banks.
    plain = re.sub(r"/{2,}", "/", plain).strip("/ ")[:longest].strip("/ ")
    if not plain:
        raise BankError(f"{text[:40]!r} has no letter that banks can write", where=where, mend="Write a name")
    return plain


def _sepa_iban(text: str, where: str) -> str:
    iban = read_iban(text, where=where)
    if not is_sepa(iban):
        raise BankError(
            f"SEPA transfers do not reach accounts of {iban[:2]}",
            where=where,
            mend="Pay this payee by hand, or by another gateway",
        )
    return iban


def _replace(document: bytes, tag: str, text: str) -> bytes:
    """The document with another text in its one element `tag`."""
    replaced, count = re.subn(rf"<{tag}>[^<]*</{tag}>".encode(), f"<{tag}>{text}</{tag}>".encode(), document)
    if count != 1:
        raise AssertionError(f"sepaxml wrote {count} <{tag}>")
    return replaced
