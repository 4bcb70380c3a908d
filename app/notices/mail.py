"""Mail to the client: what is due is stored with the change, and sent until the mail server takes it.

The public comment can not carry the link by which anybody who has it may answer, nor where to pay to; a mail
goes to the client alone. Its text is written when it is sent, from what holds then, and it is not sent any
more once nobody waits for the answer, or for the payment. A kill in between costs a repetition under the same
Message-ID.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial

import sqlalchemy as sa
import structlog

from app.db import Database, insert_or_ignore, later, now
from app.errors import CloseoutError
from app.notices.invoice_text import Bill, compose_bill
from app.notices.mail_text import Question, compose
from app.notices.smtp import MailServer
from app.notices.tables import mails

log = structlog.get_logger()

PAUSES_S = (30, 300, 1800, 7200, 18000, 36000, 86400)
"""After each attempt; a server that puts strangers off at first wants some minutes."""
BATCH = 5
NO_SERVER = "no mail is sent: CLOSEOUT_SMTP_URL is not set"

Letters = Callable[[sa.Connection, sa.RowMapping], Question | Bill | None]
"""Reads what a row of `mails` is about; None once there is nothing to say any more."""
GIVEN_UP = {
    "acceptance": "hand the link over, closeout releases link",
    "invoice": "hand the invoice's page over, closeout explain",
}


def mail_key(row: sa.RowMapping) -> str:
    """The name of the one mail that asks about a release; what is done again or held long is asked again."""
    return f"{row['id']}/r{row['revision']}/{row['decided_at']}/{row['accept_by']}/acceptance"


def invite(connection: sa.Connection, row: sa.RowMapping) -> None:
    """Have the client of a release asked for its acceptance, once, with the caller's transaction."""
    connection.execute(
        insert_or_ignore(connection, mails).values(
            key=mail_key(row),
            release_id=row["id"],
            kind="acceptance",
            recipient=json.loads(row["snapshot"])["client"]["email"],
            created_at=now(),
            due_at=now(),
        )
    )


class MailTeller:
    """Sends the mails that are due; `letters` reads them, by their kind.

    `sender` is the From address, "" for the seller's own.
    """

    def __init__(
        self, db: Database, server: MailServer | None, sender: str, letters: Mapping[str, Letters]
    ) -> None:
        self._db, self._server, self._sender, self._letters = db, server, sender, letters

    def turn(self) -> bool:
        """Send what is due; True when there may be more."""
        if self._server is None:
            self._say_why_not()
            return False
        due = self._db.due(mails, BATCH)
        for row in due:
            self._send(self._server, row)
        return len(due) == BATCH

    def _say_why_not(self) -> None:
        """Without a server every mail stays due, and goes out when there is one."""
        untold = mails.c.due_at.is_not(None) & (mails.c.problem != NO_SERVER)
        with self._db.reading() as connection:
            keys = connection.scalars(sa.select(mails.c.key).where(untold)).all()
        if not keys:
            return
        with self._db.transaction() as connection:
            connection.execute(sa.update(mails).where(untold).values(problem=NO_SERVER))
        log.warning("mail not sent", mails=list(keys), problem=NO_SERVER)

    def _send(self, server: MailServer, row: sa.RowMapping) -> None:
        with self._db.reading() as connection:
            letter = self._letters[row["kind"]](connection, row)
        if letter is None:
            waits = "the answer" if row["kind"] == "acceptance" else "the payment"
            self._note(row, due_at=None, problem=f"not sent: nobody waits for {waits} any more")
            return
        sender = self._sender or letter.seller.email
        write = partial(compose_bill, letter) if isinstance(letter, Bill) else partial(compose, letter)
        try:
            message = write(row["recipient"], sender=sender, key=row["key"], created_at=row["created_at"])
            server.send(message, sender, row["recipient"])
        except CloseoutError as error:
            self._failed(row, error)
            return
        self._note(row, due_at=None, problem="", attempts=row["attempts"] + 1)
        log.info("mail sent", mail=row["key"], message_id=message["Message-ID"], has_link=bool(letter.link))

    def _failed(self, row: sa.RowMapping, error: CloseoutError) -> None:
        tries = row["attempts"] + 1
        gave_up = error.permanent or tries > len(PAUSES_S)
        problem, due_at = str(error), None if gave_up else later(PAUSES_S[tries - 1])
        if gave_up:
            contract_id, _, index = row["release_id"].rpartition("/")
            problem += f"; given up: {GIVEN_UP[row['kind']]} {contract_id} {index}"
        self._note(row, due_at=due_at, problem=problem, attempts=tries)
        log.warning(
            "mail not sent" + ("; given up" if gave_up else "; will be tried again"),
            mail=row["key"],
            problem=str(error),
        )

    def _note(self, row: sa.RowMapping, **values: object) -> None:
        with self._db.transaction() as connection:
            connection.execute(sa.update(mails).where(mails.c.key == row["key"]).values(**values))
