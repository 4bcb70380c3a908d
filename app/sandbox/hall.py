"""What every pretend counterpart has at its hall door under /sandbox/: its journal, and its faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from flask import Flask, Response, jsonify, request

from app.sandbox.faults import Faults
from app.sandbox.journal import Journal


class _Sandbox(Protocol):
    journal: Journal
    faults: Faults


def common_doors(app: Flask, sandbox: _Sandbox, refused: Callable[[str], Exception]) -> None:
    """Add the addresses to the application; `refused` makes of a reason what the counterpart answers."""

    @app.get("/sandbox/journal")
    def journal() -> Response:
        return jsonify(sandbox.journal.entries(request.args.get("kind", "")))

    @app.post("/sandbox/faults")
    def switch_on() -> Response:
        wish = posted()
        try:
            sandbox.faults.switch_on(wish.get("on", "any"), wish.get("kind"), wish.get("times", 1))
        except ValueError as error:
            raise refused(str(error)) from error
        return jsonify({})

    @app.delete("/sandbox/faults")
    def no_faults() -> Response:
        sandbox.faults.clear()
        return jsonify({})


def posted() -> dict[str, Any]:
    """The JSON object that was posted; {} for anything else."""
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}
