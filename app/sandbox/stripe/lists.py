"""A page of a list, newest first, as Stripe turns pages: by the last id that was seen.

https://docs.stripe.com/api/pagination
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.sandbox.stripe.errors import Refused, missing
from app.sandbox.stripe.shelf import Paper, Shelf, listed

_COMPARE = {
    "gt": lambda have, want: have > want,
    "gte": lambda have, want: have >= want,
    "lt": lambda have, want: have < want,
    "lte": lambda have, want: have <= want,
}


def page(shelf: Shelf, papers: list[Paper], params: Mapping[str, Any], url: str) -> Paper:
    """The wanted page of `papers`. Raises Refused for an unknown cursor or an impossible limit."""
    limit = params.get("limit", 10)
    if limit < 1 or limit > 100:
        raise Refused("Invalid integer: limit must be between 1 and 100", param="limit")
    if "starting_after" in params and "ending_before" in params:
        raise Refused("You cannot parameterize both starting_after and ending_before", param="ending_before")
    ids = [one["id"] for one in papers]
    backwards = "ending_before" in params
    if "starting_after" in params:
        rest = papers[_place(ids, params["starting_after"], "starting_after") + 1 :]
    elif backwards:
        rest = papers[: _place(ids, params["ending_before"], "ending_before")]
    else:
        rest = papers
    shown = rest[-limit:] if backwards else rest[:limit]
    return listed([shelf.view(one) for one in shown], url, has_more=len(rest) > limit)


def within(papers: list[Paper], wanted: Any, field: str = "created") -> list[Paper]:
    """Those whose moment is the wanted one, or in the wanted range."""
    if wanted is None:
        return papers
    if isinstance(wanted, int):
        return [one for one in papers if one[field] == wanted]
    return [
        one
        for one in papers
        if one[field] is not None and all(_COMPARE[how](one[field], than) for how, than in wanted.items())
    ]


def _place(ids: list[str], paper_id: str, param: str) -> int:
    if paper_id not in ids:
        raise missing("object", paper_id, param)
    return ids.index(paper_id)
