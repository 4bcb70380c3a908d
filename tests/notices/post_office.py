"""A pretend mail server: real SMTP over a real socket, strict about the protocol, with faults on demand.

It takes 7-bit mails only, like a server without 8BITMIME (https://www.rfc-editor.org/rfc/rfc6152), refuses
commands out of order and lines that SMTP does not allow (https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3),
and lets nobody log in without encryption unless it is told to.
"""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType

FAULTS = ("hang up", "silent", "drip")


@dataclass(frozen=True)
class Taken:
    """A mail that was taken over: its envelope, its bytes, and how its sender had come."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    is_encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @property
    def text(self) -> str:
        return str(self.message.get_content()).replace("\r\n", "\n")


@dataclass
class PostOffice:
    """`answers[verb]` are the next answers to a verb, or faults; "." is the end of a mail's bytes.

    `context` makes it offer STARTTLS, with `is_tls` it speaks TLS from the first byte. `login` is the user
    and password that it asks for.
    """

    context: ssl.SSLContext | None = None
    is_tls: bool = False
    login: tuple[str, str] | None = None
    answers: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    taken: list[Taken] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.closing = threading.Event()
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session, bind_and_activate=True)
        self._server.daemon_threads = True
        self._server.office = self  # type: ignore[attr-defined]

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def __enter__(self) -> PostOffice:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


class _HangUp(Exception):
    """The server ends the session without a word."""


class _Session(socketserver.StreamRequestHandler):
    """One connection."""

    def setup(self) -> None:
        self.office: PostOffice = self.server.office  # type: ignore[attr-defined]
        if self.office.is_tls and self.office.context is not None:
            self.request = self.office.context.wrap_socket(self.request, server_side=True)
        super().setup()
        self.is_encrypted, self.user = self.office.is_tls, ""
        self.has_greeted = False
        self._reset()

    def handle(self) -> None:
        try:
            self._say("connect", "220 post.example ESMTP")
            while line := self.rfile.readline(2000):
                self._hear(line)
        except (_HangUp, OSError):  # the other end may go away at any time
            return

    def finish(self) -> None:
        try:
            super().finish()
        except OSError:
            return

    def _reset(self) -> None:
        self.sender: str | None = None
        self.recipients: list[str] = []

    def _say(self, verb: str, usual: str) -> bool:
        """Send the usual answer or the one that was ordered; whether it was the usual one."""
        ordered = self.office.answers[verb]
        answer = ordered.pop(0) if ordered else usual
        if answer in FAULTS:
            self._fail(answer)
        self.wfile.write(answer.encode() + b"\r\n")
        return answer == usual

    def _fail(self, fault: str) -> None:
        if fault == "silent":
            self.office.closing.wait(60)
        while fault == "drip" and not self.office.closing.wait(0.02):
            self.wfile.write(b"2")
        raise _HangUp

    def _hear(self, line: bytes) -> None:
        command = line.decode("ascii", "replace").rstrip("\r\n")
        if not line.endswith(b"\r\n") or len(line) > 512 or not line.isascii():
            self.office.violations.append(command)
        verb, _, rest = command.partition(" ")
        verb = verb.upper()
        self.office.heard.append(verb)
        act = getattr(self, f"_{verb.lower()}", None)
        if act is None:
            self._say(verb, "502 there is no such command")
        else:
            act(rest)

    def _ehlo(self, _name: str) -> None:
        self.has_greeted = True
        self._reset()
        offers = ["post.example", "SIZE 1000000"]
        if self.office.context is not None and not self.is_encrypted:
            offers.append("STARTTLS")
        if self.office.login:
            offers.append("AUTH PLAIN")
        lines = [f"250-{offer}" for offer in offers[:-1]] + [f"250 {offers[-1]}"]
        self._say("EHLO", "\r\n".join(lines))

    def _starttls(self, _rest: str) -> None:
        context = self.office.context
        if context is None or self.is_encrypted:
            self._say("STARTTLS", "502 there is no such command")
        elif self._say("STARTTLS", "220 go ahead"):
            self.request = context.wrap_socket(self.request, server_side=True)
            self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
            self.is_encrypted, self.has_greeted = True, False

    def _auth(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.removeprefix("PLAIN ")).decode().split("\0")
        if not self.is_encrypted and self.office.context is not None:
            self.office.violations.append("a password was sent in the clear")
        if (user, password) != self.office.login:
            self._say("AUTH", "535 5.7.8 authentication failed")
        elif self._say("AUTH", "235 welcome"):
            self.user = user

    def _mail(self, rest: str) -> None:
        if not self.has_greeted or self.sender is not None or (self.office.login and not self.user):
            self._say(
                "MAIL", "503 bad sequence" if self.user or not self.office.login else "530 log in first"
            )
        elif self._say("MAIL", "250 ok"):
            self.sender = rest[len("FROM:") :].split(" ", maxsplit=1)[0].strip("<>")

    def _rcpt(self, rest: str) -> None:
        if self.sender is None:
            self._say("RCPT", "503 bad sequence")
        elif self._say("RCPT", "250 ok"):
            self.recipients.append(rest[len("TO:") :].split(" ", maxsplit=1)[0].strip("<>"))

    def _data(self, _rest: str) -> None:
        if not self.recipients or self.sender is None:
            self._say("DATA", "503 bad sequence")
            return
        if not self._say("DATA", "354 go ahead"):
            return
        lines = []
        while (line := self.rfile.readline(2000)) != b".\r\n":
            if not line:
                return
            if not line.endswith(b"\r\n") or len(line) > 1000 or not line.isascii() or b"\r" in line[:-2]:
                self.office.violations.append(repr(line))
            lines.append(line[1:] if line.startswith(b".") else line)
        mail = Taken(self.sender, tuple(self.recipients), b"".join(lines), self.is_encrypted, self.user)
        self._reset()
        ordered = self.office.answers["."]
        if not (ordered and ordered[0][:1] in "45"):
            self.office.taken.append(mail)  # also when the answer to it is lost on the way
        self._say(".", "250 taken")

    def _rset(self, _rest: str) -> None:
        self._reset()
        self._say("RSET", "250 ok")

    def _quit(self, _rest: str) -> None:
        self._say("QUIT", "221 bye")
        raise _HangUp
