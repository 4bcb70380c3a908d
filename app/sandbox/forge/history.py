"""What happened to an issue: its events, and the timeline, which has the comments and mentions as well.

https://docs.github.com/en/rest/issues/events and https://docs.github.com/en/rest/issues/timeline
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response

from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import not_found
from app.sandbox.forge.records import Comment, Happening, Issue, Repository
from app.sandbox.forge.render import Render


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""

    @app.get("/repos/<owner>/<name>/issues/<int:number>/events")
    def events(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        lines = [one for one in desk.issue(repository, number).history if one.source is None]
        return desk.page(lines, partial(desk.render.happening, repository))

    @app.get("/repos/<owner>/<name>/issues/events/<int:event_id>")
    def read(owner: str, name: str, event_id: int) -> Response:
        repository = desk.repository(owner, name)
        for issue in repository.issues.values():
            for line in issue.history:
                if line.id == event_id and line.source is None:
                    return answer(desk.render.happening(repository, line))
        raise not_found()

    @app.get("/repos/<owner>/<name>/issues/<int:number>/timeline")
    def timeline(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        issue = desk.issue(repository, number)
        lines: list[Happening | Comment] = [*issue.history, *issue.comments]
        lines.sort(key=lambda line: line.id)
        return desk.page(lines, partial(_line, desk.render, repository, issue))


def _line(render: Render, repository: Repository, issue: Issue, line: Happening | Comment) -> dict[str, Any]:
    if isinstance(line, Happening):
        return render.happening(repository, line)
    shown = render.comment(repository, issue, line)
    return shown | {"event": "commented", "actor": shown["user"]}
