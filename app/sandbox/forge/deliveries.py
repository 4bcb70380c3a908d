"""The log of a webhook's deliveries, for repositories and for Apps alike: list, read, send again.

https://docs.github.com/en/rest/repos/webhooks and https://docs.github.com/en/rest/apps/webhooks
"""

from __future__ import annotations

from flask import Response, request

from app.sandbox.forge.desk import Desk, answer, page_size
from app.sandbox.forge.errors import Refused, invalid, not_found
from app.sandbox.forge.records import Hook
from app.sandbox.forge.webhooks import Delivery

_MARK = "v1_"


def listed(desk: Desk, hook: Hook) -> Response:
    """One page, the latest first. A cursor is the delivery with which the page begins, not its number."""
    found = [one for one in desk.webhooks.of(hook) if _is_wanted(one)]
    cursor = request.args.get("cursor")
    if cursor is not None:
        number = cursor.removeprefix(_MARK)
        if not (cursor.startswith(_MARK) and number.isascii() and number.isdecimal()):
            raise Refused(400, "Invalid cursor")
        found = [one for one in found if one.id <= int(number)]
    size = page_size()
    response = answer([one.as_json() for one in found[:size]])
    if len(found) > size:
        desk.link(response, "cursor", {"next": f"{_MARK}{found[size].id}"})
    return response


def read(desk: Desk, hook: Hook, delivery_id: int) -> Response:
    """One delivery with its request and the answer."""
    return answer(_find(desk, hook, delivery_id).as_json(is_whole=True))


def send_again(desk: Desk, hook: Hook, delivery_id: int) -> Response:
    """Taken now, done a little later."""
    desk.webhooks.redeliver(_find(desk, hook, delivery_id))
    return answer({}, 202)


def _is_wanted(delivery: Delivery) -> bool:
    """GitHub's filter takes a status code from 400 to 599 for a failure: what timed out has none."""
    status = request.args.get("status")
    if status not in (None, "success", "failure"):
        raise invalid("Delivery", "status")
    if status == "success":
        return 200 <= delivery.status_code < 400
    return status is None or 400 <= delivery.status_code < 600


def _find(desk: Desk, hook: Hook, delivery_id: int) -> Delivery:
    for delivery in desk.webhooks.of(hook):
        if delivery.id == delivery_id:
            return delivery
    raise not_found()
