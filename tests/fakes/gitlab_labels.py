"""The labels of the pretend GitLab's project: https://docs.gitlab.com/api/labels/.

Its refusals are those of lib/api/helpers/label_helpers.rb and app/models/label.rb in gitlab-org/gitlab.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from flask import Response, abort, jsonify, make_response, request

from tests.fakes import gitlab_shapes as shape
from tests.fakes.things import Tag
from tests.fakes.world import World

_MAY_LABEL = ("triage", "write", "maintain", "admin")
_COLOR = re.compile(r"#[0-9A-Fa-f]{3}(?:[0-9A-Fa-f]{3})?")
_MARKUP = re.compile(r"<[^<>]*>")
_FIELDS = {"name", "new_name", "color", "description", "priority", "archived"}


def create(world: World) -> Response:
    """A name that the project or a group around it uses is taken, in exactly this case."""
    given = _body()
    missing = [f"{name} is missing" for name in ("name", "color") if not given.get(name)]
    if missing:
        abort(make_response({"error": ", ".join(missing)}, 400))
    _authorize(world)
    if any(tag.name == given["name"] for tag in world.tags.values()):
        abort(make_response({"message": "Label already exists"}, 409))
    name = _plain(given["name"])
    if not name or "," in name or len(name) > 255:
        _invalid("title", "is invalid")
    _check_color(given)
    tag = world.tag(name)
    _write(tag, given)
    return make_response(shape.listed_label(tag), 201)


def edit(world: World, name: str) -> Response:
    """By its id or its name; those of the groups around the project are not found here."""
    given = _body()
    if not given.keys() & (_FIELDS - {"name"}):
        abort(make_response({"error": "at least one parameter must be provided"}, 400))
    _authorize(world)
    own = [tag for tag in world.tags.values() if not tag.is_shared]
    found = next((tag for tag in own if str(tag.id) == name), None)
    found = found or next((tag for tag in own if tag.name == name), None) or abort(404, "404 Label Not Found")
    _check_color(given)
    if given.get("new_name"):
        world.tags[given["new_name"]] = world.tags.pop(found.name)
        found.name = given["new_name"]
    _write(found, given)
    return jsonify(shape.listed_label(found))


def _body() -> dict[str, Any]:
    given = request.get_json(silent=True) or {}
    for name in set(given) - _FIELDS:
        abort(400, f"the pretend GitLab does not play the field {name}")
    return dict(given)


def _authorize(world: World) -> None:
    if world.robot.role not in _MAY_LABEL:
        abort(403, "403 Forbidden")


def _write(tag: Tag, given: dict[str, Any]) -> None:
    """An empty description changes nothing; tags of HTML are taken out of texts."""
    tag.color = given.get("color", tag.color).removeprefix("#")
    tag.description = _plain(given.get("description") or "") or tag.description


def _check_color(given: dict[str, Any]) -> None:
    if "color" in given and not _COLOR.fullmatch(given["color"]):
        _invalid("color", "must be a valid color code")


def _plain(text: str) -> str:
    return _MARKUP.sub("", text).strip()


def _invalid(field: str, why: str) -> NoReturn:
    abort(make_response({"message": {field: [why]}}, 400))
