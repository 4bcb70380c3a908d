"""Which account an errand is for: a gateway of kind bank in the contract file."""

from __future__ import annotations

from dataclasses import dataclass

from app.errors import CloseoutError
from app.gateways.bank.account import read_bic, read_iban
from app.milestones.contract import Configuration


@dataclass(frozen=True, slots=True)
class OurAccount:
    """A gateway's name, its IBAN, and its bank's BIC ("" if the file does not say it)."""

    gateway: str
    iban: str
    bic: str = ""


def find_account(configuration: Configuration, name: str = "") -> OurAccount:
    """The bank gateway `name`, or the only one. Raises CloseoutError, which lists those that there are."""
    banks = {one.name: one for one in configuration.gateways.values() if one.kind == "bank"}
    if name not in banks and (name or len(banks) != 1):
        known = ", ".join(sorted(banks)) or "none"
        raise CloseoutError(
            f"{name} is no gateway of kind bank" if name else "it is not clear which bank account is meant",
            where=configuration.path,
            mend=f"Say --gateway with one of: {known}" if banks else "Add a gateway of kind bank",
        )
    found = banks[name or next(iter(banks))]
    return OurAccount(found.name, read_iban(found.account), read_bic(found.bic) if found.bic else "")
