"""What every route needs: who is asking, which repository and issue, bodies, pages of lists."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Response, g, request

from app.events import Role
from app.sandbox.forge.acts import Act
from app.sandbox.forge.apps import granting
from app.sandbox.forge.apps.jwt import app_of
from app.sandbox.forge.apps.records import App, Grant
from app.sandbox.forge.errors import Refused, forbidden, invalid, moved, not_found
from app.sandbox.forge.records import Issue, Repository, User
from app.sandbox.forge.render import Render
from app.sandbox.forge.state import State
from app.sandbox.forge.webhooks import Webhooks

LIMIT = 5000
LONGEST_LABEL = 50
T = TypeVar("T")


class Desk:
    """Shared by the routes; the lock is held for the whole of each request."""

    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self.state, self.webhooks = state, webhooks
        self.used = 0
        self.reset = int(time.time()) + 3600

    def authenticate(self) -> None:
        """Find who has the token: a person, or an installation's App. Raises Refused (401, 403)."""
        token = _credentials()
        if not token:
            raise Refused(401, "Requires authentication")
        g.user, g.grant = self.state.tokens.get(token), None
        if g.user is None:
            g.grant = granting.of(self.state, token)
            g.user = g.grant.installation.app.bot
            granting.check(g.grant, request.method, str(request.url_rule))

    def authenticate_app(self) -> None:
        """Find the App of the JSON web token, which alone opens `/app`. Raises Refused (401, 404)."""
        g.app_record = app_of(_credentials(), self.state.apps.registered)

    @property
    def remaining(self) -> int:
        """What is left of the hour; counted for show, and never refused: see `fail_next` for that."""
        return max(LIMIT - self.used, 1)

    @property
    def user(self) -> User:
        found: User = g.user
        return found

    @property
    def grant(self) -> Grant | None:
        """What the caller's installation token opens; None for a person."""
        found: Grant | None = g.grant
        return found

    @property
    def app(self) -> App:
        found: App = g.app_record
        return found

    @property
    def api(self) -> str:
        """The root of the REST interface as the caller addressed it."""
        return request.host_url.rstrip("/") + str(request.environ.get("sandbox.prefix", ""))

    @property
    def render(self) -> Render:
        return Render(self.api, request.host_url.rstrip("/"))

    @property
    def act(self) -> Act:
        """What the caller does."""
        return Act(self.state, self.webhooks, self.render, self.user)

    def repository(self, owner: str, name: str, least: Role = "read") -> Repository:
        """Strangers to a private repository learn nothing of it; readers hear what they may not.

        A former name leads on to the id: 301 for reads, 307 for the rest.
        """
        found = self.named(owner, name, self.may)
        if self.grant is not None:
            granting.check_change(self.grant, found, request.method)
        if not self.may(found, least):
            raise forbidden()
        return found

    def named(self, owner: str, name: str, may: Callable[[Repository, Role], bool]) -> Repository:
        """The repository of that name, if the caller `may` read it. Raises Refused: 404, or the redirect."""
        full_name = f"{owner}/{name}".lower()
        found = self.state.repositories.get(full_name) or self.state.former_names.get(full_name)
        if found is None or not may(found, "read"):
            raise not_found()
        if found.full_name.lower() != full_name:
            rest = request.path.split("/", 4)[4:]
            raise moved("/".join([f"{self.api}/repositories/{found.id}", *rest]), request.method)
        return found

    def may(self, repository: Repository, least: Role) -> bool:
        """Whether the caller has that role. An App has none: its permissions were checked with its token."""
        if self.grant is None:
            return repository.may(self.user, least)
        return self.grant.covers(repository) or (least == "read" and not repository.is_private)

    def issue(self, repository: Repository, number: int, *, is_itself: bool = False) -> Issue:
        """An issue by its number; `is_itself`: the request is for the issue, not for something below it.

        One that was transferred leads on only when it is read itself, by somebody who may read the new place:
        https://docs.github.com/en/rest/issues/issues#get-an-issue
        """
        if number in repository.moved and is_itself and request.method == "GET":
            place, there = repository.moved[number]
            target = self.state.by_id(place)
            if target is not None and self.may(target, "read"):
                raise moved(f"{self.api}/repositories/{place}/issues/{there}", request.method)
        if number in repository.gone:
            raise Refused(410, "This issue was deleted")
        if number not in repository.issues:
            raise not_found()
        return repository.issues[number]

    def body(self, resource: str, **types: type) -> dict[str, Any]:
        """The request's JSON object; a field of the wrong type is refused by name."""
        found = _json()
        if not isinstance(found, dict):
            raise Refused(400, "Body should be a JSON object")
        for name, kind in types.items():
            if found.get(name) is not None and not isinstance(found[name], kind):
                raise invalid(resource, name)
        return found

    def label_names(self) -> list[str]:
        """The request's labels: an object with a list, or the list alone, as GitHub takes both."""
        found = _json()
        return names_in(
            found if isinstance(found, list) else self.body("Label", labels=list).get("labels"), "Label"
        )

    def choice(self, resource: str, name: str, allowed: Sequence[str]) -> str:
        """A parameter of the query: one of `allowed`, the first where it is absent. Raises Refused (422)."""
        found = request.args.get(name, allowed[0])
        if found not in allowed:
            raise invalid(resource, name)
        return found

    def page(
        self,
        items: Sequence[T],
        show: Callable[[T], Any],
        wrap: Callable[[list[Any]], Any] = list,
    ) -> Response:
        """One page of a list, with GitHub's Link header; `wrap` puts it into an object."""
        per_page = page_size()
        number = max(1, request.args.get("page", 1, int))
        last = max(1, -(-len(items) // per_page))
        response = answer(wrap([show(one) for one in items[(number - 1) * per_page : number * per_page]]))
        links = []
        if number < last:
            links = [("next", number + 1), ("last", last)]
        if number > 1:
            links += [("prev", number - 1), ("first", 1)]
        self.link(response, "page", {rel: str(to) for rel, to in links})
        return response

    def link(self, response: Response, name: str, places: dict[str, str]) -> None:
        """The Link header: the same request with another `name` for each relation."""
        kept = {key: value for key, value in request.args.items() if key != name}
        if places:
            response.headers["Link"] = ", ".join(
                f'<{self.api}{request.path}?{urlencode({**kept, name: place})}>; rel="{relation}"'
                for relation, place in places.items()
            )


def page_size() -> int:
    """How many entries the caller wants on a page, within GitHub's bounds."""
    return min(100, max(1, request.args.get("per_page", 30, int)))


def _credentials() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() in ("token", "bearer") else ""


def _json() -> Any:
    try:
        return json.loads(request.get_data() or b"{}")
    except ValueError as error:
        raise Refused(400, "Problems parsing JSON") from error


def names_in(value: Any, resource: str) -> list[str]:
    """Label names: texts, or objects with a name, as GitHub takes both. Raises Refused (422)."""
    names: list[str] = []
    for one in value or []:
        name = one.get("name") if isinstance(one, dict) else one
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_LABEL:
            raise invalid(resource, "labels")
        names.append(name)
    return names


def answer(value: Any, status: int = 200) -> Response:
    """JSON in UTF-8."""
    return Response(json.dumps(value, ensure_ascii=False), status, mimetype="application/json")
