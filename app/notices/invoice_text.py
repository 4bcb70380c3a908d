"""The mail that brings an invoice to the client, where its gateway brings none. Pure: a bill in, a mail out.

It is plain text, as the question for acceptance is, with the transfer as a QR code beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage

from app import money
from app.milestones.contract import Party
from app.notices.mail_text import filled, in_header, letter, one_line

PNG = ("image", "png")


@dataclass(frozen=True, slots=True)
class Bill:
    """What a client is to pay, where, and by when; amounts in minor units, days as 2026-05-28.

    `left_minor` is what has not come in yet. `due_on` is "" for at once. `iban` and `reference` are as they
    are printed, in groups. `link` leads to the same on a page, "" where this installation has none.
    `qr_code` is the transfer as a PNG, b"" for none.
    """

    number: str
    status: str
    seller: Party
    client: Party
    contract_title: str
    milestone_index: int
    milestone_title: str
    amount_minor: int
    left_minor: int
    currency: str
    issued_on: str
    due_on: str
    holder: str
    iban: str
    bic: str
    reference: str
    link: str = ""
    qr_code: bytes = b""

    @property
    def amount(self) -> str:
        return money.show(self.amount_minor, self.currency)

    @property
    def left(self) -> str:
        return money.show(self.left_minor, self.currency)

    @property
    def due(self) -> str:
        return self.due_on or "at once"


def compose_bill(bill: Bill, recipient: str, *, sender: str, key: str, created_at: str) -> EmailMessage:
    """The whole mail. Raises ContractError as `letter` does."""
    subject = f"Invoice {bill.number}: {bill.milestone_title} ({bill.contract_title})"
    parties = (bill.seller, bill.client)
    message = letter(parties, recipient, subject, sender=sender, key=key, created_at=created_at)
    # Not every server takes eight bits, and a line may be longer than SMTP's 998 bytes.
    message.set_content("\n".join(_lines(bill)), cte="quoted-printable")
    if bill.qr_code:
        name = f"{in_header(bill.number)}.png"
        message.add_attachment(bill.qr_code, *PNG, disposition="inline", filename=name)
    return message


def _lines(bill: Bill) -> Iterator[str]:
    seller = one_line(bill.seller.name)
    yield filled(f"Hello {one_line(bill.client.name)},")
    yield ""
    yield filled(
        f"{seller} has finished a milestone of {one_line(bill.contract_title)}. This is invoice"
        f" {one_line(bill.number)} for it."
    )
    yield ""
    yield filled(f"Milestone {bill.milestone_index}: {one_line(bill.milestone_title)}")
    yield f"Amount: {bill.amount}"
    yield f"Please pay: {bill.due}"
    yield "\nBy a transfer to:"
    yield filled(f"Account holder: {one_line(bill.holder)}")
    yield f"IBAN: {bill.iban}"
    if bill.bic:
        yield f"BIC: {bill.bic}"
    yield f"Reference: {bill.reference}"
    yield ""
    yield filled("Please quote the reference and nothing else: by it your payment is found.")
    if bill.qr_code:
        yield filled("Your banking app can read all of this from the QR code in this mail.")
    if bill.link:
        yield "\nThe same on a page, with what has come in:"
        yield f"{bill.link}"
    yield f"\n{seller}\n{bill.seller.email}"
