"""A site that asks a client for the acceptance of a milestone, for the tests of the page behind the link."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from app.db import Database
from app.releases.people.links import Links
from app.settings import Settings
from app.web.acceptance import acceptance_pages
from app.web.asgi import Receive, Scope, Send, answer_json
from app.web.metrics import Metrics
from app.web.pages import pages
from app.web.server import front, running
from tests.notices.asked import KEY, ask, url_of


@dataclass
class Page:
    """A site that asks for the acceptance of milestone 2, and the link to it."""

    db: Database
    url: str
    links: Links

    @property
    def link(self) -> str:
        return url_of(self.db, self.links)

    def get(self, link: str = "") -> requests.Response:
        return requests.get(link or self.link, timeout=20)

    def seal(self, link: str = "") -> str:
        """What the page's forms carry."""
        found = re.search(r'name="seal" value="([^"]+)"', self.get(link).text)
        assert found is not None
        return found[1]

    def post(self, action: str, reason: str = "", *, link: str = "", **headers: str) -> requests.Response:
        """Press a button of the page."""
        form = {"seal": self.seal(link), "action": action, "reason": reason}
        return self.send(link or self.link, form, **headers)

    def send(self, link: str, form: dict[str, str], **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.post(link, data=form, headers=named, timeout=20)


async def no_hooks(_scope: Scope, _receive: Receive, send: Send) -> None:
    await answer_json(send, 404, {})


@contextmanager
def asking_site(db: Database) -> Iterator[Page]:
    """The site, up inside the block; its own address is, as far as it knows, https://bot.example."""
    ask(db)
    blueprint = acceptance_pages(db, lambda: Settings(keys=(KEY,), public_url="https://bot.example"))
    app = pages(db, dict, Settings, metrics=Metrics(db), more=(blueprint,))
    with running(front(no_hooks, app)) as url:
        yield Page(db, url, Links((KEY,), url))


def text_of(answer: requests.Response) -> str:
    """A page as a reader sees it."""
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.text).split()))
