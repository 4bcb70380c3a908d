"""Comments on issues. Their author may change one, and so may everybody with write access.

https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, request

from app.sandbox.forge.apps import granting
from app.sandbox.forge.desk import Desk, answer
from app.sandbox.forge.errors import forbidden, invalid, not_found
from app.sandbox.forge.records import Comment, Issue, Repository

LONGEST_BODY = 65536


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes."""

    @app.get("/repos/<owner>/<name>/issues/<int:number>/comments")
    def listed(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        issue = _issue(desk, repository, number)
        return desk.page(issue.comments, partial(desk.render.comment, repository, issue))

    @app.post("/repos/<owner>/<name>/issues/<int:number>/comments")
    def create(owner: str, name: str, number: int) -> Response:
        repository = desk.repository(owner, name)
        issue = _issue(desk, repository, number)
        if issue.is_discussion or (issue.is_locked and not desk.may(repository, "write")):
            raise forbidden("Unable to create comment because issue is locked.")
        comment = desk.state.add_comment(issue, desk.user, _text(desk))
        shown = desk.render.comment(repository, issue, comment)
        on = desk.render.issue(repository, issue, in_list=True)
        desk.act.emit(repository, "issue_comment", "created", issue=on, comment=shown)
        return answer(shown, 201)

    @app.get("/repos/<owner>/<name>/issues/comments/<int:comment_id>")
    def read(owner: str, name: str, comment_id: int) -> Response:
        repository = desk.repository(owner, name)
        issue, comment = _find(desk, repository, comment_id)
        return answer(desk.render.comment(repository, issue, comment))

    @app.patch("/repos/<owner>/<name>/issues/comments/<int:comment_id>")
    def edit(owner: str, name: str, comment_id: int) -> Response:
        repository = desk.repository(owner, name)
        issue, comment = _find(desk, repository, comment_id)
        _check_rights(desk, repository, comment)
        before, comment.body = comment.body, _text(desk)
        comment.updated_at = issue.updated_at = desk.state.now()
        shown = desk.render.comment(repository, issue, comment)
        on = desk.render.issue(repository, issue, in_list=True)
        changes = {"body": {"from": before}}
        desk.act.emit(repository, "issue_comment", "edited", issue=on, comment=shown, changes=changes)
        return answer(shown)

    @app.delete("/repos/<owner>/<name>/issues/comments/<int:comment_id>")
    def remove(owner: str, name: str, comment_id: int) -> Response:
        repository = desk.repository(owner, name)
        issue, comment = _find(desk, repository, comment_id)
        _check_rights(desk, repository, comment)
        issue.comments.remove(comment)
        shown = desk.render.comment(repository, issue, comment)
        on = desk.render.issue(repository, issue, in_list=True)
        desk.act.emit(repository, "issue_comment", "deleted", issue=on, comment=shown)
        return Response(status=204)


def _text(desk: Desk) -> str:
    body = desk.body("IssueComment", body=str).get("body") or ""
    if not body.strip():
        raise invalid("IssueComment", "body", "missing_field")
    if len(body) > LONGEST_BODY:
        raise invalid(
            "IssueComment", "body", "custom", f"body is too long (maximum is {LONGEST_BODY} characters)"
        )
    return str(body)


def _check_rights(desk: Desk, repository: Repository, comment: Comment) -> None:
    if comment.author is not desk.user and not desk.may(repository, "write"):
        raise forbidden("Must have write access, or be the comment's author.")


def _issue(desk: Desk, repository: Repository, number: int) -> Issue:
    issue = desk.issue(repository, number)
    if desk.grant is not None:
        granting.check_comment(desk.grant, request.method, is_on_pull=issue.pull is not None)
    return issue


def _find(desk: Desk, repository: Repository, comment_id: int) -> tuple[Issue, Comment]:
    for issue in repository.issues.values():
        for comment in issue.comments:
            if comment.id == comment_id:
                return _issue(desk, repository, issue.number), comment
    raise not_found()
