"""The QR code on an invoice in euro that fills in the transfer in a client's banking app. Pure.

EPC069-12, version 002
(https://www.europeanpaymentscouncil.eu/document-library/guidance-documents/quick-response-code-guidelines-enable-data-capture-initiation).
"""

from __future__ import annotations

import io

import segno

from app import money
from app.errors import BankError
from app.gateways.bank.account import EEA, Account, read_bic, read_iban
from app.gateways.bank.reference import read_reference

LONGEST_NAME = 70
LONGEST_TEXT = 140
LARGEST_BYTES = 331
HIGHEST_MINOR = 999_999_999_99
LARGEST_VERSION = 13


def write_payload(
    to: Account, amount_minor: int, currency: str, *, reference: str = "", text: str = ""
) -> str:
    """What the QR code says: pay `amount_minor` to `to`, quoting a creditor reference or a text, not both.

    Raises BankError for what the guideline has no room for: another currency than the euro, an amount outside
    0.01 to 999999999.99, a long name or text, an account outside the EEA without a BIC.
    """
    if currency != "eur":
        raise BankError(
            f"the QR code is for euro alone, not for {currency}", mend="Leave it off this invoice"
        )
    if not 0 < amount_minor <= HIGHEST_MINOR:
        raise BankError(f"{amount_minor} cents is outside 0.01 to 999999999.99 euro", where="amount")
    if reference and text:
        raise BankError("a transfer quotes a reference or a text, not both", where="reference")
    iban = read_iban(to.iban, where="iban")
    if iban[:2] not in EEA and not to.bic:
        raise BankError(f"an account of {iban[:2]} needs its BIC beside the IBAN", where="bic")
    lines = [
        "BCD",
        "002",
        "1",  # UTF-8
        "SCT",
        read_bic(to.bic, where="bic") if to.bic else "",
        _one_line(to.name, LONGEST_NAME, "name"),
        iban,
        f"EUR{money.write_amount(amount_minor, currency)}",
        "",  # a purpose code
        read_reference(reference, where="reference") if reference else "",
        _one_line(text, LONGEST_TEXT, "text") if text else "",
    ]
    payload = "\n".join(lines).rstrip("\n")
    size = len(payload.encode())
    if size > LARGEST_BYTES:
        raise BankError(
            f"the QR code has room for {LARGEST_BYTES} bytes, this is {size}", mend="Shorten the text"
        )
    return payload


def draw(payload: str) -> str:
    """The code as an SVG element that scales with the page: error correction M, at most version 13."""
    return _code(payload).svg_inline(omitsize=True)


def draw_png(payload: str) -> bytes:
    """The same as a PNG, for mail programs, which show no SVG."""
    out = io.BytesIO()
    _code(payload).save(out, kind="png", scale=6)
    return out.getvalue()


def _code(payload: str) -> segno.QRCode:
    code = segno.make_qr(payload, error="m", boost_error=False, encoding="utf-8")
    if not isinstance(code.version, int) or code.version > LARGEST_VERSION:
        raise BankError(f"the QR code would be of version {code.version}, scanners read {LARGEST_VERSION}")
    return code


def _one_line(text: str, longest: int, field: str) -> str:
    """A line break in a name would be the next field: an account of somebody else's choice."""
    if not text.strip() or not text.isprintable():
        raise BankError("this must be one line of printable text", where=field)
    if len(text) > longest:
        raise BankError(
            f"{len(text)} characters, but there is room for {longest}", where=field, mend="Shorten it"
        )
    return text.strip()
