"""What a delivery means, the same for every forge and every gateway. Values only; nothing here does I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ForgeEventKind = Literal[
    "issue.opened",
    "issue.closed",
    "issue.reopened",
    "issue.labeled",
    "issue.unlabeled",
    "issue.labels_changed",  # Gitea: labels were replaced, which ones is not said
    "issue.edited",
    "issue.deleted",
    "issue.transferred",
    "issue.milestoned",  # put into a milestone of the forge, or taken out of one
    "issue.other",
    "comment.created",
    "milestone.closed",  # a milestone of the forge; it is about no issue
    "milestone.reopened",
]
Role = Literal["none", "read", "triage", "write", "maintain", "admin"]
CloseReason = Literal["completed", "not_planned", "duplicate", "moved", "unknown"]
IssueKind = Literal["issue", "pull_request", "incident", "task", "discussion", "other"]


@dataclass(frozen=True, slots=True)
class Person:
    """An account at a forge. `id` is the forge's numeric id as text, "" where an old payload lacks it."""

    id: str
    login: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Repository:
    """`id` is the forge's numeric id as text ("" when only the name is known); `full_name` is owner/name."""

    id: str
    full_name: str


@dataclass(frozen=True, slots=True)
class Label:
    """A label as the forge names it, unchanged. `id` is "" where the payload has none.

    `color` is six lower-case hex digits; `is_shared`: it belongs to the group or organisation around the
    repository. Neither they nor the description make it another label, and webhooks are not read for them.
    """

    id: str
    name: str
    color: str = field(default="", compare=False)
    description: str = field(default="", compare=False)
    is_shared: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class ForgeEvent:
    """One delivery of a forge about one issue. A hint only: decisions read the present state afresh.

    `event` and `action` are the forge's own words. `labels` are those on the issue in the payload, and
    `label` the one that was added or removed, where the forge says so. `comment` is a new comment's text,
    `comment_id` its id. `milestone` is the title of the forge's milestone that the issue is in or just left,
    or that was closed: then there is no issue, and its number is 0.
    """

    kind: ForgeEventKind
    event: str
    action: str
    repository: Repository
    issue_number: int
    issue_id: str
    issue_kind: IssueKind
    labels: tuple[Label, ...]
    sender: Person | None
    label: Label | None = None
    comment: str | None = None
    comment_id: str = ""
    milestone: str = ""


@dataclass(frozen=True, slots=True)
class AppChanged:
    """Where an App of ours is installed, or what it may do there, was changed. A hint: the list is read."""

    event: str
    action: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """A branch or tag was pushed, made or deleted; `ref` is its full name. A hint: it is read."""

    event: str
    repository: Repository
    ref: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class PullRequestChanged:
    """A pull request was opened, closed, pushed to or edited. A hint: it is read."""

    event: str
    action: str
    repository: Repository
    number: int


ForgeNews = ForgeEvent | AppChanged | Pushed | PullRequestChanged
"""What may lead to something."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """A readable delivery that concerns no issue; `reason` says why, for the list of deliveries."""

    event: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue's present state, as read from the forge. Times are RFC 3339 in UTC, as text.

    `close_reason` is None while open; "unknown" is a reason that we do not know (it holds, never bills).
    `closed_by` is None where the forge does not tell it here; the history may. `milestone` is the title of
    the forge's milestone that it is in.
    """

    repository: Repository
    number: int
    id: str
    url: str
    title: str
    is_open: bool
    kind: IssueKind
    labels: tuple[Label, ...]
    close_reason: CloseReason | None = None
    closed_at: str | None = None
    closed_by: Person | None = None
    milestone: str = ""
    updated_at: str = ""


HistoryKind = Literal["labeled", "unlabeled", "milestoned", "demilestoned", "closed", "reopened"]


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that somebody did to an issue, and when (RFC 3339, UTC).

    `name` is the label's, or the milestone's title; "" where the history lacks it.
    `via` says what closed the issue by a keyword: "commit 1a2b3c4", or "pull request #7", whose merger is
    then `by`. `is_vouched` is False where the forge may name a commit's author, whom nobody checked.
    """

    kind: HistoryKind
    by: Person | None
    at: str
    name: str = ""
    via: str = ""
    is_vouched: bool = True


@dataclass(frozen=True, slots=True)
class IssueComment:
    """A person's comment. `is_edited`: its text is not, or may not be, what was first written."""

    id: str
    by: Person | None
    at: str
    text: str
    is_edited: bool


@dataclass(frozen=True, slots=True)
class ForgeMilestone:
    """A milestone of the forge itself, with all issues in it, open and closed; no pull requests."""

    id: str
    title: str
    is_open: bool
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """An invoice as its gateway describes it.

    `status`: draft (it is there, but the client does not have it: the order is sent again), open, paid, void,
    uncollectible, credited (it was paid, and the client got all of it back). `received_minor` is all that
    ever came in for it, also beyond its amount and whatever was given back since; None where the gateway does
    not say. `outside_minor` of that came to the seller by another way than this gateway, and `credit_minor`
    was set off against credit that the client had there, so that nothing came. `disputed_minor` is what the
    client's bank asks back, and `lost_minor` what it has taken back for good.
    """

    id: str
    number: str
    url: str
    status: str
    amount_minor: int
    currency: str
    received_minor: int | None = None
    outside_minor: int = 0
    credit_minor: int = 0
    disputed_minor: int = 0
    lost_minor: int = 0

    @property
    def came_in_minor(self) -> int:
        """`received_minor`; where it is not said, the whole amount of what is or was paid."""
        if self.received_minor is not None:
            return self.received_minor
        return self.amount_minor if self.status in ("paid", "credited") else 0


@dataclass(frozen=True, slots=True)
class PayoutFacts:
    """A payout leg as its gateway describes it. `status`: pending, paid, failed, reversed.

    `part` counts from 1 where a payee is paid in parts, as the client's partial payments come in.
    """

    id: str
    account: str
    status: str
    amount_minor: int
    currency: str
    reason: str = ""
    part: int = 1


@dataclass(frozen=True, slots=True)
class CreditFacts:
    """A credit note over an invoice, as its gateway describes it: the client got back what it had paid.

    `refunded_minor` is what left the gateway for that, None where all did that had come in there.
    """

    id: str
    number: str
    url: str
    amount_minor: int
    currency: str
    refunded_minor: int | None = None


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """One callback of a gateway. A hint only: the object is read afresh before anything is believed.

    `kind` is the gateway's word in our spelling (invoice.paid, payout.failed, …); `event_id` names the
    order of ours that it answers to (the id of the event we sent), "" where the gateway does not say.
    `delivery_id` is the callback's own, the same on a redelivery; `account` is the payee's account that it is
    about, where it is about an account.
    """

    kind: str
    invoice_id: str
    payout_id: str
    event_id: str
    delivery_id: str = ""
    account: str = ""
