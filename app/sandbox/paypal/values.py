"""One value of a request's body and where it stands: it is as PayPal says, or it is refused by its name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.sandbox.paypal import amounts
from app.sandbox.paypal.refusals import Path, Refused, invalid

MISSING = "MISSING_REQUIRED_PARAMETER"
SYNTAX = "INVALID_PARAMETER_SYNTAX"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_EMAIL = re.compile(r"[^\s@\"]{1,64}@[A-Za-z0-9.-]+\.[A-Za-z]{2,}", re.ASCII)


@dataclass(frozen=True)
class Value:
    """`refuse(path, issue, description, value)` makes the refusal in the words of the API that is asked.

    PayPal's reference does not say what becomes of members that it does not know. They are refused here, so
    that a misspelt one is seen in a test and not dropped in silence in production.
    """

    plain: Any
    path: Path = ()
    refuse: Callable[[Path, str, str, object], Refused] = invalid

    def no(self, issue: str, description: str) -> Refused:
        return self.refuse(self.path, issue, description, self.plain)

    def require(self, holds: bool, issue: str, description: str) -> None:
        if not holds:
            raise self.no(issue, description)

    def members(self, required: Sequence[str], optional: Collection[str] = ()) -> dict[str, Value]:
        """The members of an object that are there; all of `required`, none but `optional` beside them."""
        self.require(isinstance(self.plain, dict), SYNTAX, "Should be an object.")
        for name in required:
            self.child(name).require(name in self.plain, MISSING, f"A required field is missing: {name}.")
        for name in self.plain:
            known = name in required or name in optional
            self.child(name).require(known, "UNSUPPORTED_FIELD", f"There is no field {name} here.")
        return {name: self.child(name) for name in self.plain}

    def child(self, step: str | int) -> Value:
        inside = isinstance(self.plain, list) or step in self.plain
        return Value(self.plain[step] if inside else None, (*self.path, step), self.refuse)

    def array(self, most: int, least: int = 0) -> list[Value]:
        self.require(isinstance(self.plain, list), SYNTAX, "Should be an array.")
        self.require(len(self.plain) >= least, MISSING, f"Needs at least {least}.")
        self.require(len(self.plain) <= most, "INVALID_ARRAY_MAX_ITEMS", f"Takes at most {most}.")
        return [self.child(number) for number in range(len(self.plain))]

    def text(self, longest: int, shortest: int = 0) -> str:
        self.require(isinstance(self.plain, str), SYNTAX, "Should be a string.")
        short = f"Field value should be at least {shortest} characters."
        self.require(len(self.plain) >= shortest, "INVALID_STRING_LENGTH", short)
        long = f"Field value exceeded the maximum of {longest} characters."
        self.require(len(self.plain) <= longest, "INVALID_STRING_MAX_LENGTH", long)
        return str(self.plain)

    def choice(self, choices: Collection[str], issue: str = SYNTAX) -> str:
        known = isinstance(self.plain, str) and self.plain in choices
        self.require(known, issue, f"Should be one of {', '.join(choices)}.")
        return str(self.plain)

    def flag(self) -> bool:
        self.require(isinstance(self.plain, bool), SYNTAX, "Should be true or false.")
        return bool(self.plain)

    def day(self) -> date:
        matches = isinstance(self.plain, str) and _DAY.fullmatch(self.plain)
        try:
            return date.fromisoformat(self.plain if matches else "")
        except ValueError:
            raise self.no(SYNTAX, "Date should be of format yyyy-mm-dd.") from None

    def email(self) -> str:
        text = self.text(254, 3)
        self.require(_EMAIL.fullmatch(text) is not None, SYNTAX, "Should be an e-mail address.")
        return text

    def currency(self) -> str:
        """A lower-case code of a currency that PayPal holds."""
        code = self.text(3)
        self.require(len(code) == 3, "INVALID_STRING_LENGTH", "Currency code length should be 3 characters.")
        self.require(code in amounts.DIGITS, "NOT_SUPPORTED", "Currency code is not supported.")
        return code.lower()

    def money(self, currency: str = "", *, code_name: str = "currency_code") -> tuple[int, str]:
        """(minor units, lower-case code); of `currency`, where one is given."""
        members = self.members([code_name, "value"])
        code = members[code_name].currency()
        other = f"Should be in {currency.upper()}, as the rest."
        members[code_name].require(currency in ("", code), "CURRENCY_MISMATCH", other)
        return members["value"].amount(code), code

    def amount(self, currency: str) -> int:
        try:
            return amounts.read(self.text(32), currency)
        except amounts.BadAmount as error:
            raise self.no(error.issue, str(error)) from error
