"""What the pretend GitHub tells, driven with raw PyGithub: its webhooks and their log."""

from __future__ import annotations

import pytest
from github.Repository import Repository

from app.errors import SignatureError
from app.events import ForgeEvent, PullRequestChanged
from app.forges.github.parse import GitHubParser
from app.sandbox.forge import SandboxForge
from tests.forges.promises_webhooks import lower
from tests.sandbox.forge_people import STOREFRONT, Receiver, as_

SECRET = "a secret that both sides know"


def hooked(sandbox: SandboxForge, receiver: Receiver) -> Repository:
    """The repository as its owner, with a webhook for everything."""
    repository = as_(sandbox, "olga")
    config = {"url": receiver.url, "content_type": "json", "secret": SECRET}
    repository.create_hook("web", config, events=["*"])
    return repository


def meanings(sandbox: SandboxForge, receiver: Receiver) -> list[str]:
    """The kinds of what was delivered, each verified first."""
    sandbox.wait_until_sent()
    parser, told = GitHubParser(), []
    for sent in receiver.taken:
        parser.verify(lower(sent), sent.body, (SECRET.encode(),))
        event = parser.parse(lower(sent), sent.body)
        told.append(event.kind if isinstance(event, ForgeEvent) else event.event)
    return told


def test_a_labelled_issue_that_is_closed_is_told_step_by_step(
    sandbox: SandboxForge, receiver: Receiver
) -> None:
    repository = hooked(sandbox, receiver)
    issue = repository.create_issue("UAT script passes", "40 cases", labels=["milestone:uat"])
    issue.edit(state="closed", state_reason="completed")
    assert meanings(sandbox, receiver) == ["ping", "issue.opened", "issue.labeled", "issue.closed"]

    closing, parser = receiver.taken[-1], GitHubParser()
    with pytest.raises(SignatureError):
        parser.verify(lower(closing), closing.body, (b"another secret",))
    event = parser.parse(lower(closing), closing.body)
    assert isinstance(event, ForgeEvent)
    assert (event.repository.id, event.repository.full_name) == (str(repository.id), STOREFRONT)
    assert (event.issue_number, event.issue_id) == (issue.number, str(issue.id))
    assert [label.name for label in event.labels] == ["milestone:uat"]
    assert event.sender is not None
    assert event.sender.login == "olga"

    found = repository.get_issue(issue.number)
    assert (found.state, found.state_reason) == ("closed", "completed")
    assert found.closed_by is not None
    assert found.closed_by.login == "olga"
    told = [(one.event, one.actor.login) for one in found.get_events()]
    assert told == [("labeled", "olga"), ("closed", "olga")]


def test_everything_else_is_told_too(sandbox: SandboxForge, receiver: Receiver) -> None:
    repository = hooked(sandbox, receiver)
    label = repository.create_label("milestone:uat", "1f6feb")
    issue = as_(sandbox, "carl").create_issue("Login")
    issue.edit(title="Sign-in")
    repository.get_issue(issue.number).add_to_labels(label)
    repository.get_issue(issue.number).remove_from_labels(label)
    issue.edit(state="closed")
    issue.edit(state="open")
    comment = issue.create_comment("Looks good")
    comment.edit("Looks fine")
    comment.delete()
    label.edit("milestone:test", "1f6feb")
    label.delete()
    assert meanings(sandbox, receiver) == [
        "ping",
        "label",
        "issue.opened",
        "issue.edited",
        "issue.labeled",
        "issue.unlabeled",
        "issue.closed",
        "issue.reopened",
        "comment.created",
        "issue_comment",
        "issue_comment",
        "label",
        "label",
    ]


def test_closing_what_is_closed_is_no_news_and_keeps_its_reason(
    sandbox: SandboxForge, receiver: Receiver
) -> None:
    repository = hooked(sandbox, receiver)
    issue = repository.create_issue("Login")
    issue.edit(state="closed", state_reason="not_planned")
    as_(sandbox, "dana").get_issue(issue.number).edit(state="closed", state_reason="completed")
    assert meanings(sandbox, receiver) == ["ping", "issue.opened", "issue.closed"]
    found = repository.get_issue(issue.number)
    assert found.state_reason == "not_planned"
    assert found.closed_by is not None
    assert found.closed_by.login == "olga"


