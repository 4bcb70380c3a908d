"""What people click at GitHub to register an App from a manifest, and to install it.

A person is known by a cookie, which `?as=LOGIN` sets; without one, each page asks who it is.
https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest and
https://docs.github.com/en/apps/using-github-apps/installing-your-own-github-app
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from app.sandbox.forge.acts import Act
from app.sandbox.forge.apps import html, installing, manifest, registering, shapes
from app.sandbox.forge.apps.records import App, Installation, Proposal
from app.sandbox.forge.records import User
from app.sandbox.forge.render import Render
from app.sandbox.forge.state import State
from app.sandbox.forge.webhooks import Webhooks

COOKIE = "sandbox_login"
Page = AnyResponse | tuple[str, int] | str
_NOWHERE = ("There is nothing here, or it is not yours.", 404)


class AppPages:
    """The pages, and who is looking at them."""

    def __init__(self, state: State, webhooks: Webhooks) -> None:
        self._state, self._webhooks = state, webhooks

    def add_routes(self, app: Blueprint) -> None:
        """Mount the routes. They need no token; a browser has its person's cookie."""
        add = app.add_url_rule
        signed_in = self._signed_in
        add("/settings/apps/new", "own", signed_in(self._propose), methods=["POST"])
        place = "/organizations/<organisation>/settings/apps/new"
        add(place, "organisations", signed_in(self._propose), methods=["POST"])
        add("/settings/apps", "confirm", signed_in(self._confirm), methods=["POST"])
        add("/apps/<slug>", "app", self._app)
        add("/apps/<slug>/installations/new", "choose", signed_in(self._choose))
        add("/apps/<slug>/installations", "install", signed_in(self._install), methods=["POST"])
        place = "/settings/installations/<int:installation_id>"
        add(place, "installation", signed_in(self._installation), methods=["GET", "POST"])
        place = "/organizations/<organisation>/settings/installations/<int:installation_id>"
        add(place, "of_organisation", signed_in(self._installation), methods=["GET", "POST"])

    def _signed_in(self, show: Callable[..., Page]) -> Callable[..., Page]:
        """`show` with the person; it is asked who that is where nobody is signed in."""

        @wraps(show)
        def shown(**parts: Any) -> Page:
            login = request.values.get("as") or request.cookies.get(COOKIE, "")
            person = self._state.users.get(login.lower())
            if person is None or person.type != "User":
                return self._ask_who()
            made = show(person, **parts)
            response = made if isinstance(made, AnyResponse) else Response(*_pair(made), mimetype="text/html")
            response.set_cookie(COOKIE, person.login, httponly=True, samesite="Lax")
            return response

        return shown

    def _ask_who(self) -> Page:
        people = [one for one in self._state.users.values() if one.type == "User"]
        fields = [pair for pair in request.values.items(multi=True) if pair[0] != "as"]
        method, action = request.method.lower(), request.path
        return html.page("Sign in", html.SIGN_IN, people=people, fields=fields, method=method, action=action)

    # Registering

    def _propose(self, person: User, organisation: str = "") -> Page:
        account = self._state.account(organisation or person.login)
        if account is None or not self._state.administers(person, account):
            return _NOWHERE
        text = request.values.get("manifest", "")
        found, problems = manifest.read(text, is_local_allowed=self._state.apps.is_local_allowed)
        if problems:
            title = "Invalid GitHub App configuration"
            return html.page(title, html.PROBLEMS, problems=problems, person=person), 422
        key = secrets.token_urlsafe(16)
        proposal = Proposal(found, account, person, request.values.get("state"))
        self._state.apps.proposals[key] = proposal
        return self._ask_to_confirm(key, proposal, found.get("name", ""))

    def _ask_to_confirm(self, key: str, proposal: Proposal, name: str, problem: str = "") -> Page:
        asked: Any = proposal.manifest.get("default_permissions", {})
        values = {"proposal": key, "name": name, "problem": problem, "account": proposal.account}
        permissions = manifest.with_metadata(asked)
        title = "Create GitHub App"
        shown = html.page(title, html.CONFIRM, person=proposal.person, permissions=permissions, **values)
        return shown, 422 if problem else 200

    def _confirm(self, person: User) -> Page:
        key, name = request.values.get("proposal", ""), request.values.get("name", "").strip()
        proposal = self._state.apps.proposals.get(key)
        if proposal is None or proposal.person is not person:
            return _NOWHERE
        problem = manifest.wrong_name(name)
        if not problem and self._state.apps.named(registering.slug_of(name)) is not None:
            problem = "Name has already been taken"
        if problem:
            return self._ask_to_confirm(key, proposal, name, problem)
        code = registering.register(self._state, proposal, name)
        del self._state.apps.proposals[key]
        installing.ping(self._act(person), self._state.apps.credentials[code].app)
        query = {"code": code} | ({} if proposal.state is None else {"state": proposal.state})
        return redirect(_with_query(str(proposal.manifest["redirect_url"]), query))

    # Installing

    def _app(self, slug: str) -> Page:
        app = self._state.apps.named(slug)
        return html.page(app.name, html.APP, app=app) if app else _NOWHERE

    def _choose(self, person: User, slug: str) -> Page:
        app = self._state.apps.named(slug)
        if app is None:
            return _NOWHERE
        accounts = self._accounts(person, app)
        wanted = request.values.get("target_id", type=int)
        state = request.values.get("state", "")
        chosen = [one for one in accounts if wanted in (None, one.id)]
        if len(chosen) != 1:
            title = f"Install {app.name}"
            return html.page(title, html.WHERE, person=person, app=app, accounts=accounts, state=state)
        present = self._state.apps.on(app, chosen[0])
        if present is not None:
            return redirect(shapes.page(self._render, present))
        return self._ask_where(person, app, chosen[0], f"/apps/{slug}/installations")

    def _ask_where(
        self,
        person: User,
        app: App,
        account: User,
        action: str,
        present: Installation | None = None,
        problem: str = "",
    ) -> Page:
        shown = html.page(
            f"{app.name} on {account.login}",
            html.CHOOSE,
            person=person,
            account=account,
            action=action,
            state=request.values.get("state", ""),
            repositories=[one for one in self._state.repositories.values() if one.owner is account],
            selected=present.repository_ids if present else None,
            suspended=present is not None and present.suspended_at is not None,
            button="Save" if present else "Install",
            problem=problem,
        )
        return shown, 422 if problem else 200

    def _install(self, person: User, slug: str) -> Page:
        app = self._state.apps.named(slug)
        wanted = request.values.get("target_id", type=int)
        accounts = self._accounts(person, app) if app else []
        account = next((one for one in accounts if one.id == wanted), None)
        if app is None or account is None:
            return _NOWHERE
        try:
            made = installing.install(self._act(person), app, account, _selected())
        except ValueError as error:
            return self._ask_where(person, app, account, request.path, problem=str(error))
        return self._send_on(made, "install")

    def _installation(self, person: User, installation_id: int, organisation: str = "") -> Page:
        found = self._state.apps.installations.get(installation_id)
        account = self._state.account(organisation or person.login)
        if found is None or found.account is not account or not self._state.administers(person, account):
            return _NOWHERE
        about = (person, found.app, found.account, request.path, found)
        if request.method == "GET":
            return self._ask_where(*about)
        try:
            installing.select(self._act(person), found, _selected())
        except ValueError as error:
            return self._ask_where(*about, problem=str(error))
        return self._send_on(found, "update")

    def _send_on(self, installation: Installation, action: str) -> Page:
        """To the App's own page about its set-up, where it has one."""
        app, state = installation.app, request.values.get("state", "")
        if not app.setup_url or (action == "update" and not app.is_setup_on_update):
            return redirect(shapes.page(self._render, installation))
        query = {"installation_id": str(installation.id), "setup_action": action}
        return redirect(_with_query(app.setup_url, query | ({"state": state} if state else {})))

    def _accounts(self, person: User, app: App) -> list[User]:
        """Where this person may install the App: a private one goes to its owner's account only."""
        known = [person, *self._state.organisations.values()]
        mine = [one for one in known if self._state.administers(person, one)]
        return [one for one in mine if app.is_public or one is app.owner]

    def _act(self, person: User) -> Act:
        return Act(self._state, self._webhooks, self._render, person)

    @property
    def _render(self) -> Render:
        root = request.host_url.rstrip("/")
        return Render(root, root)


def _selected() -> set[int] | None:
    """The repositories that were ticked, None for all."""
    if request.values.get("selection") == "all":
        return None
    return set(request.values.getlist("repository_ids", type=int))


def _pair(made: tuple[str, int] | str) -> tuple[str, int]:
    return (made, 200) if isinstance(made, str) else made


def _with_query(url: str, query: dict[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
