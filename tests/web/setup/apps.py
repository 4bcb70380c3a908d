"""Having a GitHub App made from the setup's form: what a person fills in, and confirms at GitHub."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from app.sandbox.world import World
from tests.sandbox.app_makers import Browser, hidden
from tests.web.setup.conftest import Empty, Visitor


def fill_in(operator: Visitor, host: str, /, **changes: str) -> requests.Response:
    """Answer of the form that asks for an App at this server."""
    fields = {
        "connection": "github",
        "owner": "organisation",
        "organisation": "acme",
        "place": "enterprise",
        "host": host,
        "app_name": "Closeout Acme",
        **changes,
    }
    return operator.send("/setup/github", **fields)


def handed_over(page: requests.Response) -> tuple[str, dict[str, Any]]:
    """Where the page's button goes, and the manifest that it takes along."""
    action = re.findall(
        r'<form action="([^"]+)" method="post">\s*<input type="hidden" name="manifest"', page.text
    )
    return action[0].replace("&amp;", "&"), json.loads(hidden(page)["manifest"])


def confirm(world: World, page: requests.Response, name: str = "") -> str:
    """What a person does at GitHub: look at it, press the button. Answers where GitHub sends them then."""
    action, manifest = handed_over(page)
    browser = Browser(world.forge, "lena")
    parts = urlsplit(action)
    state = parse_qs(parts.query)["state"][0]
    asked = browser.post(f"{parts.path}?state={state}", {"manifest": json.dumps(manifest)})
    return browser.confirm(asked, name or None).headers["Location"]


def made(empty: Empty, operator: Visitor, world: World) -> str:
    """An App, up to the address to which GitHub sends its maker back."""
    operator.tell_address()
    page = fill_in(operator, world.forge.url)
    assert page.status_code == 200, page.text
    back = confirm(world, page)
    assert back.startswith(f"{empty.url}/setup/github/created?")
    return back.removeprefix(empty.url)
