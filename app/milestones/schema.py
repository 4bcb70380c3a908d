"""The JSON Schema of the contract file, for editors: draft-07, which yaml-language-server reads best.

Editors read YAML's own types, so numbers and booleans are allowed where our reader keeps their text.
What a schema can not say (sums, references, currencies) is told by `closeout check`.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from app.milestones.shape import FileEntry

DRAFT = "http://json-schema.org/draft-07/schema#"


class _ForEditors(GenerateJsonSchema):
    """Without what an editor would offer and the reader would not take."""

    def field_title_should_be_set(self, _schema: Any) -> bool:
        """Field names say it already; editors would show each twice."""
        return False

    def nullable_schema(self, schema: Any) -> dict[str, Any]:
        """What may be left out may not be null."""
        return self.generate_inner(schema["schema"])


def schema() -> dict[str, Any]:
    """The schema as plain JSON."""
    generated = FileEntry.model_json_schema(
        schema_generator=_ForEditors, ref_template="#/definitions/{model}"
    )
    definitions = generated.pop("$defs")
    plain = {"$schema": DRAFT, **generated, "title": "Closeout contracts", "definitions": definitions}
    converted: dict[str, Any] = _draft_07(plain)
    return converted


def schema_text() -> str:
    """The schema as it stands in config/closeout.schema.json."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _draft_07(node: Any) -> Any:
    """Draft-07 ignores what stands beside a $ref, so the reference moves into allOf; defaults that only say
    "nothing" go, since an editor would offer them.
    """
    if isinstance(node, list):
        return [_draft_07(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {
        key: _draft_07(value)
        for key, value in node.items()
        if not (key == "default" and value in ("", [], None))
    }
    if "$ref" in node and len(node) > 1:
        node["allOf"] = [{"$ref": node.pop("$ref")}]
    return node
