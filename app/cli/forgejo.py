"""`closeout forgejo`: connect a Forgejo server, disconnect it, change its webhook secret."""

from __future__ import annotations

from app.cli.connecting.group import Flavour, forge_group

command = forge_group(Flavour("forgejo", "Forgejo", "repository", "owner/name", "https://codeberg.org"))
