"""Which column of a bank's CSV is what, by the spellings that banks give them. Pure.

A column with a name that is not here is left aside; whoever needs it renames it. Names are compared in small
letters, without dots, quotes and what stands in brackets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.errors import BankError

SPELLINGS: dict[str, tuple[str, ...]] = {
    "booked_on": (
        "booked on", "booking date", "date", "transaction date", "posting date", "completed date",
        "date completed", "buchungstag", "buchungsdatum", "buchung", "datum", "date comptable",
        "date operation", "date de l'opération", "date opération", "fecha", "fecha operación",
        "data contabile", "data operazione", "boekdatum", "boekingsdatum", "bokföringsdag",
    ),
    "amount": (
        "amount", "transaction amount", "betrag", "umsatz", "montant", "importe", "importo", "bedrag",
        "belopp",
    ),
    "credit": (
        "credit", "credit amount", "paid in", "money in", "haben", "gutschrift", "crédit", "abono", "avere",
        "accrediti",
    ),
    "debit": (
        "debit", "debit amount", "paid out", "money out", "soll", "lastschrift", "belastung", "débit",
        "cargo", "dare", "addebiti",
    ),
    "direction": (
        "direction", "credit/debit", "debit/credit", "d/c", "c/d", "soll/haben", "s/h",
        "soll/haben-kennzeichen", "af bij", "af/bij", "sens",
    ),
    "currency": (
        "currency", "ccy", "währung", "waehrung", "whg", "devise", "divisa", "moneda", "munt",
    ),
    "reference": (
        "reference", "payment reference", "creditor reference", "customer reference", "kundenreferenz",
        "zahlungsreferenz", "gläubiger-referenz", "référence", "referencia", "riferimento",
        "betalingskenmerk", "ocr",
    ),
    "text": (
        "text", "description", "details", "remittance information", "purpose", "memo", "narrative",
        "verwendungszweck", "buchungstext", "vwz", "zahlungsgrund", "libellé", "libelle", "motif", "concepto",
        "causale", "descrizione", "omschrijving", "mededelingen", "omschrijving-1", "omschrijving-2",
        "omschrijving-3",
    ),
    "name": (
        "name", "counterparty", "counterparty name", "partner name", "beguenstigter/zahlungspflichtiger",
        "begünstigter/zahlungspflichtiger", "auftraggeber/empfänger", "auftraggeber / begünstigter",
        "name zahlungsbeteiligter", "empfänger/zahlungspflichtiger", "contrepartie", "beneficiario/ordenante",
        "controparte", "naam tegenpartij",
    ),
    "payer": (
        "payer", "zahlungspflichtige*r", "zahlungspflichtiger", "auftraggeber", "ordenante", "ordinante",
    ),
    "payee": (
        "payee", "zahlungsempfänger*in", "zahlungsempfänger", "empfänger", "beneficiary", "beneficiario",
    ),
    "iban": (
        "iban", "counterparty iban", "partner iban", "account number", "kontonummer/iban", "kontonummer",
        "iban zahlungsbeteiligter", "iban auftraggeber/empfänger", "tegenrekening", "tegenrekening iban/bban",
    ),
    "own_iban": (
        "account", "own iban", "account iban", "auftragskonto", "iban auftragskonto", "rekening", "iban/bban",
    ),
    "id": (
        "id", "transaction id", "entry reference", "bank reference", "bankreferenz", "transaktions-id",
        "transaction reference",
    ),
    "end_to_end_id": (
        "end to end id", "end-to-end id", "endtoendid", "ende-zu-ende-referenz",
        "kundenreferenz (end-to-end)",
    ),
    "status": ("status", "state", "info"),
}  # fmt: skip
JOINED = ("text",)
"""What a file may have several columns of."""

_FIELD_OF = {spelling: field for field, spellings in SPELLINGS.items() for spelling in spellings}
_CURRENCY = re.compile(r"[(\[]\s*(EUR|€|USD|\$|GBP|£|CHF|[A-Z]{3})\s*[)\]]", re.IGNORECASE)
_SIGNS = {"€": "eur", "$": "usd", "£": "gbp"}


def field_of(header: str) -> str:
    """The field that a column of this name holds, "" for none of ours."""
    plain = " ".join(re.sub(r"[\"'.\ufeff]", "", header).split()).casefold()
    bare = re.sub(r"\s*[(\[].*[)\]]", "", plain).strip()
    return _FIELD_OF.get(plain) or _FIELD_OF.get(bare, "")


def currency_of(header: str) -> str:
    """The currency in a header such as "Betrag (€)", "" where it names none."""
    match = _CURRENCY.search(header)
    return _SIGNS.get(match[1], match[1].lower()) if match else ""


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row names the columns: it has a day and an amount."""
    fields = {field_of(cell) for cell in cells}
    return "booked_on" in fields and bool(fields & {"amount", "credit", "debit"})


def map_columns(cells: Sequence[str], where: str) -> dict[str, list[int]]:
    """Field → the columns that hold it, counted from 0. Raises BankError where two claim one field."""
    found: dict[str, list[int]] = {}
    for number, cell in enumerate(cells):
        field = field_of(cell)
        if field in found and field not in JOINED:
            first = cells[found[field][0]]
            raise BankError(
                f"the columns {first!r} and {cell!r} could both be the {field.replace('_', ' ')}",
                where=f"{where}:{number + 1}",
                mend="Delete or rename the one that is not",
            )
        if field:
            found.setdefault(field, []).append(number)
    if "amount" in found and ("credit" in found or "debit" in found):
        raise BankError(
            "there is an amount beside a credit or a debit column",
            where=where,
            mend="Keep either the amount with its sign, or the two others",
        )
    if "amount" not in found and not ("credit" in found and "debit" in found):
        raise BankError(
            "there is a credit or a debit column, but not both",
            where=where,
            mend="Export both columns, or one amount with its sign",
        )
    return found
