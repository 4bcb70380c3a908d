"""What all pages have in common that are opened by a signed link: strangers and machines are kept out."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import flask
import structlog

from app.errors import StorageUnavailable

log = structlog.get_logger()

Answer = flask.typing.ResponseReturnValue
Refuse = Callable[[str, HTTPStatus], Answer]
"""Shows why there is no page, by a word for it, under this status."""


def keep_out(pages: flask.Blueprint, refuse: Refuse) -> None:
    """No search engine may list these pages; without a database each says so in words."""

    @pages.errorhandler(StorageUnavailable)
    def no_database(error: StorageUnavailable) -> Answer:
        log.warning("the page behind a link could not be shown", page=pages.name, problem=error.what)
        return refuse("database", HTTPStatus.SERVICE_UNAVAILABLE)

    @pages.after_request
    def not_listed(response: flask.Response) -> flask.Response:
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response
