"""What every forge promises about webhooks: whose are taken, and what they mean."""

from __future__ import annotations

import pytest

from app.errors import PayloadError, SignatureError
from app.events import ForgeEvent, Ignored
from app.forges.base import ForgeParser
from tests.forges.driver import ForgeDriver, Sent
from tests.forges.suite import LABEL, ForgeSuite

MALFORMED = {
    "nothing": b"",
    "half an object": b'{"action":',
    "a list": b"[]",
    "null": b"null",
    "an empty object": b"{}",
    "not UTF-8": b'{"action":"\xff"}',
    "a name twice": b'{"action":"closed","action":"opened"}',
    "NaN": b'{"action":NaN}',
    "an endless number": b'{"action":' + b"9" * 5000 + b"}",
    "half a surrogate pair": b'{"action":"\\ud800"}',
    "a deep nest": b'{"action":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
}


def lower(sent: Sent) -> dict[str, str]:
    """The headers as a parser gets them."""
    return {name.lower(): value for name, value in sent.headers.items()}


def parsed(driver: ForgeDriver, parser: ForgeParser) -> list[ForgeEvent]:
    """What all webhooks so far mean, each verified first; those that concern no issue left out."""
    events = []
    for sent in driver.sent():
        parser.verify(lower(sent), sent.body, (driver.secret.encode(),))
        event = parser.parse(lower(sent), sent.body)
        if isinstance(event, Ignored):
            assert event.reason
        elif isinstance(event, ForgeEvent):
            events.append(event)
    return events


