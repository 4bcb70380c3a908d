"""The forges that Closeout knows. A new one is a folder, a line here and a conformance class in the tests."""

from __future__ import annotations

from collections.abc import Callable

from app.forges.base import Forge, ForgeParser
from app.forges.gitea.client import GiteaForge
from app.forges.gitea.parse import GiteaParser
from app.forges.gitea.setup import GiteaSetup
from app.forges.github.client import by_token
from app.forges.github.parse import GitHubParser
from app.forges.gitlab.client import GitLabForge
from app.forges.gitlab.parse import GitLabParser
from app.forges.gitlab.setup import GitLabSetup
from app.forges.setup import Setup

FORGES: dict[str, tuple[ForgeParser, Callable[[str, str], Forge]]] = {
    "github": (GitHubParser(), by_token),
    "gitlab": (GitLabParser(), GitLabForge),
    "gitea": (GiteaParser(), GiteaForge),
    "forgejo": (GiteaParser(), GiteaForge),
}
"""Kind → its parser, and its client's constructor: a token, and the API's URL ("" for the vendor's own)."""

SETUPS: dict[str, Callable[[str, str], Setup]] = {
    "gitlab": GitLabSetup,
    "gitea": GiteaSetup,
    "forgejo": GiteaSetup,
}
"""Kind → what connects it by an access token: the token, and the server's URL. GitHub has its Apps for it."""
