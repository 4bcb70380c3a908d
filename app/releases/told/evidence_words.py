"""What a decision rests on, in sentences: who closed and who labelled, when, in which role, by what. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Plain = Mapping[str, Any]


def in_words(evidence: Plain) -> list[str]:
    """The evidence of a decision, a sentence per line; [] for what is none."""
    lines = [line for issue in evidence.get("issues", ()) for line in _issue(issue)]
    if by_hand := evidence.get("by_hand"):
        lines.append(f"released by {by_hand['name']} ({by_hand['via']}), {moment(by_hand['at'])}")
    if approved_by := evidence.get("approved_by"):
        lines.append(f"approved by {person(approved_by)}")
    for one in evidence.get("missing", ()):
        lines.append(f"missing: #{one['number']} of {one['repository']}, which carried the label before")
    for doubt in evidence.get("doubts", ()):
        told = doubt if isinstance(doubt, Mapping) else {"text": str(doubt), "key": ""}
        lines.append(f"doubt: {told['text']} ({'can be approved' if told['key'] else 'has to be mended'})")
    lines += [f"approved before: {text}" for text in evidence.get("approved", ())]
    if hash_ := evidence.get("snapshot_hash"):
        lines.append(f"by the contract with sha256 {hash_[:12]}")
    if delivery := evidence.get("delivery"):
        lines.append(f"looked at because of {_cause(delivery)}")
    return lines


def person(plain: Plain) -> str:
    """A stored person: "anna (comment, github account 105)"."""
    account = f", {plain['connection']} account {plain['id']}" if plain.get("id") else ""
    return f"{plain['name']} ({plain['via']}{account})"


def moment(at: str | None) -> str:
    """A stored moment to the second: "2026-05-28 09:10:20"; forges' and ours look alike."""
    return at[:19].replace("T", " ") if at else "at a time that is not known"


def _issue(issue: Plain) -> Iterator[str]:
    name = f"#{issue['number']} of {issue['repository']}"
    counted = "" if issue.get("is_billed", True) else " (does not count)"
    if issue["is_open"]:
        yield f"{name} is open"
        return
    reason = str(issue["close_reason"] or "").replace("_", " ")
    closer, via = issue["closed_by"], f", by {issue['closed_via']}" if issue.get("closed_via") else ""
    by = f" by {_login(closer)}" if closer else ", the forge does not say by whom"
    yield f"{name} closed as {reason} {moment(issue['closed_at'])}{by}{via}{counted}"
    labeler = issue.get("labelled_by")
    if issue.get("labelled_at"):
        who = (
            f" by {_login(labeler)}"
            if isinstance(labeler, Mapping)
            else f" by {labeler or 'somebody unknown'}"
        )
        yield f"  labelled {moment(issue['labelled_at'])}{who}"


def _login(plain: Plain) -> str:
    """With the role at that time, as the forge said it."""
    return f"{plain['login']} ({plain.get('role') or 'role not asked for'})"


def _cause(delivery: Plain) -> str:
    if "sweep" in delivery:
        return f"a sweep ({delivery['sweep']})"
    return f"{delivery.get('connection')}'s delivery {delivery.get('delivery_id')}"
