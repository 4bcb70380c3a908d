"""Asking GitHub's REST API, by PyGithub: single answers, lists page by page, repositories by their ids.

Raw answers are read, not PyGithub's objects: those ask again for a field that is absent, and show null and
absent alike. API: https://docs.github.com/en/rest
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from github import Auth
from github.GithubException import GithubException
from github.Requester import Requester
from requests.utils import parse_header_links

from app.errors import SettingsError
from app.events import Repository
from app.forges.github.faults import REDIRECTS, location, patience
from app.forges.github.shapes import Fields
from app.forges.github.tokens import InstallationToken
from app.forges.transport import refuse_elsewhere

PUBLIC_API = "https://api.github.com"
PAGE = 100


class Rest:
    """One identity at one GitHub. Raises what PyGithub raises: callers wrap in `faults.asking`.

    `timeout_s` bounds each silence of the server, not a whole answer that drips.
    """

    def __init__(self, auth: Auth.Auth | None, api_url: str, timeout_s: int) -> None:
        self._requester = _Requester(
            auth,
            base_url=_address(api_url or PUBLIC_API),
            timeout=timeout_s,
            user_agent="closeout",
            per_page=PAGE,
            verify=True,
            retry=patience(),
            pool_size=None,
            # Whoever calls spreads the load; sleeping here would hold a thread, and counts per client only.
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )

    def ask(self, method: str, path: str, content: Mapping[str, object] | None = None) -> Fields:
        """One request that is answered with an object."""
        _, found = self._requester.requestJsonAndCheck(method, path, input=content and dict(content))
        if not isinstance(found, dict):
            raise TypeError("no object")
        return found

    def pages(self, path: str, query: dict[str, str] | None = None) -> Iterator[Fields]:
        """All entries of a list; a page is asked for when it is reached, and nowhere but at our server.

        https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        following, parameters = path, {"per_page": str(PAGE), **(query or {})}
        while following:
            headers, entries = self._requester.requestJsonAndCheck("GET", following, parameters)
            if not isinstance(entries, list):
                raise TypeError("no list")
            yield from entries
            links = {one.get("rel"): one["url"] for one in parse_header_links(headers.get("link") or "")}
            following, parameters = links.get("next", ""), {}
            if following:
                refuse_elsewhere("GitHub", following, self._requester.base_url)

    def identified(self, repository: Repository) -> Repository:
        """The repository with its numeric id. A former name leads to the same one under its present name.

        That redirect is the only one that is followed, and only by its number, at the server that we know:
        https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects
        """
        if repository.id:
            return repository
        try:
            found = self.ask("GET", path_of(repository))
        except GithubException as error:
            moved = re.search(r"/repositories/([0-9]+)/?$", urlsplit(location(error)).path)
            if error.status not in REDIRECTS or moved is None:
                raise
            found = self.ask("GET", f"/repositories/{moved[1]}")
        return Repository(id=str(int(found["id"])), full_name=found["full_name"])


class _Requester(Requester):
    """PyGithub's; where GitHub does not know an installation's token any more it asks once more with another.

    Such a token ends early when it is revoked, or the App is installed anew. What is answered with 401 was
    not done, so that every request may be repeated.
    """

    def __init__(self, auth: Auth.Auth | None, **options: Any) -> None:
        super().__init__(auth, **options)
        self._token = auth if isinstance(auth, InstallationToken) else None

    def requestJsonAndCheck(self, *args: Any, **options: Any) -> tuple[dict[str, Any], Any]:  # noqa: N802 - PyGithub's name
        if self._token is None:
            return super().requestJsonAndCheck(*args, **options)
        used = self._token.text
        try:
            return super().requestJsonAndCheck(*args, **options)
        except GithubException as error:
            if error.status != 401:
                raise
        self._token.drop(used)
        return super().requestJsonAndCheck(*args, **options)


def path_of(repository: Repository) -> str:
    """By id where it is known, so that one made anew under an old name is never taken for it."""
    if repository.id:
        return f"/repositories/{int(repository.id)}"
    return f"/repos/{quote(repository.full_name)}"


def _address(api_url: str) -> str:
    """The root of the REST API. Raises SettingsError, since PyGithub only asserts."""
    try:
        parts = urlsplit(api_url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(
            f"{api_url!r} is not an address",
            where="api_url",
            mend="Write your server's API, https://host/api/v3, or nothing for github.com",
        )
    return api_url.rstrip("/")
