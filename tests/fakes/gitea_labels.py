"""The labels of the pretend Gitea's repository: routers/api/v1/repo/label.go in go-gitea/gitea."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, abort, jsonify, make_response, request

from tests.fakes import gitea_shapes as shape
from tests.fakes.things import Tag
from tests.fakes.world import World

_COLOR = re.compile(r"#?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})")
_FIELDS = {"name", "color", "description", "exclusive", "is_archived"}


def create(world: World) -> Response:
    """Nothing is said against a second label of the same name."""
    given = _body(world)
    for name in ("name", "color"):
        if not given.get(name):
            abort(422, f"[{name.capitalize()}]: Required")
    color = _color(given["color"])
    tag = Tag(world.next_id(), given["name"], color=color, description=given.get("description") or "")
    key = tag.name if tag.name not in world.tags else f"{tag.name} ({tag.id})"
    world.tags[key] = tag
    return make_response(shape.label(world, tag), 201)


def edit(world: World, label_id: int) -> Response:
    """Only the repository's own are found."""
    given = _body(world)
    own = [tag for tag in world.tags.values() if not tag.is_shared]
    found = next((tag for tag in own if tag.id == label_id), None) or abort(404)
    found.name = given.get("name") or found.name
    found.color = _color(given["color"]) if "color" in given else found.color
    found.description = given.get("description", found.description)
    return jsonify(shape.label(world, found))


def _body(world: World) -> dict[str, Any]:
    if world.robot.role not in ("write", "maintain", "admin"):
        abort(403, "user should have a permission to write to a repo")
    given = request.get_json(silent=True) or {}
    for name in set(given) - _FIELDS:
        abort(422, f"the pretend Gitea does not play the field {name}")
    return dict(given)


def _color(text: str) -> str:
    """Kept with the sign and shown without it (modules/label/label.go, services/convert/issue.go)."""
    match = _COLOR.fullmatch(text) or abort(422, f"invalid color: {text}")
    digits = match[1].lower()
    return digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
