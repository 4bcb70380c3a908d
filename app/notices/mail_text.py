"""The words of the mail that asks the client to accept. Pure: what is asked in, a message out.

It is plain text. What people wrote stays on its line and can neither add a header nor a recipient. Titles of
issues are left out: anybody may open an issue, and mail programs make a link of whatever looks like one.
"""

from __future__ import annotations

import hashlib
import textwrap
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from app import money
from app.errors import ContractError
from app.milestones.contract import Party
from app.notices.text import moment

WIDTH = 76


@dataclass(frozen=True, slots=True)
class BilledIssue:
    """An issue on which the release rests. `url` is "" where it is no web address."""

    number: int
    title: str
    url: str
    closed_by: str
    closed_at: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the client is asked to accept. Amounts in minor units; moments as `app.db.now` writes them.

    `accepters` may answer on the issue as well; `dispute` is what disputes it now, "" if nothing does. `link`
    leads to the page that takes the answer; "" where this installation can make none.
    """

    seller: Party
    client: Party
    contract_title: str
    milestone_index: int
    milestone_title: str
    amount_minor: int
    currency: str
    net_days: int
    criteria: tuple[str, ...]
    issues: tuple[BilledIssue, ...]
    until: str
    silence_accepts: bool
    accepters: tuple[str, ...]
    dispute: str = ""
    link: str = ""

    @property
    def amount(self) -> str:
        return money.show(self.amount_minor, self.currency)


def compose(question: Question, recipient: str, *, sender: str, key: str, created_at: str) -> EmailMessage:
    """The whole mail. Raises ContractError as `letter` does."""
    subject = f"Please accept: {question.milestone_title} ({question.contract_title})"
    parties = (question.seller, question.client)
    message = letter(parties, recipient, subject, sender=sender, key=key, created_at=created_at)
    # Not every server takes eight bits, and a line may be longer than SMTP's 998 bytes.
    message.set_content("\n".join(_lines(question)), cte="quoted-printable")
    return message


def letter(
    parties: tuple[Party, Party], recipient: str, subject: str, *, sender: str, key: str, created_at: str
) -> EmailMessage:
    """A mail without its text, from the seller to the client, who are `parties`.

    Raises ContractError for an address that no mail can be sent to. The same `key` and `created_at` give the
    same Message-ID, so that a mail program shows a repetition once. Answers to it reach the seller, whoever
    `sender` is.
    """
    seller, client = parties
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(seller.name, sender)
    message["To"] = _address(client.name, recipient)
    if sender.lower() != seller.email.lower():
        message["Reply-To"] = _address(seller.name, seller.email)
    message["Subject"] = in_header(subject)
    message["Date"] = datetime.fromisoformat(created_at)
    digest = hashlib.sha256(f"{key} {created_at}".encode()).hexdigest()[:32]
    message["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # https://www.rfc-editor.org/rfc/rfc3834
    return message


def one_line(text: str) -> str:
    """Text of people without anything that ends a line, turns its direction or can not be seen."""
    clean = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in text)
    return " ".join(clean.split())


def _address(name: str, email: str) -> Address:
    try:
        return Address(in_header(name), addr_spec=email)
    except ValueError as error:  # a dot too many, or letters that few mail servers take
        mend = "Write another address into the contract"
        raise ContractError(
            f"no mail can be sent to or from {email}", where=one_line(name), mend=mend
        ) from error


def in_header(text: str) -> str:
    """For a header: what reads like an encoded word would be decoded, with whatever is hidden in it."""
    return one_line(text).replace("=?", "= ?")


def _lines(question: Question) -> Iterator[str]:
    seller = one_line(question.seller.name)
    yield filled(f"Hello {one_line(question.client.name)},")
    yield ""
    yield filled(
        f"{seller} has finished a milestone of {one_line(question.contract_title)} and asks for your"
        " acceptance."
    )
    yield ""
    yield filled(f"Milestone {question.milestone_index}: {one_line(question.milestone_title)}")
    yield f"Amount: {question.amount}"
    yield f"Please answer by: {moment(question.until)}"
    if question.criteria:
        yield "\nAgreed to be done when:"
        yield from (filled(f"- {one_line(criterion)}") for criterion in question.criteria)
    if question.issues:
        yield "\nWhat was finished:"
        yield from _issues(question)
    yield ""
    yield from _how(question)
    yield "\nWhat happens next:"
    yield from (filled(f"- {consequence}") for consequence in consequences(question))
    yield f"\n{seller}\n{question.seller.email}"


def _issues(question: Question) -> Iterator[str]:
    for issue in question.issues:
        closer = f" by {one_line(issue.closed_by)}" if issue.closed_by else ""
        yield filled(f"- #{issue.number}, closed{closer} on {issue.closed_at[:10]}")
        if issue.url:
            yield f"  {one_line(issue.url)}"


def _how(question: Question) -> Iterator[str]:
    names = " or ".join(one_line(name) for name in question.accepters)
    comment = (
        "answer on the issue, with a new comment: /closeout accept, or /closeout dispute and the reason."
    )
    if not question.link:
        yield filled(f"{names} can {comment}")
        yield filled(
            "There is no link to answer by: the sender's Closeout has no key to sign one (CLOSEOUT_KEY), or"
            " does not know its own address (CLOSEOUT_PUBLIC_URL)."
        )
        return
    yield filled(
        "To accept it, or to say what is missing, open this page. Nothing happens before you press a button"
        " there:"
    )
    yield f"\n{question.link}\n"
    yield filled(
        "The link takes one answer. It is meant for you alone: whoever has it can give that answer."
        f" {names} can also {comment}"
    )


def consequences(question: Question) -> tuple[str, str, str]:
    """What follows when the client accepts, disputes, or says nothing."""
    seller = one_line(question.seller.name)
    payable = f", payable within {question.net_days} days" if question.net_days else ""
    silence = (
        "counts as acceptance, as the contract says"
        if question.silence_accepts
        else f"nothing is billed, and {seller} has to ask you again"
    )
    return (
        f"If you accept, {seller} issues the invoice over {question.amount}{payable}.",
        "If you dispute it, nothing is billed until that is settled.",
        f"If nobody answers by then, {'that ' if question.silence_accepts else ''}{silence}.",
    )


def filled(text: str) -> str:
    """A paragraph or a point of a list, in short lines; addresses stay whole."""
    indent = "  " if text.startswith("- ") else ""
    return textwrap.fill(
        text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
