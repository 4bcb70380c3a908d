"""What a bank's statement says, the same for every format. Pure.

An entry's id is what keeps a payment from being counted twice when statements overlap, and two equal payments
of one day from being counted as one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date

from app.gateways.bank.reference import find_references

LARGEST_BYTES = 32 * 1024 * 1024
"""A statement of some twenty thousand entries."""
MOST_ENTRIES = 100_000
LONGEST_TEXT = 4_000

_NO_REFERENCE = frozenset({"", "0", "NONREF", "NOTPROVIDED", "NOTAVAILABLE", "NONE", "N/A", "-"})
"""What banks write into a reference field that they have to fill."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement of money that is booked. `amount_minor` is never negative, `is_credit`: it came in.

    `reference` is what the bank says is the creditor's reference, `text` the rest of what the other side
    wrote, `end_to_end_id` what whoever ordered it called it; each may be "". `is_reversal`: an earlier
    movement is taken back, with the bank's `reason` (a code such as AC04) where it gives one.
    `is_collective`: several payments that the bank did not tell apart, which no one invoice can be paid by.
    """

    booked_on: date
    amount_minor: int
    currency: str
    is_credit: bool
    id: str = ""
    reference: str = ""
    text: str = ""
    counterparty_name: str = ""
    counterparty_iban: str = ""
    end_to_end_id: str = ""
    is_reversal: bool = False
    is_collective: bool = False
    reason: str = ""

    @property
    def references(self) -> tuple[str, ...]:
        """References of our form that it quotes, wherever the client's bank put them; not believed yet."""
        return find_references(f"{self.reference}\n|{self.end_to_end_id}\n|{self.text}")


@dataclass(frozen=True, slots=True)
class Statement:
    """What was booked on one account. Balances are minor units, None where the statement has none."""

    iban: str
    entries: tuple[Entry, ...]
    opening_minor: int | None = None
    closing_minor: int | None = None

    @property
    def missing_minor(self) -> int:
        """What the entries lack of the difference between the balances: not 0 where entries are missing."""
        if self.opening_minor is None or self.closing_minor is None:
            return 0
        moved = sum(one.amount_minor if one.is_credit else -one.amount_minor for one in self.entries)
        return self.closing_minor - self.opening_minor - moved


class Names:
    """Gives the entries of one statement their ids; a statement that overlaps it gives the same ones.

    A bank's own reference names an entry together with its day, amount and direction, since some banks use
    one twice. Where there is none, the texts do. Entries that are equal in all of this are numbered within
    the statement, which holds whole days: the second is the second in every statement. The entry's number
    in the statement (NtryRef) is no name: many banks count it from 1 in each.
    """

    def __init__(self, iban: str) -> None:
        self._iban = iban
        self._seen: Counter[str] = Counter()

    def name(self, entry: Entry, bank_reference: str) -> Entry:
        """`entry` with its id: "ent_" and 24 hexadecimal digits."""
        facts: list[object] = [
            self._iban,
            entry.booked_on.isoformat(),
            entry.amount_minor,
            entry.currency,
            entry.is_credit,
        ]
        own = given(bank_reference)
        facts += [own] if own else ["", *_texts(entry)]
        alike = json.dumps(facts, ensure_ascii=True)
        self._seen[alike] += 1
        digest = hashlib.sha256(f"{alike}#{self._seen[alike]}".encode()).hexdigest()
        return replace(entry, id=f"ent_{digest[:24]}")


def _texts(entry: Entry) -> list[str]:
    """Without its spaces: banks wrap one text differently from one export to the next."""
    texts = (
        entry.reference,
        entry.text,
        entry.counterparty_name,
        entry.counterparty_iban,
        entry.end_to_end_id,
    )
    return ["".join(text.split()) for text in texts]


def given(reference: str) -> str:
    """A reference, or "" where the bank only filled the field."""
    plain = reference.strip()
    return "" if plain.upper() in _NO_REFERENCE else plain


def clean(text: str) -> str:
    """Foreign text: its lines, without control characters and needless spaces, at most 4000 characters."""
    lines = (" ".join(line.split()) for line in text.splitlines())
    kept = "\n".join(line for line in lines if line)
    return "".join(char for char in kept if char.isprintable() or char == "\n")[:LONGEST_TEXT]
