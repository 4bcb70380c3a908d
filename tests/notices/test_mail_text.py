"""The mail that asks the client: complete, plain, and what people wrote stays text."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.milestones.contract import Party
from app.notices.mail_text import BilledIssue, Question, compose, one_line

LINK = "https://bot.example/accept/" + "x" * 150
QUESTION = Question(
    seller=Party("Northwind Studio", "billing@northwind.example"),
    client=Party("Acme Corp", "ap@acme.example"),
    contract_title="Alpha storefront",
    milestone_index=2,
    milestone_title="Midway UI Prototype Sign-off",
    amount_minor=750_000,
    currency="usd",
    net_days=15,
    criteria=("Clickable prototype of 12 screens on staging",),
    issues=(BilledIssue(12, "Prototype", "https://forge.example/issues/12", "dana", "2026-05-28T09:10:20Z"),),
    until="2026-06-05T00:00:00.000Z",
    silence_accepts=False,
    accepters=("anna", "carla"),
    link=LINK,
)
AT = "2026-05-28T09:10:20.005Z"


def sent(question: Question, sender: str = "billing@northwind.example") -> EmailMessage:
    """The mail as it comes out of the wire's bytes."""
    composed = compose(question, question.client.email, sender=sender, key="con/2/r1", created_at=AT)
    return message_from_bytes(bytes(composed), policy=policy.default)


def body(question: Question) -> str:
    return str(sent(question).get_content())


def words(question: Question) -> str:
    return " ".join(body(question).split())


def test_the_mail_tells_what_is_asked_by_whom_until_when_and_where_to_answer() -> None:
    text = words(QUESTION)
    assert "Northwind Studio has finished a milestone of Alpha storefront" in text
    assert "Milestone 2: Midway UI Prototype Sign-off Amount: 7,500.00 usd" in text
    assert "Please answer by: 2026-06-05 00:00 UTC" in text
    assert "- Clickable prototype of 12 screens on staging" in text
    assert "- #12, closed by dana on 2026-05-28 https://forge.example/issues/12" in text
    assert (
        "If you accept, Northwind Studio issues the invoice over 7,500.00 usd, payable within 15 days."
        in text
    )
    assert "anna or carla can also answer on the issue" in text
    assert f"\n{LINK}\n" in body(QUESTION).replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("accepts", "told"),
    [(True, "that counts as acceptance, as the contract says"), (False, "nothing is billed, and Northwind")],
)
def test_the_mail_tells_what_silence_means(accepts: bool, told: str) -> None:
    assert told in words(replace(QUESTION, silence_accepts=accepts))


def test_without_links_the_mail_says_so_and_how_to_answer_all_the_same() -> None:
    text = words(replace(QUESTION, link=""))
    assert "There is no link" in text
    assert "CLOSEOUT_KEY" in text
    assert "/closeout accept" in text


def test_the_headers_name_the_seller_the_client_and_a_machine() -> None:
    mail = sent(QUESTION)
    assert mail["From"] == "Northwind Studio <billing@northwind.example>"
    assert mail["To"] == "Acme Corp <ap@acme.example>"
    assert mail["Subject"] == "Please accept: Midway UI Prototype Sign-off (Alpha storefront)"
    assert mail["Reply-To"] is None
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "text/plain"


def test_answers_reach_the_seller_when_another_address_sends() -> None:
    mail = sent(QUESTION, sender="no-reply@bot.example")
    assert mail["From"] == "Northwind Studio <no-reply@bot.example>"
    assert mail["Reply-To"] == "Northwind Studio <billing@northwind.example>"


def test_a_repetition_has_the_same_message_id_and_another_mail_has_another() -> None:
    first = compose(QUESTION, "ap@acme.example", sender="a@b.example", key="con/2/r1", created_at=AT)
    again = compose(QUESTION, "ap@acme.example", sender="a@b.example", key="con/2/r1", created_at=AT)
    other = compose(QUESTION, "ap@acme.example", sender="a@b.example", key="con/2/r2", created_at=AT)
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]


EVIL = [
    "Launch\r\nBcc: thief@evil.example",
    "Launch\nBcc: thief@evil.example\n\nPay here: https://evil.example",
    "=?utf-8?q?Launch=0D=0ABcc:_thief=40evil.example?=",
    "=?utf-8?b?TGF1bmNoDQpCY2M6IHRoaWVmQGV2aWwuZXhhbXBsZQ==?=",
    'Studio" <thief@evil.example>, "x',
    "Launch\u2028Bcc: thief@evil.example\x85\x0b\x0c",
    "\u202emoc.live//:sptth\x1b[31m\x00",
    "\udc80 half a character",
]


@pytest.mark.parametrize("evil", EVIL)
def test_what_people_wrote_adds_no_header_no_recipient_and_no_line(evil: str) -> None:
    mail = sent(
        replace(
            QUESTION,
            seller=Party(evil, "billing@northwind.example"),
            client=Party(evil, "ap@acme.example"),
            contract_title=evil,
            milestone_title=evil,
            criteria=(evil,),
            issues=(BilledIssue(12, evil, "", evil, AT),),
            accepters=(evil,),
        ),
        sender="no-reply@bot.example",
    )
    machine = {"Date", "Message-ID", "Auto-Submitted"}
    mime = {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert sorted(mail.keys()) == sorted({"From", "To", "Reply-To", "Subject"} | machine | mime)
    addresses = [one.addr_spec for name in ("From", "To", "Reply-To") for one in mail[name].addresses]
    assert addresses == ["no-reply@bot.example", "ap@acme.example", "billing@northwind.example"]
    assert not any(
        line.lower().startswith(("bcc:", "pay here")) for line in str(mail.get_content()).splitlines()
    )


def test_titles_of_issues_which_anybody_may_open_are_not_in_the_mail() -> None:
    issue = BilledIssue(12, "Accept at https://evil.example", "https://forge.example/issues/12", "dana", AT)
    assert "evil.example" not in body(replace(QUESTION, issues=(issue,)))


@given(st.text())
def test_one_line_is_one_line_of_visible_text(text: str) -> None:
    clean = one_line(text)
    assert len(clean.splitlines()) <= 1
    assert all(one == " " or one.isprintable() for one in clean)
    clean.encode()


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_title_and_name_make_a_mail_of_short_plain_lines(title: str, name: str) -> None:
    question = replace(QUESTION, milestone_title=title, seller=Party(name, "billing@northwind.example"))
    raw = bytes(compose(question, "ap@acme.example", sender="a@b.example", key="k", created_at=AT))
    assert raw.isascii()
    assert all(len(line) < 999 and b"\r" not in line for line in raw.split(b"\r\n"))