class WebhookPromises(ForgeSuite):
    """Each test is one promise."""

    @pytest.fixture
    def closing(self, driver: ForgeDriver) -> Sent:
        """The webhook that an issue's closing emitted."""
        dana = driver.add_person("dana", "write")
        driver.close(driver.open_issue("Login", [LABEL], dana), dana)
        return driver.sent()[-1]

    # Who sent it

    def test_a_delivery_with_the_right_secret_is_taken(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent
    ) -> None:
        right, other = driver.secret.encode(), b"another secret"
        for secrets in [(right,), (right, other), (other, right)]:
            parser.verify(lower(closing), closing.body, secrets)

    @pytest.mark.parametrize(
        "secrets", [(), (b"",), (b"wrong",), (b"", b"wrong"), (b"whsec_",), (b"whsec_?",)]
    )
    def test_a_delivery_without_the_right_secret_is_refused(
        self, parser: ForgeParser, closing: Sent, secrets: tuple[bytes, ...]
    ) -> None:
        with pytest.raises(SignatureError) as caught:
            parser.verify(lower(closing), closing.body, secrets)
        assert caught.value.where.lower() == self.proof_header
        assert caught.value.mend

    def test_one_changed_byte_is_noticed(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent
    ) -> None:
        if not self.signs_the_body:
            parser.verify(lower(closing), closing.body + b" ", (driver.secret.encode(),))
            return
        for body in (closing.body + b" ", closing.body[:-1], closing.body.replace(b"closed", b"Closed", 1)):
            assert body != closing.body
            with pytest.raises(SignatureError):
                parser.verify(lower(closing), body, (driver.secret.encode(),))

    def test_a_delivery_with_a_damaged_proof_is_refused(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent
    ) -> None:
        headers = lower(closing)
        proof = headers[self.proof_header]
        damaged = [
            "",
            " ",
            proof[:-1],
            proof[1:],
            proof[:8],
            f"{proof}0",
            f"{proof},{proof}",
            f"{proof}, {proof}",
            f"sha1={proof}",
            proof.upper(),
            proof[:-1] + "é",
            proof[:-1] + "\udcff",
            proof[:-1] + "\N{ARABIC-INDIC DIGIT ONE}",
            f"{proof}\n",
            "x" * 100_000,
        ]
        for value in damaged:
            with pytest.raises(SignatureError) as caught:
                parser.verify({**headers, self.proof_header: value}, closing.body, (driver.secret.encode(),))
            assert driver.secret not in str(caught.value)
            assert proof not in str(caught.value)

    def test_a_delivery_without_proof_is_refused(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent
    ) -> None:
        headers = lower(closing)
        del headers[self.proof_header]
        with pytest.raises(SignatureError):
            parser.verify(headers, closing.body, (driver.secret.encode(),))

    def test_each_delivery_has_its_own_lasting_id(
        self, driver: ForgeDriver, parser: ForgeParser, closing: Sent
    ) -> None:
        ids = [parser.delivery_id(lower(sent)) for sent in driver.sent()]
        assert all(ids)
        assert len(set(ids)) == len(ids)
        assert parser.delivery_id(lower(closing)) == ids[-1]

    def test_a_delivery_without_an_id_is_refused(self, parser: ForgeParser, closing: Sent) -> None:
        headers = lower(closing)
        for name in self.delivery_headers:
            headers.pop(name, None)
        with pytest.raises(PayloadError) as caught:
            parser.delivery_id(headers)
        assert caught.value.where
        assert caught.value.mend

    # What it means

    def test_an_opened_issue_is_told(self, driver: ForgeDriver, parser: ForgeParser) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        opened = [event for event in parsed(driver, parser) if event.kind == "issue.opened"]
        assert [(event.issue_number, event.repository) for event in opened] == [(number, driver.repository)]
        assert [label.name for label in opened[0].labels] == [LABEL]

    def test_a_closing_is_told_with_its_labels_and_who_did_it(
        self, driver: ForgeDriver, parser: ForgeParser
    ) -> None:
        dana, lena = driver.add_person("dana", "write"), driver.add_person("lena", "admin")
        number = driver.open_issue("Login", [LABEL, "bug"], dana)
        driver.close(number, lena)
        event = parsed(driver, parser)[-1]
        assert (event.kind, event.issue_number, event.issue_kind) == ("issue.closed", number, "issue")
        assert event.repository == driver.repository
        assert event.issue_id.isdecimal()
        assert sorted(label.name for label in event.labels) == ["bug", LABEL]
        assert all(label.id.isdecimal() for label in event.labels)
        assert event.sender is not None
        assert (event.sender.id, event.sender.login) == (lena.id, "lena")

    def test_a_reopening_is_told(self, driver: ForgeDriver, parser: ForgeParser) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [LABEL], dana)
        driver.close(number, dana)
        driver.reopen(number, dana)
        event = parsed(driver, parser)[-1]
        assert (event.kind, event.issue_number) == ("issue.reopened", number)

    def test_labels_that_come_and_go_are_told(self, driver: ForgeDriver, parser: ForgeParser) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Login", [], dana)
        driver.label(number, LABEL, dana)
        added = parsed(driver, parser)[-1]
        driver.unlabel(number, LABEL, dana)
        removed = parsed(driver, parser)[-1]
        assert [label.name for label in added.labels] == [LABEL]
        assert removed.labels == ()
        assert (added.issue_number, removed.issue_number) == (number, number)
        if self.names_the_label:
            assert (added.kind, removed.kind) == ("issue.labeled", "issue.unlabeled")
            assert added.label is not None
            assert removed.label is not None
            assert (added.label.name, removed.label.name) == (LABEL, LABEL)
        else:
            assert (added.kind, removed.kind) == ("issue.labels_changed", "issue.labels_changed")

    def test_a_new_comment_is_told_with_its_text(self, driver: ForgeDriver, parser: ForgeParser) -> None:
        carl = driver.add_person("carl", "read")
        number = driver.open_issue("Login", [LABEL], carl)
        driver.comment(number, carl, "Looks fine — 👍 \u2028 </script>")
        event = parsed(driver, parser)[-1]
        assert (event.kind, event.issue_number) == ("comment.created", number)
        assert event.comment == "Looks fine — 👍 \u2028 </script>"
        assert event.sender is not None
        assert event.sender.id == carl.id

    def test_a_pull_request_is_never_told_as_an_issue(self, driver: ForgeDriver, parser: ForgeParser) -> None:
        dana = driver.add_person("dana", "write")
        number = driver.open_issue("Change", [LABEL], dana, kind="pull_request")
        driver.close(number, dana)
        assert [event for event in parsed(driver, parser) if event.issue_kind == "issue"] == []

    @pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
    def test_a_body_that_is_not_plain_json_is_refused(
        self, parser: ForgeParser, closing: Sent, body: bytes
    ) -> None:
        with pytest.raises(PayloadError) as caught:
            parser.parse(lower(closing), body)
        assert caught.value.where
