"""The token of a GitHub App's installation: asked for when it is needed, kept in memory alone.

https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime

from github import Auth

from app.forges.github.shapes import Fields

RENEWED_S = 300
"""So long before its end a token is replaced, so that none ends between two requests."""


class InstallationToken(Auth.Auth):
    """A token that ends, and is asked for when it is first needed, or about to end.

    Its text is taken as it is: GitHub promises nothing about its form.
    """

    def __init__(self, ask: Callable[[], Fields]) -> None:
        """`ask` answers GitHub's {token, expires_at}, or raises ForgeError where we are not let in.

        `text` is the token as it was last asked for.
        """
        self._ask, self._lock = ask, threading.Lock()
        self.text, self._ends_s = "", 0.0

    @property
    def token_type(self) -> str:
        return "token"

    @property
    def token(self) -> str:
        with self._lock:
            if time.time() > self._ends_s - RENEWED_S:
                found = self._ask()
                self._ends_s = datetime.fromisoformat(found["expires_at"]).timestamp()
                self.text = str(found["token"])
            return self.text

    def drop(self, refused: str) -> None:
        """GitHub does not know this text any more; one that came in its place meanwhile stays."""
        with self._lock:
            if self.text == refused:
                self._ends_s = 0.0
