"""A gateway between Closeout and the pretend platform that answers some orders as another vendor would."""

from __future__ import annotations

from collections.abc import Callable

from app.gateways.base import Gateway, Intent, Outcome
from tests.releases.play import Play

Answer = Callable[[Intent], Outcome]


class Bent:
    """Asks and sends as the real one does, unless `asking` or `sending` is set; counts what was sent."""

    def __init__(self, real: Gateway) -> None:
        self.real = real
        self.asking: Answer | None = None
        self.sending: Answer | None = None
        self.sent: list[str] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self.real, name)

    def ask(self, intent: Intent) -> Outcome:
        return (self.asking or self.real.ask)(intent)

    def send(self, intent: Intent) -> Outcome:
        self.sent.append(intent.key)
        return (self.sending or self.real.send)(intent)


def bend(stage: Play) -> Bent:
    """Put such a one between, for the rest of the play."""
    bent = Bent(stage.gateways["platform"])
    stage.gateways["platform"] = bent  # type: ignore[assignment]
    return bent
