"""What GitHub refuses or fails to do, as ForgeError; and how often PyGithub may ask the same thing again."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType

import requests
from github.GithubException import GithubException
from github.Requester import Requester
from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import HTTPError, ReadTimeoutError

from app.errors import ForgeError, ForgeNotFound
from app.forges.transport import UNKNOWN_FORM

REDIRECTS = frozenset({301, 302, 303, 307, 308})
USUAL_PAUSE_S = 60
"""GitHub's advice where a limit does not say for how long (see `_pause_s`)."""
LONGEST_PAUSE_S = 3600
_LATER = "Asked again later by itself"
_MEND_401 = "Put a valid token into the connection's token setting; the decision waits until then"


class Patience(Retry):
    """How often to ask again: a GET up to three times after a failure of the server; all else once.

    PyGithub's own policy repeats POSTs, which would comment twice, and sleeps until a rate limit ends. It
    also follows a 301 with any method and without the query; here no redirect is followed: what has moved is
    not what the contract names. Made by `patience`, since urllib3 copies it with every option of its own.
    """

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        """Redirects come to `increment` as well, to be refused there."""
        return status_code in REDIRECTS or super().is_retry(method, status_code, has_retry_after)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Patience:
        """Count one failure. Raises GithubException for a redirect, and a time-out as it is."""
        if response is not None and response.status in REDIRECTS:
            response.drain_conn()
            raise GithubException(response.status, None, dict(response.headers))
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, _pool, _stacktrace)


def patience() -> Patience:
    """The policy for one client."""
    return Patience(
        total=2,
        backoff_factor=0.2,
        status_forcelist=[500, 502, 503, 504],
        allowed_methods=["GET"],
        respect_retry_after_header=False,
        raise_on_status=False,
    )


@contextmanager
def asking(where: str, permission: str, token_mend: str = _MEND_401) -> Iterator[None]:
    """Turn what goes wrong into ForgeError, with what to do.

    `permission` is what the token must have, `token_mend` what helps when GitHub does not know it.
    """
    try:
        yield
    except GithubException as error:
        refused = _refusal(error, where, permission, token_mend)
        refused.status = error.status
        raise refused from error
    except requests.Timeout as error:
        raise ForgeError("GitHub did not answer in time", where=where, mend=_LATER) from error
    except (HTTPError, OSError) as error:
        what = f"GitHub can not be reached ({type(error).__name__})"
        raise ForgeError(what, where=where, mend=_LATER) from error
    except (*UNKNOWN_FORM, AssertionError, RuntimeError) as error:  # the last two are raised by PyGithub
        raise ForgeError(
            f"GitHub answered in a form that we do not know ({type(error).__name__}: {error})",
            where=where,
            mend="Check that the connection's api_url is what the server calls itself: https://host/api/v3",
            permanent=True,
        ) from error


def location(error: GithubException) -> str:
    """Where a redirect leads; "" for what is none."""
    return next((text for name, text in (error.headers or {}).items() if name.lower() == "location"), "")


def is_withheld(error: GithubException) -> bool:
    """Whether GitHub has no such thing, or will not show it to this token: no limit, and no failure."""
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status == 403:
        return not _is_limit(_message(error), headers)
    return error.status in {404, 409, 410, 422, 451}


def _refusal(error: GithubException, where: str, permission: str, token_mend: str) -> ForgeError:
    status = error.status
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    message = _message(error)
    if status in REDIRECTS:
        return _moved(status, headers, where)
    if status == 429 or (status == 403 and _is_limit(message, headers)):
        pause_s = _pause_s(headers)
        what, mend = "GitHub limits how often we may ask", f"Asked again by itself in {pause_s} s"
        return ForgeError(what, where=where, mend=mend, retry_after_s=pause_s)
    if status == 401:
        return ForgeError("GitHub does not accept our token", where=where, mend=token_mend)
    if status == 403:
        wanted = headers.get("x-accepted-github-permissions", "").replace("=", ": ") or permission
        what = f"GitHub does not allow this to the token{message and f' ({message})'}"
        mend = f"Give the connection's token, and its account, the permission {wanted}"
        return ForgeError(what, where=where, mend=mend)
    if status == 404:
        what = "GitHub shows nothing there"
        mend = "It was deleted or moved, or the token may not see the repository"
        return ForgeNotFound(what, where=where, mend=mend)
    if status == 410:
        what, mend = (
            "it was deleted at GitHub",
            "A deleted issue bills nothing; open another one for the work",
        )
        return ForgeNotFound(what, where=where, mend=mend)
    if status >= 500:
        return ForgeError(f"GitHub failed with {status}", where=where, mend=_LATER)
    what = f"GitHub refused with {status}{message and f' ({message})'}"
    mend = "Read what GitHub says, and mend it there"
    return ForgeError(what, where=where, mend=mend, permanent=True)


def _moved(status: int, headers: Mapping[str, str], where: str) -> ForgeError:
    """Issues that were transferred and repositories that were renamed answer with 301.

    https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
    """
    target = headers.get("location", "another place")
    if status in {301, 308}:
        what = f"it was transferred or renamed: GitHub has it at {target} now"
        mend = "Nothing is billed from a new place; write the repository's present name into the contract"
        return ForgeNotFound(what, where=where, mend=mend)
    return ForgeError(f"GitHub sends us on to {target} for now", where=where, mend=_LATER)


def _is_limit(message: str, headers: Mapping[str, str]) -> bool:
    return (
        "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or Requester.isRateLimitError(message)
    )


def _pause_s(headers: Mapping[str, str]) -> int:
    """Seconds until GitHub wants to be asked again, from 1 to `LONGEST_PAUSE_S`.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
    """
    pause_s = USUAL_PAUSE_S
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after.isdecimal() and len(after) < 12:  # Python makes no number of thousands of digits
        pause_s = int(after)
    elif headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal() and len(reset) < 12:
        pause_s = int(reset) - int(time.time()) + 1
    return min(max(pause_s, 1), LONGEST_PAUSE_S)


def _message(error: GithubException) -> str:
    """GitHub's own words, short and printable; of fields that it refuses, which and why.

    https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed
    """
    data = error.data
    text = str(data.get("message") or "") if isinstance(data, dict) else ""
    errors = data.get("errors") if isinstance(data, dict) else None
    refused = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    told = [str(each.get("message") or f"{each.get('field')}: {each.get('code')}") for each in refused]
    text = ", ".join(filter(None, [text, *told]))
    return "".join(char if char.isprintable() else " " for char in text[:200])
