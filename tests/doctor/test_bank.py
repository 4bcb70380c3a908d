"""What the doctor says of a bank account, which nobody can ask."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.connect import Connections
from app.db import Database
from app.doctor import gateways
from app.errors import SettingsError, SignatureError
from app.gateways.registry import KINDS, Opening
from app.milestones.book import Book
from app.settings import Settings
from app.vault.store import Vault
from tests.banking.agency import BANK_YML
from tests.gateways.bank_driver import KEY

SETTINGS = Settings(keys=(KEY,), is_key_given=True, config=BANK_YML)
WHOLE = replace(SETTINGS, public_url="https://closeout.example", smtp_url="smtp://localhost:25")


def examined(db: Database, settings: Settings) -> list[tuple[str, str]]:
    connections = Connections(settings, Vault(db, settings), Book(BANK_YML))
    return [(one.verdict, one.said) for one in gateways.examine(connections)]


def test_a_bank_account_needs_no_secret_and_says_that_all_is_well(sqlite_db: Database) -> None:
    found = examined(sqlite_db, WHOLE)
    assert [state for state, _ in found] == ["ok"] * 3
    assert found[0][1] == "DE89370400440532013000 is well-formed, at COBADEFFXXX"


def test_without_a_mail_server_or_an_address_it_says_that_no_client_is_told(sqlite_db: Database) -> None:
    found = examined(sqlite_db, SETTINGS)
    assert ("broken", "mailing invoices: no mail server is set") in found
    assert ("broken", "an invoice's page: this server does not know its address, or has no key") in found


def test_the_address_that_is_told_later_is_in_the_next_invoices_link(sqlite_db: Database) -> None:
    vault = Vault(sqlite_db, SETTINGS)
    connections = Connections(SETTINGS, vault, Book(BANK_YML))
    before = connections.gateways["bank"]
    vault.put({"PUBLIC_URL": "https://later.example"})
    connections.refresh()
    after = connections.gateways["bank"]
    assert before.links.url("evt_1") == ""  # type: ignore[attr-defined]
    assert after.links.url("evt_1").startswith("https://later.example/invoices/")  # type: ignore[attr-defined]


@pytest.mark.parametrize(("account", "bic", "field"), [("DE00", "", "account"), ("", "", "account")])
def test_an_account_that_can_not_exist_is_refused(
    sqlite_db: Database, account: str, bic: str, field: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        KINDS["bank"].open(Opening("bank", SETTINGS, sqlite_db, account=account, bic=bic))
    assert caught.value.where == f"gateways: bank: {field}"


def test_no_callback_of_a_bank_is_ever_good(sqlite_db: Database) -> None:
    connections = Connections(WHOLE, Vault(sqlite_db, WHOLE), Book(BANK_YML))
    with pytest.raises(SignatureError):
        connections.doors["gateway"]["bank"].verify({}, b"{}")
