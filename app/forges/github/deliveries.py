"""Webhooks of a GitHub App that did not arrive: GitHub keeps them for three days, and sends them when asked.

It does not try again by itself. A redelivery has the GUID of the first attempt:
https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from github.GithubException import GithubException

from app.forges.github.keys import asking_as_app
from app.forges.github.rest import Rest

_DELIVERIES = "/app/hook/deliveries"
_KEPT = timedelta(days=3)


@dataclass(slots=True)
class _Attempts:
    """All attempts for one GUID that were looked at; `newest_id` is what can be sent again."""

    newest_id: int
    has_arrived: bool = False


class AppDeliveries:
    """The log of one App's webhook; `rest` asks as the App.

    https://docs.github.com/en/rest/apps/webhooks
    """

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def redeliver_failed(self, since: str, known: Callable[[str], bool], most: int = 100) -> list[str]:
        """Have sent again what never arrived since then (RFC 3339; three days at most); answers the GUIDs.

        `known` says whether a GUID is in our inbox: such a one did arrive, whatever GitHub noted. At most
        `most` are asked for, the oldest first, one request each. What arrives twice does no harm. Costs a
        request per 100 attempts since then. Raises ForgeError.
        """
        with asking_as_app("the GitHub App's deliveries"):
            failed = [
                (guid, attempts.newest_id)
                for guid, attempts in self._attempts(since).items()
                if not attempts.has_arrived and not known(guid)
            ]
            oldest_first = failed[::-1][:most]
            return [guid for guid, delivery_id in oldest_first if self._send_again(delivery_id)]

    def _attempts(self, since: str) -> dict[str, _Attempts]:
        """By GUID, the latest first. GitHub's own filter for failures misses time-outs: all are looked at."""
        oldest = max(_moment(since), datetime.now(UTC) - _KEPT)
        found: dict[str, _Attempts] = {}
        for each in self._rest.pages(_DELIVERIES):
            if _moment(each["delivered_at"]) < oldest:
                break
            attempts = found.setdefault(str(each["guid"]), _Attempts(int(each["id"])))
            attempts.has_arrived |= each["status"] == "OK"
        return found

    def _send_again(self, delivery_id: int) -> bool:
        """Whether GitHub took the order; it drops what has become too old meanwhile."""
        try:
            self._rest.ask("POST", f"{_DELIVERIES}/{delivery_id}/attempts")
        except GithubException as error:
            if error.status in {404, 422}:
                return False
            raise
        return True


def _moment(text: str) -> datetime:
    """An RFC 3339 time; without an offset it is taken for UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
