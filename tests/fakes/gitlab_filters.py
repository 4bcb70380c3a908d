"""How the pretend GitLab filters and sorts issues: https://docs.gitlab.com/api/issues/."""

from __future__ import annotations

from flask import abort, request

from tests.fakes.things import Ticket


def ordered(found: list[Ticket], by: str) -> list[Ticket]:
    if by not in {"created_at", "updated_at"}:
        abort(400, "order_by does not have a valid value")
    is_ascending = request.args.get("sort", "desc") == "asc"
    return sorted(found, key=lambda each: getattr(each, by), reverse=not is_ascending)


def carries(ticket: Ticket, name: str) -> bool:
    if name in {"None", "Any"}:
        return bool(ticket.tags) == (name == "Any")
    return any(tag.name == name for tag in ticket.tags)


def belongs(ticket: Ticket, title: str) -> bool:
    """Some titles are wildcards (app/finders/issuable_finder/params.rb)."""
    if title.lower() in {"none", "any"} or title in {"No Milestone", "Any Milestone"}:
        return (ticket.phase is not None) == title.lower().startswith("any")
    if title in {"#upcoming", "#started"}:
        return False
    return ticket.phase is not None and ticket.phase.title == title
