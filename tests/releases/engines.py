"""Engines that come and go in one process, hundreds of times."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from app.engine import OPTIONS


def ending_at_once() -> AbstractContextManager[Any]:
    """While it lasts, an engine's end need not wait for the library's listener to wake from its pause of 1 s.

    Nothing of ours listens: a test would only be the longer for it.
    """
    return patch.dict(OPTIONS, {"notification_listener_polling_interval_sec": 0.05})
