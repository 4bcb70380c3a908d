"""PayPal's own ids of what we ordered, as far as this process heard of them.

PayPal answers no question about a payout by our name for it, and finds a new invoice only after a while. What
is remembered here is only where to look: whatever is read there is compared with the order. Nothing depends
on it: after a restart an order that is sent again learns the id anew, and every callback brings it as well.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

MOST = 10_000


class Known:
    """By our event's id: of an invoice, or of a payout's batch. The oldest of MOST is forgotten."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: OrderedDict[str, str] = OrderedDict()

    def keep(self, event_id: str, identity: str) -> None:
        if not event_id or not identity:
            return
        with self._lock:
            self._ids[event_id] = identity
            self._ids.move_to_end(event_id)
            if len(self._ids) > MOST:
                self._ids.popitem(last=False)

    def get(self, event_id: str) -> str:
        """ "" for what was never heard of."""
        with self._lock:
            return self._ids.get(event_id, "")

    def forget(self, event_id: str) -> None:
        with self._lock:
            self._ids.pop(event_id, None)
