"""What Closeout sends to itself: to look at a milestone again, and what a sweep found out."""

from __future__ import annotations

import json

from app.events import ForgeEvent, ForgeEventKind, Label, Repository
from app.inbox.relay import Delivery, Handled
from app.releases.decision.decider import Decider
from app.releases.forge_events import LOOK_AGAIN_S, ForgeEvents
from app.releases.names import release_id
from app.releases.people.commands import NO_ORDER, Commands


class OwnEvents:
    """Handles the deliveries that `again.py` and `sweep/` put into the inbox."""

    def __init__(self, decider: Decider, forge_events: ForgeEvents, commands: Commands) -> None:
        self._decider, self._forge_events, self._commands = decider, forge_events, commands

    def handle(self, delivery: Delivery) -> Handled:
        """Look at what is named; repeatable. Raises CloseoutError when it must wait."""
        body = json.loads(delivery.body)
        if "issue" in body:
            event = _event(body["kind"], body["issue"])
            return self._forge_events.take(event, body["connection"], {"sweep": delivery.delivery_id})
        identity, again_s = release_id(body["contract"], body["index"]), None
        if body.get("is_word"):
            told = self._commands.catch_up(identity)
            again_s = LOOK_AGAIN_S if NO_ORDER in told else None  # lists lag
        else:
            told = self._decider.look_at(body["contract"], body["index"])
        return Handled("handled", told, "look again", str(body["why"]), identity, again_s)


def _event(kind: ForgeEventKind, issue: dict[str, object]) -> ForgeEvent:
    """What a forge's own delivery would have said, had it come; who did it nobody told."""
    labels = issue["labels"] if isinstance(issue["labels"], list) else []
    return ForgeEvent(
        kind=kind,
        event="sweep",
        action=kind,
        repository=Repository(str(issue["repository_id"]), str(issue["repository"])),
        issue_number=int(str(issue["number"])),
        issue_id=str(issue["id"]),
        issue_kind="issue",
        labels=tuple(Label(one["id"], one["name"]) for one in labels),
        sender=None,
        milestone=str(issue["milestone"]),
    )