def test_only_what_a_hook_asked_for_is_sent_to_it(sandbox: SandboxForge, receiver: Receiver) -> None:
    config = {"url": receiver.url, "content_type": "json", "secret": SECRET}
    as_(sandbox, "olga").create_hook("web", config, events=["issue_comment"])
    as_(sandbox, "dana").create_issue("Login").create_comment("Here")
    assert meanings(sandbox, receiver) == ["ping", "comment.created"]


def test_a_failed_delivery_is_not_repeated_but_can_be_asked_for_again(
    sandbox: SandboxForge, receiver: Receiver
) -> None:
    repository = hooked(sandbox, receiver)
    sandbox.wait_until_sent()
    receiver.answers = [503]
    repository.create_issue("Login")
    sandbox.wait_until_sent()
    assert len(receiver.taken) == 2

    hook = repository.get_hooks()[0]
    failed = repository.get_hook_deliveries(hook.id)[0]
    assert (failed.event, failed.action, failed.status_code, failed.redelivery) == (
        "issues",
        "opened",
        503,
        False,
    )
    assert failed.status == "Invalid HTTP Response: 503"
    again = f"{hook.url}/deliveries/{failed.id}/attempts"
    repository.requester.requestJsonAndCheck("POST", again)
    sandbox.wait_until_sent()

    first, second = receiver.taken[1:]
    assert second == first
    log = list(repository.get_hook_deliveries(hook.id))
    assert [(one.guid == failed.guid, one.redelivery, one.status) for one in log] == [
        (True, True, "OK"),
        (True, False, "Invalid HTTP Response: 503"),
        (False, False, "OK"),
    ]
    whole = repository.get_hook_delivery(hook.id, log[0].id or 0)
    assert whole.request is not None
    assert {n.lower(): v for n, v in (whole.request.headers or {}).items()}.items() <= lower(first).items()
    assert whole.response is not None
    assert whole.response.payload == "seen"


def test_a_receiver_that_is_not_there_stands_in_the_log(sandbox: SandboxForge) -> None:
    repository = as_(sandbox, "olga")
    config = {"url": "http://127.0.0.1:9/", "content_type": "json"}
    hook = repository.create_hook("web", config, events=["*"])
    sandbox.wait_until_sent()
    ping = repository.get_hook_deliveries(hook.id)[0]
    assert (ping.event, ping.status, ping.status_code) == ("ping", "failed to connect to host", 0)


def test_a_hooks_secret_is_never_shown(sandbox: SandboxForge, receiver: Receiver) -> None:
    hook = hooked(sandbox, receiver).get_hooks()[0]
    sandbox.wait_until_sent()
    assert hook.config["secret"] == "********"
    assert SECRET.encode() not in receiver.taken[0].body


def test_pull_requests_share_the_numbers_and_are_no_issues(sandbox: SandboxForge, receiver: Receiver) -> None:
    repository = hooked(sandbox, receiver)
    assert repository.create_issue("First").number == 1
    assert sandbox.open_pull_request(STOREFRONT, "Second", "dana") == 2
    issue = repository.get_issue(2)
    assert issue.pull_request is not None
    issue.create_comment("On a change")
    sandbox.wait_until_sent()
    told = GitHubParser().parse(lower(receiver.taken[-1]), receiver.taken[-1].body)
    assert isinstance(told, ForgeEvent)
    assert told.issue_kind == "pull_request"
    issue.edit(state="closed")
    sandbox.wait_until_sent()
    closing = GitHubParser().parse(lower(receiver.taken[-1]), receiver.taken[-1].body)
    assert isinstance(closing, PullRequestChanged)
    assert (closing.action, closing.number) == ("closed", 2)
