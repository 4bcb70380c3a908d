"""One identity at one Gitea or Forgejo server, within our bounds. API: https://docs.gitea.com/api/"""

from __future__ import annotations

from typing import Any

import requests
from requests.auth import AuthBase

from app.errors import SettingsError
from app.forges.gitea.faults import refusal
from app.forges.transport import BoundedTransport


class Api:
    """Asks with one token; `api_url` is https://host or https://host/api/v1.

    Raises SettingsError without an `api_url`: there is no vendor's service to fall back to.
    """

    def __init__(self, token: str, api_url: str, timeout_s: float) -> None:
        if not api_url:
            raise SettingsError(
                "a Gitea or Forgejo connection has no address",
                where="api_url",
                mend="Write the server's address, for example api_url: https://codeberg.org",
            )
        self._api = api_url.rstrip("/").removesuffix("/api/v1") + "/api/v1"
        self._session = requests.Session()
        self._session.auth = _TokenAuth(token)
        transport = BoundedTransport("Gitea", self._api, timeout_s)
        self._session.mount("https://", transport)
        self._session.mount("http://", transport)

    def ask(self, method: str, path: str, **content: Any) -> requests.Response:
        """One request. Raises ForgeError for an answer that is no success."""
        response = self._session.request(method, self._api + path, **content)
        if not response.ok:
            raise refusal(response)
        return response


class _TokenAuth(AuthBase):
    """The token header; as `auth` of the session it can not be displaced by a ~/.netrc."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"token {self._token}"
        return request
