"""What happens in the demo: issues are opened, closed, reopened; each stage is read from where it is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from github.Issue import Issue

from app.cli.demo.show import Silent
from app.cli.demo.stage import Stage
from app.inbox.queries import list_deliveries
from app.milestones.contract import Milestone
from app.releases.people.orders import locked, resume
from app.releases.queries import list_releases
from app.releases.who import Who

ISSUES = {
    1: ("Contract signed, deposit due",),
    2: ("Clickable prototype, screens 1 to 6", "Clickable prototype, screens 7 to 12"),
    3: ("UAT script passes",),
    4: ("Deploy to production", "Hand over the repository"),
}
"""What is to be done for each milestone of the worked example."""


@dataclass
class Ending:
    """What the demo ended with: the contract's releases, what was asked of the platform for the invoice of
    milestone 2, the platform's journal.
    """

    releases: list[dict[str, Any]]
    asked: list[dict[str, Any]]
    journal: list[dict[str, Any]]
    stages: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "stages": self.stages,
            "releases": self.releases,
            "asked": self.asked,
            "platform": self.summary(),
        }

    def summary(self) -> dict[str, int]:
        """What the platform itself saw: the only witness that counts."""
        kinds = [entry["kind"] for entry in self.journal]
        return {
            "invoices": kinds.count("invoice_opened"),
            "money_in_minor": self._sum("money_in"),
            "transfers": kinds.count("transfer"),
            "money_out_minor": self._sum("transfer"),
        }

    def _sum(self, kind: str) -> int:
        return sum(entry["amount_cents"] for entry in self.journal if entry["kind"] == kind)


def tell(stage: Stage, narrator: Silent) -> Ending:
    """Bring all four milestones home, then reopen one and try to bill it twice."""
    labels = {
        one.index: stage.owner.create_label(one.label, "1f6feb", one.title)
        for one in stage.contract.milestones
    }
    issues = {
        index: [stage.owner.create_issue(title, labels=[labels[index]]) for title in titles]
        for index, titles in ISSUES.items()
    }
    stage.until("the setting-up", partial(_all_handled, stage))
    for milestone in stage.contract.milestones:
        narrator.milestone(
            milestone, stage.contract.currency, [one.number for one in issues[milestone.index]]
        )
        _complete(stage, narrator, milestone, issues[milestone.index])
    _change_minds(stage, narrator, issues[2][0])
    journal = stage.world.payer.served.journal.entries()
    return Ending(
        releases=list_releases(stage.db),
        asked=_asked(journal, milestone_index=2),
        journal=journal,
        stages=narrator.stages,
    )


def _complete(stage: Stage, narrator: Silent, milestone: Milestone, issues: list[Issue]) -> None:
    for issue in issues:
        by_number = stage.repository.get_issue(issue.number)
        narrator.act(f"dana closes #{issue.number}, {issue.title}")
        before = _newest_delivery(stage)
        by_number.edit(state="closed", state_reason="completed")
        delivery = _handled(stage, before, "closed")
        narrator.delivery(delivery, milestone)
    narrator.money(stage.until("the payout", partial(_release_in, stage, milestone.index, "disbursed")))
    for issue in issues:
        url = stage.until(f"the comment on #{issue.number}", partial(_final_comment, issue))
        narrator.comment(issue.number, url)


def _change_minds(stage: Stage, narrator: Silent, issue: Issue) -> None:
    """What was paid and is reopened is disputed; closing it again bills nothing; the operator decides."""
    narrator.twice(issue.number)
    again = stage.repository.get_issue(issue.number)
    for state, reason, action, told in (
        ("open", "reopened", "reopened", f"dana reopens #{issue.number}"),
        ("closed", "completed", "closed", "and closes it again"),
    ):
        narrator.act(told)
        before = _newest_delivery(stage)
        again.edit(state=state, state_reason=reason)
        narrator.refused(_handled(stage, before, action))
    narrator.act(f"the operator has looked: closeout releases resume {stage.contract.id} 2")
    with stage.db.transaction() as connection:
        row = locked(connection, stage.contract.id, 2)
        narrator.refused({"reason": resume(connection, row, Who("the operator", "command line"))})
    stage.until("milestone 2 where it stood", partial(_release_in, stage, 2, "disbursed"))


def _all_handled(stage: Stage) -> bool | None:
    open_ones = [one for one in list_deliveries(stage.db) if one["status"] not in ("handled", "ignored")]
    stage.world.forge.webhooks.wait_until_sent()
    return None if open_ones else True


def _newest_delivery(stage: Stage) -> int:
    return max((one["id"] for one in list_deliveries(stage.db, limit=1)), default=0)


def _handled(stage: Stage, after: int, action: str) -> dict[str, Any]:
    def found() -> dict[str, Any] | None:
        return next(
            (
                one
                for one in list_deliveries(stage.db, limit=20)
                if one["id"] > after and one["action"] == action and one["status"] == "handled"
            ),
            None,
        )

    return stage.until(f"the webhook that says {action}", found)


def _release_in(stage: Stage, index: int, state: str) -> dict[str, Any] | None:
    found = [one for one in list_releases(stage.db, stage.contract.id) if one["milestone_index"] == index]
    return found[0] if found and found[0]["state"] == state else None


def _final_comment(issue: Issue) -> str | None:
    told = [one for one in issue.get_comments() if "Paid and disbursed" in one.body]
    return told[0].html_url if told else None


def _asked(journal: list[dict[str, Any]], milestone_index: int) -> list[dict[str, Any]]:
    """The requests that opened the invoice, as the platform received them: those that name its event."""
    opened = (one for one in journal if one["kind"] == "invoice_opened")
    invoice = next(one for one in opened if one["milestone_index"] == milestone_index)
    event_id = invoice["event_id"]
    requests = [one for one in journal if one["kind"] == "request"]
    if requests and "event_id" in requests[0]:  # the generic protocol: one event asks for it all
        return [json.loads(one["body"]) for one in requests if one["event_id"] == event_id][:1]
    named = [
        one
        for one in requests
        if one["method"] == "POST"
        and one["seq"] <= invoice["seq"]
        and (event_id in json.dumps(one, default=str) or invoice["invoice_id"] in one["path"])
    ]
    return [{name: one[name] for name in ("method", "path", "body")} for one in named]
