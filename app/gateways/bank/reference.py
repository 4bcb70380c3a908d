"""Creditor references: what a client writes on a transfer so that we know which invoice it pays. Pure.

ISO 11649: "RF", two check digits, up to 21 letters and digits. Ours are an event id in another notation, 19
characters for its 96 bits, so no two orders share a reference and none needs to be looked up to be made.
https://www.europeanpaymentscouncil.eu/document-library/guidance-documents/structured-creditor-reference
"""

from __future__ import annotations

import re
import unicodedata

from app.errors import BankError
from app.gateways.bank.account import checks_out, remainder_97

_LENGTH = 19
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_EVENT_ID = re.compile(r"evt_[0-9a-f]{24}", re.ASCII)
_REFERENCE = re.compile(r"RF[0-9]{2}[0-9A-Z]{1,21}", re.ASCII)
# Banks break a text anywhere, people group a reference: what may stand between two of its characters.
_GAP = r"[\s\u200b./-]{0,6}"
_IN_TEXT = re.compile(rf"(?=R{_GAP}F((?:{_GAP}[0-9]){{2}}(?:{_GAP}[0-9A-Z]){{{_LENGTH}}}))", re.ASCII)


def make_reference(event_id: str) -> str:
    """The reference of an order, 23 characters. `event_id` is "evt_" and 24 hexadecimal digits."""
    if _EVENT_ID.fullmatch(event_id) is None:
        raise ValueError(f"{event_id!r} is no event id that a reference can be made of")
    number, digits = int(event_id[4:], 16), ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    digits = digits.rjust(_LENGTH, "0")
    return f"RF{98 - remainder_97('RF00' + digits):02d}{digits}"


def event_of(reference: str) -> str:
    """The event id that a reference was made of, "" where it is not one of ours."""
    if len(reference) != _LENGTH + 4 or not _is_right(reference):
        return ""
    number = int(reference[4:], 36)
    return f"evt_{number:024x}" if number < 1 << 96 else ""


def read_reference(text: str, *, where: str = "") -> str:
    """Any creditor reference, without spaces and in capitals. Raises BankError."""
    reference = re.sub(r"\s+", "", text).upper()
    if _REFERENCE.fullmatch(reference) is None:
        raise BankError(
            f"{reference[:40]!r} is not a creditor reference: RF, two digits, up to 21 letters and digits",
            where=where,
        )
    if not _is_right(reference):
        raise BankError(
            f"{reference} is not a creditor reference: its check digits are wrong",
            where=where,
            mend="Compare it with the invoice",
        )
    return reference


def find_references(text: str) -> tuple[str, ...]:
    """Our references in a statement's free text, each once, in the order in which they stand there.

    They may be in small letters, grouped, broken over lines and glued to other words. Nothing is guessed: one
    with a wrong digit or letter is not found. About one in 500 texts of that very shape, such as one with a
    digit for a letter, passes for a reference that nobody made: look up what is found, do not believe it.
    """
    plain = unicodedata.normalize("NFKD", text).upper()
    found = (
        "RF" + "".join(char for char in match[1] if char.isalnum()) for match in _IN_TEXT.finditer(plain)
    )
    return tuple(dict.fromkeys(reference for reference in found if event_of(reference)))


def _is_right(reference: str) -> bool:
    return _REFERENCE.fullmatch(reference) is not None and checks_out(reference)
