"""What the pretend GitHub keeps of Apps. Times are RFC 3339 in UTC, as text."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.sandbox.forge.apps.catalogue import EVENTS, includes
from app.sandbox.forge.records import Hook, Repository, User


@dataclass
class App:
    """A GitHub App. `public_key` is PEM; whoever has the other half is the App, and acts as `bot`."""

    id: int
    slug: str
    name: str
    owner: User
    bot: User
    public_key: str
    client_id: str
    hook: Hook
    permissions: dict[str, str]
    created_at: str
    url: str
    """The App's home page."""
    description: str = ""
    setup_url: str = ""
    """Where the installer is sent afterwards, "" for nowhere."""
    is_setup_on_update: bool = False
    is_public: bool = False
    """Whether others than its owner may install it."""


@dataclass
class Installation:
    """An App on an account; `repository_ids` None: on all that the account has now or later."""

    id: int
    app: App
    account: User
    repository_ids: set[int] | None
    permissions: dict[str, str]
    created_at: str
    updated_at: str
    suspended_at: str | None = None
    suspended_by: User | None = None

    def covers(self, repository: Repository) -> bool:
        is_selected = self.repository_ids is None or repository.id in self.repository_ids
        return is_selected and repository.owner is self.account

    def hears(self, event: str, repository: Repository) -> bool:
        """Whether the App is told of this event there; it needs a permission for each."""
        hook = self.app.hook
        return (
            self.suspended_at is None
            and hook.is_active
            and (event in hook.events or "*" in hook.events)
            and any(includes(self.permissions, need, "read") for need in EVENTS.get(event, ()))
            and self.covers(repository)
        )


@dataclass
class Grant:
    """What one installation token opens. `repository_ids` None: all of the installation's."""

    installation: Installation
    permissions: dict[str, str]
    repository_ids: set[int] | None
    expires_at: str

    def covers(self, repository: Repository) -> bool:
        is_named = self.repository_ids is None or repository.id in self.repository_ids
        return is_named and self.installation.covers(repository)

    def allows(self, permission: str, access: str) -> bool:
        """What the installation lost since, its tokens lost as well."""
        return all(
            includes(one, permission, access) for one in (self.permissions, self.installation.permissions)
        )


@dataclass
class Proposal:
    """A checked manifest that waits for its person to confirm it; `account` will own the App."""

    manifest: dict[str, object]
    account: User
    person: User
    state: str | None


@dataclass
class Credentials:
    """What an App's maker may fetch once, within an hour."""

    app: App
    private_key: str
    client_secret: str
    expires_at: str


@dataclass
class Registry:
    """Everything about Apps, by id, by the token's text, by the secret in the page's form, by the code."""

    registered: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)
    grants: dict[str, Grant] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    credentials: dict[str, Credentials] = field(default_factory=dict)
    is_local_allowed: bool = False
    """Whether a manifest may name a webhook on this machine, which no real GitHub could reach."""

    def named(self, slug: str) -> App | None:
        return next((app for app in self.registered.values() if app.slug == slug), None)

    def on(self, app: App, account: User) -> Installation | None:
        """The App's installation on this account; there is one at most."""
        mine = (one for one in self.installations.values() if one.app is app)
        return next((one for one in mine if one.account is account), None)
