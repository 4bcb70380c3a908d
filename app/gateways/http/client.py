"""The generic HTTP gateway: signed events out, signed questions out, signed callbacks in.

Protocol: docs/gateway-protocol.md. Nothing is retried here: an order's next attempt belongs to whoever
stored it, since only there it is known that its bytes and its key stay the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from app.errors import PayloadError, SettingsError
from app.events import GatewayEvent
from app.gateways import guard, transport
from app.gateways.base import Booked, Done, Failed, Intent, Order, Outcome, Unknown
from app.gateways.http import envelope, parse
from app.gateways.http.listing import read_page
from app.gateways.http.secrets import read_secrets
from app.gateways.registry import Opening
from app.gateways.transport import Answer, Lost, NotSent
from app.signatures import sign_standard_webhook, verify_standard_webhook

USER_AGENT = "closeout/1"  # the number is the protocol's version

_UNREACHABLE_S = 5
_BUSY_S = 60
_MOST_PAGES = 1000
_URL = re.compile(
    r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?",
    re.ASCII,
)
_CONTRADICTIONS = ("idempotency_key_reused", "event_id_reused")


class HttpGateway:
    """A payment platform that speaks the gateway protocol at `url`.

    `secret` is one "whsec_…" or several, separated by spaces, while it is rotated: all sign, any verifies.
    `private` are the networks that the host may be in although they are not public, `ca_file` names a PEM
    bundle to trust instead of the usual one. Raises SettingsError for a secret or url that can not be used.
    """

    asks = False

    def __init__(
        self,
        name: str,
        url: str,
        secret: str,
        *,
        timeout_s: float = 10,
        total_s: float = 30,
        private: Sequence[guard.Network] = (),
        ca_file: str = "",
    ) -> None:
        self.name = name
        self._url = _usable_url(name, url)
        self._secrets = read_secrets(secret, f"CLOSEOUT_{name.upper().replace('-', '_')}_SECRET")
        self._limits = transport.Limits(timeout_s, total_s)
        self._private, self._ca_file = tuple(private), ca_file

    @property
    def address(self) -> str:
        return self._url

    @property
    def logins(self) -> frozenset[str]:
        url = self._url.encode()
        return frozenset(hashlib.sha256(b"%b %b" % (url, one)).hexdigest() for one in self._secrets)

    def draft(self, order: Order) -> bytes:
        return envelope.write_event(order)

    def send(self, intent: Intent) -> Outcome:
        try:
            asked = envelope.read_event(intent.body)
        except ValueError as error:
            return Failed(f"not sent: {error}")
        if asked.event_id != intent.event_id:
            return Failed(f"not sent: the stored bytes are those of {asked.event_id}, not {intent.event_id}")
        headers = {"Content-Type": "application/json", "Idempotency-Key": _header_key(intent.key)}
        try:
            answer = self._fetch("POST", self._url, intent, headers, intent.body)
        except NotSent as error:
            return Failed(str(error), retry_after_s=_UNREACHABLE_S)
        except Lost as error:
            return Unknown(str(error))
        return _sent(answer, asked)

    def ask(self, intent: Intent) -> Outcome:
        try:
            asked = envelope.read_event(intent.body)
            answer = self._fetch("GET", f"{self._url}/{intent.event_id}", intent, {}, b"")
        except (NotSent, Lost) as error:
            return Unknown(f"could not ask: {error}")
        except ValueError as error:
            return Unknown(f"can not ask about this: {error}", needs_person=True)
        if answer.status == 200:
            return _understood(answer, asked)
        refusal = parse.read_refusal(answer.body)
        about_this = refusal.event_id == intent.event_id
        if answer.status == 404 and refusal.code == "event_not_seen" and about_this:
            return Failed("the platform has never seen this event", retry_after_s=0)
        if answer.status == 422 and refusal.code == "event_failed" and about_this:
            return Failed(f"the platform failed for good: {refusal.text}")
        return Unknown(f"asked, but the platform answered {_said(answer)}")

    def booked(self, contract_id: str) -> tuple[Booked, ...] | Failed | Unknown:
        found: list[Booked] = []
        after, known = "", {""}
        while True:
            query = urlencode({"contract_id": contract_id, **({"after": after} if after else {})})
            try:
                answer = self._question(query)
                if answer.status in (404, 405, 501):
                    return Failed("the platform does not list what it booked")
                if answer.status != 200:
                    return Unknown(f"asked what it booked, the platform answered {_said(answer)}")
                page, after = read_page(answer.body, contract_id)
            except (NotSent, Lost) as error:
                return Unknown(f"could not ask what it booked: {error}")
            except PayloadError as error:
                return Unknown(f"what it says that it booked is wrong: {error}", needs_person=True)
            found += page
            if not after:
                return tuple(found)
            if after in known or len(known) > _MOST_PAGES:
                return Unknown("the list of what the platform booked does not end", needs_person=True)
            known.add(after)

    def _question(self, query: str) -> Answer:
        """Ask `query` of the platform; its signature is over the query, so that it is good for no other."""
        name = f"list_{hashlib.sha256(query.encode()).hexdigest()[:24]}"
        headers = sign_standard_webhook(self._secrets, name, query.encode())
        return self._send("GET", f"{self._url}?{query}", headers, b"")

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        verify_standard_webhook(headers, body, self._secrets)

    def parse(self, headers: Mapping[str, str], body: bytes, *, may_ask: bool = False) -> GatewayEvent:
        del may_ask  # a callback of this protocol says whose it is
        return replace(parse.read_callback(body), delivery_id=parse.read_delivery_id(headers))

    def _fetch(self, method: str, url: str, intent: Intent, headers: dict[str, str], body: bytes) -> Answer:
        signature = sign_standard_webhook(self._secrets, intent.event_id, body)
        return self._send(method, url, {**headers, **signature}, body)

    def _send(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Answer:
        return transport.fetch(
            method,
            url,
            {**headers, "User-Agent": USER_AGENT},
            body,
            self._limits,
            private=self._private,
            ca_file=self._ca_file,
        )


def open_gateway(opening: Opening) -> HttpGateway:
    """The gateway of the contract file's entry. Raises SettingsError."""
    secret = opening.required("SECRET", "the secret")
    url = opening.value("URL") or opening.url
    return HttpGateway(opening.name, url, secret, private=opening.private())


