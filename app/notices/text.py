"""The words of a notice. Pure: what is known of the milestones in, Markdown out.

Everything that people wrote (titles, reasons, logins) is escaped: it can neither format, nor link, nor
mention anybody, nor close the hidden marker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app import money

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&@:])")
_REFERENCE = re.compile(r"(?<![\w/])\\#(\d+)\b")
_BARE_LINK = re.compile(r"\b(www)\.", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")

HEADLINES = {
    "waiting": "Not billed yet",
    "held": "On hold",
    "withdrawn": "Withdrawn: nothing was billed",
    "ready": "Released",
    "awaiting_acceptance": "Waiting for the client's acceptance",
    "triggered": "Released: the invoice is being issued",
    "invoiced": "Invoiced",
    "paid": "Paid",
    "disbursing": "Paid: the team's shares are on their way",
    "disbursed": "Paid and disbursed",
    "partially_disbursed": "Paid; a payout failed",
    "voided": "The invoice was voided",
    "disputed": "Disputed: nothing moves",
    "refunding": "The money is being given back",
    "refunded": "The money was given back",
    "unknown": "Waiting for a certain answer of the payment platform",
    "failed": "The payment platform refused",
}


BEFORE_THE_PAYMENT = {
    "disbursing": "Invoiced: the team's shares are on their way",
    "disbursed": "Invoiced; the team has its shares",
    "partially_disbursed": "Invoiced; a payout failed",
}
"""The same where the team is paid before the client has paid, or has paid all."""


@dataclass(frozen=True, slots=True)
class Story:
    """What a comment tells of one milestone. Amounts are in minor units.

    `reason` is why the milestone was released, or why not; `notes` are further sentences: what holds it, who
    may accept it, what it rests on. Who gets which share, and what a platform says meanwhile, is no business
    of everybody who reads the issue. Nor is the invoice's page: whoever has its link may read it.
    """

    contract_title: str
    milestone_title: str
    milestone_index: int
    state: str
    reason: str
    amount_minor: int
    currency: str
    invoice_number: str = ""
    payout_count: int = 0
    payouts_paid: int = 0
    invoice_is_void: bool = False
    invoice_is_open: bool = False
    notes: tuple[str, ...] = ()


def marker(connection: str) -> str:
    """The hidden text by which Closeout finds its own comment again."""
    return f"<!-- closeout:notice:{connection} -->"


def comment(hidden: str, stories: Sequence[Story], answer: str = "") -> str:
    """The whole comment of one issue: the marker, a paragraph per milestone, the answer to a command."""
    parts = [hidden, *(_paragraph(story) for story in stories)]
    if answer:
        parts.append(f"> {_with_references(answer)}")
    return "\n\n".join(parts) + "\n"


def _paragraph(story: Story) -> str:
    title = (
        f"{escape(story.contract_title)}, milestone {story.milestone_index}: {escape(story.milestone_title)}"
    )
    words = {**HEADLINES, **BEFORE_THE_PAYMENT} if story.invoice_is_open else HEADLINES
    lines = [f"**{words.get(story.state, escape(story.state))}** · {title}", ""]
    amount = money.show(story.amount_minor, story.currency)
    if story.invoice_number:
        lines.append(
            f"- Invoice {escape(story.invoice_number)} over {amount}"
            + (" is void" if story.invoice_is_void else "")
        )
    elif story.state not in ("waiting", "withdrawn"):
        lines.append(f"- Amount: {amount}")
    if story.payout_count:
        lines.append(f"- The team's shares: {story.payouts_paid} of {story.payout_count} have arrived")
    lines.append(f"- Why: {_with_references(story.reason)}")
    lines += [f"- {_with_references(note)}" for note in story.notes]
    return "\n".join(lines)


def moment(text: str) -> str:
    """A moment as `app.db.now` writes it, to the minute: "2026-06-05 00:00 UTC"."""
    return f"{text[:10]} {text[11:16]} UTC"


def web_address(url: str) -> str:
    """The URL if a click may open it, else "": what forges and gateways send could be `javascript:` too."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def escape(text: str) -> str:
    """Text of people as inert Markdown on one line; an @ is cut from what follows, so it mentions nobody."""
    inert = _SPECIAL.sub(r"\\\1", _CONTROL.sub(" ", text)).replace("\\@", "@\u200b")
    return _BARE_LINK.sub("\\1\u200b.", inert)  # https://github.github.com/gfm/#autolinks-extension-


def _with_references(text: str) -> str:
    """Escaped, but "#12" stays a link to the issue: that much Closeout's own sentences need."""
    return _REFERENCE.sub(r"#\1", escape(text))
