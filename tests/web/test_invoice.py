"""The page of a bank invoice: what to pay and where, for whoever has the link, and it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import requests
import sqlalchemy as sa

from app.db import Database, metadata
from app.gateways.bank.client import BankGateway
from app.gateways.bank.links import InvoiceLinks
from app.gateways.base import Intent
from app.settings import Settings
from app.web.invoice import invoice_pages
from app.web.metrics import Metrics
from app.web.pages import pages
from app.web.server import front, running
from tests.banking.papers import csv_of
from tests.gateways.bank_driver import KEY, Driver, bank_driver
from tests.gateways.orders import intent_of
from tests.gateways.outcomes import invoice_of
from tests.web.asking_site import no_hooks, text_of


@dataclass
class Page:
    """A site with the invoice's page, and the books behind it."""

    url: str
    driver: Driver

    def open(self, **changes: object) -> tuple[Intent, str]:
        """An invoice is issued; its order, and its link as this site serves it."""
        order = replace(self.driver.orders.shared, **changes)  # type: ignore[arg-type]
        intent = intent_of(self.driver.gateway, order)
        link = invoice_of(self.driver.gateway.send(intent)).url
        return intent, link.replace("https://closeout.example", self.url)


@pytest.fixture
def page(db: Database) -> Iterator[Page]:
    settings = Settings(keys=(KEY,), public_url="https://closeout.example")
    app = pages(db, dict, Settings, metrics=Metrics(db), more=(invoice_pages(db, lambda: settings),))
    with bank_driver(db) as driver, running(front(no_hooks, app)) as url:
        yield Page(url, driver)


def everything(db: Database) -> dict[str, int]:
    with db.reading() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for name, table in metadata.tables.items()
        }


def test_the_page_says_what_to_pay_where_and_by_when(page: Page) -> None:
    intent, link = page.open()
    before = everything(page.driver.db)
    answers = [requests.get(link, timeout=10) for _ in range(3)]
    text = text_of(answers[0])
    for said in (
        "Invoice con_7732_alpha-2",
        "By a transfer of 7,500.00 eur to",
        "Northwind Studio",
        "DE89 3704 0044 0532 0130 00",
        "COBADEFFXXX",
    ):
        assert said in text
    reference = invoice_of(page.driver.gateway.ask(intent)).id
    assert reference in text.replace(" ", "")
    assert "<svg" in answers[0].text
    assert everything(page.driver.db) == before
    assert answers[0].text == answers[2].text


def test_it_says_what_has_come_in_and_when_there_is_nothing_to_pay_any_more(page: Page) -> None:
    intent, link = page.open()
    reference = invoice_of(page.driver.gateway.ask(intent)).id
    page.driver.import_now(csv_of(f"2026-05-28;2500.00;{reference}"))
    assert "5,000.00 eur of 7,500.00 eur are still to pay" in text_of(requests.get(link, timeout=10))
    page.driver.import_now(csv_of(f"2026-05-29;5000.00;{reference}"))
    paid = requests.get(link, timeout=10)
    assert "It is paid" in text_of(paid)
    assert "<svg" not in paid.text
    assert "IBAN" not in paid.text


def test_a_void_invoice_says_that_it_is_not_to_be_paid(page: Page) -> None:
    intent, link = page.open()
    reference = invoice_of(page.driver.gateway.ask(intent)).id
    void = intent_of(page.driver.gateway, page.driver.orders.void(reference))
    invoice_of(page.driver.gateway.send(void))
    answer = text_of(requests.get(link, timeout=10))
    assert "Please do not pay it" in answer
    assert "IBAN" not in answer


def test_nobody_reads_an_invoice_without_its_link(page: Page) -> None:
    _, link = page.open()
    foreign = InvoiceLinks(("another key of forty characters or so ......",), page.url).url("evt_x")
    unknown = InvoiceLinks((KEY,), page.url).url("evt_never")
    for wrong in (link[:-2], f"{page.url}/invoices/con_7732_alpha-2", foreign, unknown):
        answer = requests.get(wrong, timeout=10)
        assert answer.status_code == 404
        assert "Northwind" not in answer.text
    assert requests.post(link, timeout=10).status_code == 405


def test_what_people_wrote_is_text_and_the_headers_keep_scripts_and_caches_out(page: Page) -> None:
    evil = "<script>alert(1)</script>"
    context = {**page.driver.orders.shared.context, "contract_title": evil}
    context["seller"] = {"name": evil, "email": "b@x.example", "address": [], "tax_id": ""}
    _, link = page.open(milestone_title=evil, context=context)
    answer = requests.get(link, timeout=10)
    assert answer.status_code == 200
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "style=" not in answer.text, "the policy allows no style of the page's own"


def test_a_server_that_makes_no_links_has_none_and_shows_none(page: Page, db: Database) -> None:
    bare = BankGateway("bank", page.driver.account.iban, "", db, InvoiceLinks((), ""))
    intent = intent_of(bare, page.driver.orders.shared)
    assert invoice_of(bare.send(intent)).url == ""