def _header_key(key: str) -> str:
    """The key as a header: itself where it fits (contract and account names need not), else its SHA-256."""
    fits = re.fullmatch(r"[\x21-\x7e]{1,255}", key, re.ASCII)
    return key if fits else f"sha256-{hashlib.sha256(key.encode()).hexdigest()}"


def _usable_url(name: str, url: str) -> str:
    """`url` without a slash at its end. Raises SettingsError: money is not sent in the clear or by guess."""
    mend = (
        f"Set gateways: {name}: url to an address such as https://pay.example/events, without ?, # or a login"
    )
    match = _URL.fullmatch(url)
    if match is None or int(match[3] or 443) > 65_535:
        raise SettingsError("not an address that can be posted to", where=url, mend=mend)
    if match[1] != "https" and match[2].strip("[]").lower() not in guard.LOOPBACK_HOSTS:
        raise SettingsError("a gateway's address is https, except on this machine", where=url, mend=mend)
    return url.rstrip("/")


def _sent(answer: Answer, asked: envelope.Asked) -> Outcome:
    """What the answer to an order means; the table of docs/gateway-protocol.md, "Answers"."""
    status = answer.status
    if 200 <= status < 300:
        return _understood(answer, asked)
    said = _said(answer)
    if parse.read_refusal(answer.body).code in _CONTRADICTIONS:
        return Unknown(f"the platform holds another order under this name: {said}", needs_person=True)
    if status in (301, 302, 307, 308):
        return Failed(f"the platform redirects, which is not followed ({said}). Set the gateway's final url")
    if status == 410:
        return Failed("the platform switched this endpoint off (410)", is_switched_off=True)
    if status in (408, 409) or not (400 <= status < 500 or status == 503):
        return Unknown(f"the platform answered {said}")
    wait_s = answer.retry_after_s
    if status == 503 and wait_s is None:
        return Unknown(f"the platform answered {said}")
    if status == 429 and wait_s is None:
        wait_s = _BUSY_S
    return Failed(f"the platform refused: {said}", retry_after_s=wait_s)


def _understood(answer: Answer, asked: envelope.Asked) -> Outcome:
    if asked.only_tells:
        return Done()
    outcome = parse.read_answer(answer.body, asked)
    if isinstance(outcome, Unknown) and not answer.whole:
        return Unknown("the answer may have been cut short")
    return outcome


def _said(answer: Answer) -> str:
    text = parse.read_refusal(answer.body).text
    return f"{answer.status}: {text}" if text else str(answer.status)
