"""The bank's papers: what moves on its one account, and what it was ordered to move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


class Refused(Exception):
    """Nothing was booked. `code` is a reason of ISO 20022's external code sets where there is one."""

    def __init__(self, code: str, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class Credit:
    """One transfer that a file orders. `amount_minor` is in cents of the account's currency."""

    end_to_end_id: str
    amount_minor: int
    name: str
    iban: str
    text: str
    execute_on: date


@dataclass(frozen=True)
class Message:
    """A pain.001 as the bank read it."""

    id: str
    debtor_iban: str
    credits: tuple[Credit, ...]


@dataclass
class Booking:
    """One movement; `is_booked` False: it is pending. What shares a `group` may be booked in one sum."""

    number: int
    day: date
    amount_minor: int
    is_credit: bool
    name: str
    iban: str
    group: str
    text: str = ""
    reference: str = ""
    end_to_end_id: str = ""
    reason: str = ""
    instructed: tuple[int, str] | None = None
    is_booked: bool = True

    @property
    def bank_reference(self) -> str:
        return f"SBX{self.number:09d}"

    @property
    def signed_minor(self) -> int:
        return self.amount_minor if self.is_credit else -self.amount_minor


@dataclass(frozen=True)
class Period:
    """What a statement shows: the bookings of its days, and the balances before and after them."""

    iban: str
    currency: str
    first: date
    last: date
    opening_minor: int
    closing_minor: int
    bookings: tuple[Booking, ...]
