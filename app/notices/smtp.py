"""Handing a mail to the operator's mail server: encrypted, within a deadline, and never half understood."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote, urlsplit

from app.errors import CloseoutError
from app.notices.mail_text import one_line

PORTS = {"smtp": 587, "smtps": 465}
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LONGEST_ANSWER = 300


class MailServer:
    """The server at `url`, which the settings have checked.

    With smtp:// it must offer STARTTLS, unless it is on this machine, where nothing is encrypted; its
    certificate must be good. `context` holds the authorities that are trusted, by default the system's.
    """

    def __init__(
        self, url: str, *, context: ssl.SSLContext | None = None, timeout_s: float = 10, total_s: float = 30
    ) -> None:
        parts = urlsplit(url)
        self._is_tls = parts.scheme == "smtps"
        self._host, self._port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._context = context or ssl.create_default_context()
        self._timeout_s, self._total_s = timeout_s, total_s

    def send(self, message: EmailMessage, sender: str, recipient: str) -> None:
        """Return once the server has taken the mail over. Raises CloseoutError, permanent when it never will.

        When the connection breaks after the last byte nobody knows; the mail is then sent again, under the
        same Message-ID.
        """
        try:
            with self._session() as session:
                session.send_message(message, sender, [recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, answer = error.recipients[recipient]
            raise self._refused(code, answer, is_final=code >= 500) from error
        except smtplib.SMTPDataError as error:
            raise self._refused(error.smtp_code, error.smtp_error, is_final=error.smtp_code >= 500) from error
        except smtplib.SMTPResponseException as error:  # a login or a sender: the operator can mend that
            raise self._refused(error.smtp_code, error.smtp_error, is_final=False) from error
        except (OSError, smtplib.SMTPException) as error:
            raise self._error(f"it can not be used: {error}", is_final=False) from error

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        """A connection that is encrypted and logged in as configured."""
        bounds = {"timeout": self._timeout_s, "total_s": self._total_s}
        if self._is_tls:
            session: smtplib.SMTP = _TlsSession(self._host, self._port, context=self._context, **bounds)
        else:
            session = _Session(self._host, self._port, **bounds)
        try:
            if not self._is_tls and self._host not in LOOPBACK:
                session.starttls(context=self._context)
            if self._user:
                session.login(self._user, self._password)
            yield session
            with suppress(OSError, smtplib.SMTPException):
                session.quit()  # the mail is taken over, whatever comes of the good-bye
        finally:
            session.close()

    def _refused(self, code: int, answer: bytes | str, *, is_final: bool) -> CloseoutError:
        told = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return self._error(f"it answered {code} {one_line(told)[:LONGEST_ANSWER]}", is_final=is_final)

    def _error(self, what: str, *, is_final: bool) -> CloseoutError:
        where = f"mail server {self._host}:{self._port}"
        mend = "" if is_final else "Check CLOSEOUT_SMTP_URL and CLOSEOUT_MAIL_FROM"
        return CloseoutError(what, where=where, mend=mend, permanent=is_final)


class _Session(smtplib.SMTP):
    """smtplib's session with a deadline for the whole: its own time-out begins anew with every byte."""

    sock: socket.socket | None = None

    def __init__(self, host: str, port: int, *, total_s: float, **rest: Any) -> None:
        self._watchdog = threading.Timer(total_s, self._hang_up)
        self._watchdog.daemon = True
        self._watchdog.start()
        super().__init__(host, port, **rest)

    def close(self) -> None:
        self._watchdog.cancel()
        super().close()

    def _hang_up(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _TlsSession(_Session, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""
