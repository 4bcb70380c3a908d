"""The invoice reaches its client by mail: once, with all that a transfer needs, while it is to be paid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from functools import partial

import pytest
import sqlalchemy as sa

from app.banking.mailing import mail_turn
from app.db import Database
from app.gateways.bank.links import InvoiceLinks
from app.milestones.contract import Party
from app.notices.invoice_text import Bill, compose_bill
from app.notices.mail import NO_SERVER
from app.notices.tables import mails
from app.notices.text import comment
from app.releases.told.stories import read_stories
from app.settings import Settings
from tests.banking.agency import RELEASE, Agency
from tests.gateways.bank_driver import KEY
from tests.notices.post_office import PostOffice

SETTINGS = Settings(keys=(KEY,), public_url="https://closeout.example")
BILL = Bill(
    number="con_7732_alpha-2",
    status="open",
    seller=Party("Northwind Studio", "billing@northwind.example"),
    client=Party("Acme Corp", "ap@acme.example"),
    contract_title="Alpha storefront",
    milestone_index=2,
    milestone_title="Prototype",
    amount_minor=750_000,
    left_minor=750_000,
    currency="eur",
    issued_on="2026-05-28",
    due_on="2026-06-12",
    holder="Northwind Studio",
    iban="DE89 3704 0044 0532 0130 00",
    bic="COBADEFFXXX",
    reference="RF12 3456",
)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as one:
        yield one


def turn(studio: Agency, office: PostOffice | None, settings: Settings = SETTINGS) -> None:
    given = replace(settings, smtp_url=office.url if office else "")
    mail_turn(studio.db, partial(replace, given))()


def problems(db: Database) -> list[tuple[str, str]]:
    with db.reading() as connection:
        found = connection.execute(sa.select(mails.c.kind, mails.c.problem)).all()
    return [(str(kind), str(problem)) for kind, problem in found]


def text_of(message: EmailMessage) -> str:
    body = message.get_body()
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_the_client_gets_one_mail_with_account_amount_reference_and_code(
    studio: Agency, office: PostOffice
) -> None:
    studio.release()
    for _ in range(3):
        turn(studio, office)
    (taken,) = office.taken
    assert (taken.sender, taken.recipients) == ("billing@northwind.example", ("ap@acme.example",))
    text = text_of(taken.message)
    reference = " ".join(studio.reference[i : i + 4] for i in range(0, 23, 4))
    for said in (
        "Amount: 7,500.00 eur",
        "Account holder: Northwind Studio",
        "IBAN: DE89 3704 0044 0532 0130 00",
        "BIC: COBADEFFXXX",
        f"Reference: {reference}",
    ):
        assert said in text.splitlines()
    link = next(line for line in text.splitlines() if line.startswith("https://closeout.example/invoices/"))
    assert InvoiceLinks((KEY,), "").read(link.rpartition("/")[2]).startswith("evt_")
    (picture,) = taken.message.iter_attachments()
    assert picture.get_content_type() == "image/png"
    assert picture.get_content().startswith(b"\x89PNG")


def test_what_was_paid_or_voided_before_the_mail_went_out_is_not_mailed(
    studio: Agency, office: PostOffice
) -> None:
    studio.release()
    studio.reopen()
    turn(studio, office)
    assert office.taken == []
    assert problems(studio.db) == [("invoice", "not sent: nobody waits for the payment any more")]


def test_without_a_mail_server_the_invoice_waits_and_says_why(studio: Agency, office: PostOffice) -> None:
    studio.release()
    turn(studio, None)
    assert problems(studio.db) == [("invoice", NO_SERVER)]
    turn(studio, office)
    assert len(office.taken) == 1


def test_an_address_that_no_mail_reaches_is_given_up_with_what_to_do(
    studio: Agency, office: PostOffice
) -> None:
    office.answers["RCPT"] = ["550 no such user"]
    studio.release()
    turn(studio, office)
    ((_, problem),) = problems(studio.db)
    assert problem.endswith("given up: hand the invoice's page over, closeout explain con_7732_alpha 2")


def test_names_of_people_add_no_header_and_no_line() -> None:
    evil = replace(
        BILL,
        number="con\nBcc: x@evil.example",
        milestone_title="T\r\nX-Evil: 1",
        holder="A\nIBAN: GB29",
        client=Party("Acme\nBcc: y@evil.example", "ap@acme.example"),
    )
    message = compose_bill(
        evil, "ap@acme.example", sender="b@x.example", key="k", created_at="2026-05-28T00:00:00.000Z"
    )
    assert message["Bcc"] is None
    assert message["X-Evil"] is None
    lines = text_of(message).splitlines()
    assert [line for line in lines if line.startswith(("IBAN", "Bcc", "X-Evil"))] == [
        "IBAN: DE89 3704 0044 0532 0130 00"
    ]


def test_whoever_reads_the_issue_gets_no_link_to_the_invoice(studio: Agency) -> None:
    studio.release()
    with studio.db.reading() as connection:
        text = comment("", read_stories(connection, [RELEASE]))
    assert "- Invoice con\\_7732\\_alpha-2 over 7,500.00 eur" in text
    assert "/invoices/" not in text
