"""A page per issue, so that the links that people are shown lead somewhere."""

from __future__ import annotations

from flask import Blueprint, render_template_string

from app.sandbox.forge.state import State

_PAGE = """<!doctype html><meta charset="utf-8"><title>#{{ issue.number }} {{ issue.title }}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem}
article{border:1px solid #8888;border-radius:6px;padding:.5rem 1rem;margin:1rem 0;
white-space:pre-wrap}</style>
<p>{{ repository.full_name }} (sandbox)</p>
<h1>{{ issue.title }} #{{ issue.number }}</h1>
<p>{{ issue.state }}{% if issue.state_reason %} as {{ issue.state_reason }}{% endif %} ·
{% for label in issue.labels %}{{ label.name }} {% endfor %}</p>
{% for one in issue.comments %}<article id="issuecomment-{{ one.id }}"><b>{{ one.author.login }}</b>
{{ one.body }}</article>{% endfor %}"""


def add_routes(app: Blueprint, state: State) -> None:
    """Mount the routes; they need no token, as it is a sandbox."""

    @app.get("/favicon.ico")
    def icon() -> tuple[str, int]:
        return "", 204  # a browser asks for it, and means nothing by that

    @app.get("/<owner>/<name>/issues/<int:number>")
    def page(owner: str, name: str, number: int) -> tuple[str, int]:
        repository = state.repositories.get(f"{owner}/{name}".lower())
        issue = repository.issues.get(number) if repository else None
        if repository is None or issue is None:
            return "There is no such issue.", 404
        return render_template_string(_PAGE, repository=repository, issue=issue), 200
