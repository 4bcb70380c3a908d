"""`closeout forgejo`: connect a Forgejo server, disconnect it, change its webhook secret."""

from __future__ import annotations

from app.cli.connecting.group import forge_group
from app.forges.flavours import FLAVOURS

command = forge_group(FLAVOURS["forgejo"])
