"""What a GitHub App may ask about itself: who it is, and what became of its webhook's deliveries.

https://docs.github.com/en/rest/apps/webhooks
"""

from __future__ import annotations

from flask import Blueprint, Response

from app.sandbox.forge import deliveries
from app.sandbox.forge.desk import Desk, answer


def add_routes(app: Blueprint, desk: Desk) -> None:
    """Mount the routes; the App's own token opens them, no person's does."""

    @app.get("/app")
    def own() -> Response:
        shown = {"id": desk.app.id, "slug": desk.app.slug, "events": desk.app.hook.events}
        return answer(shown)

    @app.get("/app/hook/deliveries")
    def listed() -> Response:
        return deliveries.listed(desk, desk.app.hook)

    @app.get("/app/hook/deliveries/<int:delivery_id>")
    def read(delivery_id: int) -> Response:
        return deliveries.read(desk, desk.app.hook, delivery_id)

    @app.post("/app/hook/deliveries/<int:delivery_id>/attempts")
    def redeliver(delivery_id: int) -> Response:
        return deliveries.send_again(desk, desk.app.hook, delivery_id)
