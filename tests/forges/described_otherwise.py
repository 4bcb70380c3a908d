"""What GitHub does and its description does not say: each exception by its name, with the reason.

A new version of the description may do without some of them.
"""

from __future__ import annotations

import re
from typing import Any

WITH_SLASHES = ("path", "ref")
"""Variables in which GitHub takes slashes as they are, which no OpenAPI description can say:
https://docs.github.com/en/rest/git/refs#get-a-reference"""
TAKES_LISTS = ("issues/add-labels", "issues/set-labels")
"""Their text says that a list of names does as well as an object, their schemas do not."""
EITHER = ["Simple User", "Enterprise"]
"""The account of an installation is one of these; where installations are listed it is said to be both:
https://docs.github.com/en/rest/apps/apps#list-installations-for-the-authenticated-app"""
REFUSALS = (301, 307, 400, 401, 403, 404, 410, 422)
"""Any request may be refused or redirected so; the description lists only some of these for each:
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api"""
BY_ID = re.compile(r"/repositories/[0-9]+(?=/|$)")
"""A repository's other address, to which GitHub redirects after a rename, is described under its name only:
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects"""


def correct_body(schema: dict[str, Any], operation: str) -> None:
    """Let it take what GitHub takes, and no field that GitHub would drop without a word."""
    if operation in TAKES_LISTS:
        schema["oneOf"].append({"type": "array", "items": {"type": "string"}})
    for one in (schema, *schema.get("oneOf", [])):
        if "properties" in one:
            one.setdefault("additionalProperties", False)


def corrected(node: Any) -> Any:
    """What is nullable takes null. OpenAPI 3.0 wants it among an enum's values, and a type beside `nullable`:

    both are missing in many places, where GitHub's documentation and answers have null all the same.
    https://github.com/OAI/OpenAPI-Specification/blob/main/proposals/2019-10-31-Clarify-Nullable.md
    """
    if isinstance(node, list):
        return [corrected(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {name: corrected(value) for name, value in node.items()}
    if [one.get("title") for one in found.get("allOf", ())] == EITHER:
        found["anyOf"] = found.pop("allOf")
    if found.get("nullable") and isinstance(found.get("enum"), list):
        found["enum"] = [*found["enum"], None]
    if found.get("nullable") is True and "type" not in found:
        return {"anyOf": [found, {"type": "string", "enum": [None], "nullable": True}]}
    return found
