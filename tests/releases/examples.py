"""A contract and issues to decide about, as values."""

from __future__ import annotations

from fractions import Fraction

from app.events import CloseReason, HistoryEntry, Issue, IssueKind, Label, Person, Repository, Role
from app.milestones.contract import Contract, Milestone, Party, Payee, RepositoryKey
from app.milestones.rules import DEFAULT, NamedPerson, Rules
from app.releases.decision.seen import Found, Seen

REPOSITORY = Repository("7732", "acme/storefront")
LABEL = "milestone:ui-prototype"
LABELLED_AT = "2026-05-20T08:00:00Z"
DEVELOPER = Person("101", "dana")


def contract(*, auto_clear: bool = True, payees: tuple[Payee, ...] = (), rules: Rules = DEFAULT) -> Contract:
    """The four phases of the worked example, over 30,000.00 usd."""
    shares = (30, 25, 25, 20)
    labels = ("milestone:kickoff", "milestone:ui-prototype", "milestone:uat", "milestone:launch")
    return Contract(
        id="con_7732_alpha",
        title="Alpha storefront",
        seller=Party("Northwind Studio", "billing@northwind.example"),
        client=Party("Acme Corp", "ap@acme.example"),
        currency="usd",
        total_minor=3_000_000,
        net_days=15,
        gateway="platform",
        repositories=(RepositoryKey("github", "acme/storefront"),),
        auto_clear=auto_clear,
        payees=payees or (Payee("acc_dev_team_44", Fraction(1)),),
        milestones=tuple(
            Milestone(i, label, f"Phase {i}", Fraction(share, 100), 30_000 * share, rules=rules)
            for i, (label, share) in enumerate(zip(labels, shares, strict=True), start=1)
        ),
    )


def seen(
    number: int = 12,
    *,
    is_open: bool = False,
    reason: CloseReason | None = "completed",
    by: Person | None = DEVELOPER,
    role: Role | None = "write",
    kind: IssueKind = "issue",
    others: tuple[str, ...] = (),
    labeler_role: Role | None = "write",
) -> Seen:
    """One issue of milestone 2, closed as completed by a developer unless said otherwise."""
    return Seen(
        "github",
        Issue(
            repository=REPOSITORY,
            number=number,
            id=str(9000 + number),
            url=f"https://forge.example/acme/storefront/issues/{number}",
            title=f"Issue {number}",
            is_open=is_open,
            kind=kind,
            labels=(Label("1", LABEL), *(Label("", name) for name in others)),
            close_reason=None if is_open else reason,
            closed_at=None if is_open else "2026-05-28T09:10:20Z",
            closed_by=None if is_open else by,
        ),
        was_asked=not is_open and role is not None,
        closer_role=None if is_open else role,
        labeling=None if is_open else HistoryEntry("labeled", DEVELOPER, LABELLED_AT, LABEL, "1"),
        labeler_role=None if is_open else labeler_role,
        other_labels=others,
    )


def found(*seen: Seen, ids: dict[NamedPerson, str] | None = None) -> Found:
    """What was read for milestone 2."""
    return Found(seen, ids or {})
