"""The evidence of a decision in sentences: who, when, in which role, by what, and what was odd."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from app.releases.told.evidence_words import in_words

EVIDENCE = {
    "contract": "con_7732_alpha",
    "snapshot_hash": "8b5f0ebd4d66" * 4,
    "issues": [],
}
ISSUE = {
    "connection": "github",
    "repository": "acme/storefront",
    "number": 12,
    "id": "9012",
    "is_open": False,
    "close_reason": "completed",
    "closed_at": "2026-05-28T09:10:20Z",
    "closed_by": {"id": "101", "login": "dana", "role": "write"},
    "closed_via": "",
    "labelled_at": "2026-05-20T08:00:00Z",
    "labelled_by": {"id": "100", "login": "lena", "role": "admin"},
    "is_billed": True,
}
CLOSED = "#12 of acme/storefront closed as completed 2026-05-28 09:10:20 by dana (write)"
LABELLED = "  labelled 2026-05-20 08:00:00 by lena (admin)"
HASH = "by the contract with sha256 8b5f0ebd4d66"
WORDS: list[tuple[str, Mapping[str, Any], list[str]]] = [
    ("an issue", {"issues": [ISSUE]}, [CLOSED, LABELLED, HASH]),
    ("an open one", {"issues": [{**ISSUE, "is_open": True}]}, ["#12 of acme/storefront is open", HASH]),
    (
        "a merge",
        {"issues": [{**ISSUE, "closed_via": "pull request #7"}]},
        [f"{CLOSED}, by pull request #7", LABELLED, HASH],
    ),
    (
        "one that does not count",
        {"issues": [{**ISSUE, "is_billed": False, "close_reason": "not_planned", "labelled_at": None}]},
        [CLOSED.replace("completed", "not planned") + " (does not count)", HASH],
    ),
    (
        "nobody is told",
        {"issues": [{**ISSUE, "closed_by": None, "labelled_by": None}]},
        [
            CLOSED.replace(" by dana (write)", ", the forge does not say by whom"),
            "  labelled 2026-05-20 08:00:00 by somebody unknown",
            HASH,
        ],
    ),
    (
        "as it was written before there were rules",
        {
            "issues": [
                {key: ISSUE[key] for key in ISSUE if key not in ("closed_via", "is_billed")}
                | {"labelled_by": "lena"}
            ]
        },
        [CLOSED, "  labelled 2026-05-20 08:00:00 by lena", HASH],
    ),
    (
        "by hand",
        {"by_hand": {"name": "olga", "via": "command line", "at": "2026-05-28T09:10:20.005Z"}},
        ["released by olga (command line), 2026-05-28 09:10:20", HASH],
    ),
    (
        "doubts",
        {
            "doubts": [{"text": "above", "key": "amount/1"}, {"text": "two labels", "key": ""}],
            "approved": ["late"],
        },
        [
            "doubt: above (can be approved)",
            "doubt: two labels (has to be mended)",
            "approved before: late",
            HASH,
        ],
    ),
    (
        "missing",
        {"missing": [ISSUE]},
        ["missing: #12 of acme/storefront, which carried the label before", HASH],
    ),
    (
        "a delivery",
        {"delivery": {"connection": "github", "delivery_id": "72d3"}},
        [HASH, "looked at because of github's delivery 72d3"],
    ),
]


@pytest.mark.parametrize(("more", "lines"), [case[1:] for case in WORDS], ids=[case[0] for case in WORDS])
def test_evidence_is_told_in_words(more: Mapping[str, Any], lines: list[str]) -> None:
    assert in_words({**EVIDENCE, **more}) == lines
