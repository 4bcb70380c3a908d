"""Matching by index: what an event costs with 10 contracts and with 100,000, as a ratio within one run."""

from __future__ import annotations

import statistics
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


def main() -> None:
    """Print a line per figure; the ratio holds across machines, the seconds do not."""
    started = time.perf_counter()
    large = _configuration(LARGE)
    print(f"loading {LARGE:,} contracts: {time.perf_counter() - started:.1f} s")
    small = _configuration(SMALL)
    costs_s = {SMALL: _cost_s(small, SMALL), LARGE: _cost_s(large, LARGE)}
    for contracts, cost_s in costs_s.items():
        print(f"matching one event among {contracts:,} contracts: {cost_s * 1e6:.2f} µs")
    print(f"ratio {LARGE:,} to {SMALL:,} contracts: {costs_s[LARGE] / costs_s[SMALL]:.2f}")


def _configuration(count: int) -> Configuration:
    text = HEAD + "".join(CONTRACT.format(n=n) for n in range(count))
    return document.parse(text, f"{count} contracts")


def _cost_s(configuration: Configuration, contracts: int) -> float:
    """Seconds for one event: the median over rounds of events that are spread over all contracts."""
    events = [
        _event(n * (contracts // SMALL) % contracts + n // SMALL % (contracts // SMALL))
        for n in range(EVENTS)
    ]
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for event in events:
            match(event, "github", configuration)
        rounds.append((time.perf_counter() - started) / EVENTS)
    return statistics.median(rounds)


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
