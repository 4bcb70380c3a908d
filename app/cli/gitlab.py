"""`closeout gitlab`: connect a GitLab server, disconnect it, change its webhook secret."""

from __future__ import annotations

from app.cli.connecting.group import Flavour, forge_group

command = forge_group(Flavour("gitlab", "GitLab", "project", "group/name", "https://gitlab.com"))
