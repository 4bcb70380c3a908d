"""Matching by index: what an event costs with 10 contracts and with 100,000, as a ratio within one run."""

from __future__ import annotations

import math
import time

from app.events import ForgeEvent, Label, Repository
from app.milestones import document
from app.milestones.contract import Configuration
from app.milestones.match import match

HEAD = """\
version: 1
seller: {name: Northwind Studio, email: billing@northwind.example, address: [Main St 1, 10115 Berlin, DE]}
connections: [{name: github, forge: github}]
gateways: [{name: platform, kind: http, url: "https://pay.example/events"}]
contracts:
"""
CONTRACT = """\
  - id: con_{n}
    title: Storefront {n}
    client: {{name: Client {n}, email: ap@client.example, address: [1 Road, Springfield, US]}}
    currency: usd
    total: 30000.00
    gateway: platform
    repositories: ["github:acme/site-{n}"]
    payout: {{auto_clear: true, to: [{{account: acc_{n}, share: 100%}}]}}
    milestones:
      - {{label: "milestone:kickoff", title: Kickoff Deposit, share: 30%, criteria: [Contract signed]}}
      - {{label: "milestone:ui", title: Prototype Sign-off, share: 25%, criteria: [12 screens on staging]}}
      - {{label: "milestone:uat", title: Testing, share: 25%, criteria: [40 cases pass]}}
      - {{label: "milestone:launch", title: Launch, share: 20%, criteria: [Deployed to production]}}
"""
SMALL, LARGE = 10, 100_000
EVENTS, ROUNDS = 10_000, 15
STRIDE = 7919
"""A prime, so that the events are spread over all contracts."""


def main() -> None:
    """Print a line per figure; the ratio holds across machines, the seconds do not."""
    started = time.process_time()
    large = _configuration(LARGE)
    print(f"loading {LARGE:,} contracts: {time.process_time() - started:.1f} s of processor time")
    small = _configuration(SMALL)
    sides = {
        f"{SMALL:,} contracts": (small, _events(SMALL, SMALL)),
        f"{LARGE:,} contracts": (large, _events(LARGE, SMALL)),
        f"{LARGE:,} contracts, each event another one": (large, _events(LARGE, EVENTS)),
    }
    costs_s = dict.fromkeys(sides, math.inf)
    for _ in range(ROUNDS):
        for side, (configuration, events) in sides.items():
            costs_s[side] = min(costs_s[side], _cost_s(configuration, events))
    base_s = costs_s[f"{SMALL:,} contracts"]
    for side, cost_s in costs_s.items():
        print(f"matching one event among {side}: {cost_s * 1e6:.2f} µs, ratio {cost_s / base_s:.2f}")


def _configuration(count: int) -> Configuration:
    text = HEAD + "".join(CONTRACT.format(n=n) for n in range(count))
    return document.parse(text, f"{count} contracts")


def _cost_s(configuration: Configuration, events: list[ForgeEvent]) -> float:
    """Seconds for one event, over one round of them; rounds of both sides alternate, the best one counts."""
    started = time.perf_counter()
    for event in events:
        match(event, "github", configuration)
    return (time.perf_counter() - started) / len(events)


def _events(contracts: int, distinct: int) -> list[ForgeEvent]:
    """EVENTS events about `distinct` contracts, which are spread over all of them.

    With many distinct ones the processor's caches are cold: that is memory's cost, not the index's.
    """
    return [_event(n % distinct * STRIDE % contracts) for n in range(EVENTS)]


def _event(contract: int) -> ForgeEvent:
    return ForgeEvent(
        kind="issue.closed",
        event="issues",
        action="closed",
        repository=Repository("1", f"acme/site-{contract}"),
        issue_number=4,
        issue_id="4",
        issue_kind="issue",
        labels=(Label("1", "bug"), Label("2", "milestone:uat")),
        sender=None,
    )


if __name__ == "__main__":
    main()
