"""One request to a forge, within bounds: a deadline, a few repeats of reads, and no other server but it.

A `requests` transport for the adapters that talk through a session. What it can not get answered becomes a
ForgeError here, so that clients only judge the answers that a working forge gives.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from io import BytesIO
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError
from urllib3.util import parse_url

from app.errors import ForgeError

ATTEMPTS = 3
LONGEST_PAUSE_S = 5
"""A read waits this long for a forge that asks for patience; beyond that, the caller asks again later."""
USUAL_PAUSE_S = 60
"""What we assume where a forge limits us without saying for how long."""
LONGEST_LIMIT_S = 3600
LARGEST_ANSWER = 32 * 1024 * 1024
UNKNOWN_FORM = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
"""What taking an answer apart raises that is not of the form it should have: 1e400 is no id, and the parser
of JSON gives up where brackets nest too deep."""
_PORTS = {"http": 80, "https": 443}


class BoundedTransport(HTTPAdapter):
    """Send one request and read its whole answer within `timeout_s`; a GET is asked up to three times.

    `api_url` is the server that the token is for. Whatever an answer names, in a redirect or as the next page
    of a list: no other one is asked.

    A request that writes is sent once: nobody knows whether the first one was carried out, and the caller
    looks before it writes again. The deadline covers the body, which a slow server could otherwise drip for
    ever (the time-out of `requests` is the longest silence, not the longest answer:
    https://requests.readthedocs.io/en/latest/user/advanced/#timeouts).
    """

    def __init__(self, forge: str, api_url: str, timeout_s: float) -> None:
        super().__init__()
        self._forge, self._api_url, self._timeout_s = forge, api_url, timeout_s

    def send(  # type: ignore[override]
        self, request: requests.PreparedRequest, **options: object
    ) -> requests.Response:
        """Answer with any status below 500 but 429. Raises ForgeError, permanent if it leads elsewhere."""
        refuse_elsewhere(self._forge, request.url or "", self._api_url)
        attempts = ATTEMPTS if request.method == "GET" else 1
        for attempt in range(1, attempts + 1):
            try:
                return self._once(request, options)
            except _Busy as busy:
                pause_s = busy.pause_s if busy.pause_s is not None else 0.1 * 2**attempt
                if attempt == attempts or pause_s > LONGEST_PAUSE_S:
                    raise busy.error from busy.__cause__
                time.sleep(pause_s)
        raise AssertionError("the last attempt answers or raises")

    def _once(self, request: requests.PreparedRequest, options: dict[str, object]) -> requests.Response:
        where = f"{request.method} {_origin(request.url or '')}{urlsplit(request.url or '').path}"
        deadline = time.monotonic() + self._timeout_s
        limits = {**options, "stream": True, "timeout": (min(5.0, self._timeout_s), self._timeout_s)}
        try:
            response = super().send(request, **limits)  # type: ignore[arg-type]
            response.raw = BytesIO(_body(response, deadline))
        except (requests.Timeout, TimeoutError, Urllib3TimeoutError) as error:
            what = f"{self._forge} did not answer within {self._timeout_s:g} s"
            raise ForgeError(what, where=where, mend="Asked again later by itself") from error
        except (requests.RequestException, HTTPError, OSError) as error:
            what = f"{self._forge} can not be reached ({type(error).__name__})"
            raise _Busy(ForgeError(what, where=where, mend="Asked again later by itself")) from error
        self._judge(request, response, where)
        return response

    def _judge(self, request: requests.PreparedRequest, response: requests.Response, where: str) -> None:
        if response.status_code == 429:
            pause_s = _pause_s(response.headers)
            what = f"{self._forge} limits how often we may ask"
            mend = f"Asked again by itself in {pause_s} s"
            raise _Busy(ForgeError(what, where=where, mend=mend, retry_after_s=pause_s), pause_s)
        if response.status_code >= 500:
            what = f"{self._forge} failed with {response.status_code}"
            raise _Busy(ForgeError(what, where=where, mend="Asked again later by itself"))
        if response.is_redirect and request.method != "GET":  # it would turn a POST into a GET
            target = urljoin(request.url or "", response.headers.get("location", ""))
            raise _elsewhere(self._forge, target, where)


def refuse_elsewhere(forge: str, url: str, api_url: str) -> None:
    """Raises ForgeError unless the URL is at the server of `api_url`: no other one may see its token."""
    if _origin(url) != _origin(api_url):
        raise _elsewhere(forge, url, f"{_origin(api_url)}{urlsplit(api_url).path}")


def _elsewhere(forge: str, url: str, where: str) -> ForgeError:
    return ForgeError(
        f"{forge} sends us on to {_origin(url)}",
        where=where,
        mend="Set the connection's api_url to the address that the forge itself uses",
        permanent=True,
    )


class _Busy(Exception):
    """An attempt that may be repeated, after `pause_s` when the forge says so."""

    def __init__(self, error: ForgeError, pause_s: int | None = None) -> None:
        super().__init__(error.what)
        self.error, self.pause_s = error, pause_s


def _body(response: requests.Response, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    with closing(response.raw) as raw:
        while part := raw.read1(65536, decode_content=True):
            parts.append(part)
            size += len(part)
            if time.monotonic() > deadline:
                raise requests.Timeout("the answer drips")
            if size > LARGEST_ANSWER:
                raise requests.RequestException(f"the answer is longer than {LARGEST_ANSWER} bytes")
    return b"".join(parts)


def _pause_s(headers: Mapping[str, str]) -> int:
    """Retry-After in seconds, from 1 to an hour; its other form, a date, is sent by no forge here."""
    text = headers.get("retry-after", "")
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return min(max(int(text), 1), LONGEST_LIMIT_S) if is_number else USUAL_PAUSE_S


def _origin(url: str) -> str:
    """Scheme, host and port in one spelling, without a password that may stand before them."""
    parts = parse_url(url)
    port = "" if parts.port in (None, _PORTS.get(parts.scheme or "")) else f":{parts.port}"
    return f"{parts.scheme}://{parts.host}{port}"
