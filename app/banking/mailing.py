"""One turn of the mails' loop: what is due to clients, both questions and invoices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from app.banking.bills import KIND, bill_to_mail, queue_bills
from app.db import Database
from app.notices.mail import Letters, MailTeller
from app.notices.smtp import MailServer
from app.releases.people.question import question_to_mail
from app.settings import Settings


def mail_turn(db: Database, settings: Callable[[], Settings]) -> Callable[[], bool]:
    """What the loop calls. `settings` are the present ones; the mail server is that of the start."""
    at_start = settings()
    server = MailServer(at_start.smtp_url) if at_start.smtp_url else None
    letters: Mapping[str, Letters] = {
        "acceptance": partial(question_to_mail, settings),
        KIND: partial(bill_to_mail, settings),
    }
    mails = MailTeller(db, server, at_start.mail_from, letters)

    def turn() -> bool:
        queue_bills(db)
        return mails.turn()

    return turn
