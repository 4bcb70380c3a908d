"""`closeout gitea`: connect a Gitea server, disconnect it, change its webhook secret."""

from __future__ import annotations

from app.cli.connecting.group import Flavour, forge_group

command = forge_group(Flavour("gitea", "Gitea", "repository", "owner/name", "https://gitea.studio.example"))
