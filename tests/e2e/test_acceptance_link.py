"""The client's word by mail, in a real browser: the mail, the page, the button, the invoice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.chromium import CHROMIUM, browsing, text_of
from tests.e2e.stack import Stack, stack
from tests.notices.post_office import PostOffice, Taken

PROTOTYPE = "milestone:ui-prototype"
KEY = "canary-key-88e1-that-signs-the-links-of-clients"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine; CI installs one"
)


def ask_carla(file: dict[str, Any]) -> None:
    file["contracts"][0]["rules"] = {
        "acceptance": {"by": ["carla"], "within": "5 business days", "on_silence": "hold"}
    }


@contextmanager
def asked(folder: Path, database_url: str) -> Iterator[tuple[Stack, PostOffice, Taken]]:
    """A milestone whose issue was closed, and the mail that asks the client to accept it."""
    with PostOffice() as office, stack(folder, database_url, edit=ask_carla) as one:
        one.world.forge.add_user("carla", "sandbox-token-carla")
        one.environment |= {
            "CLOSEOUT_KEY": KEY,
            "CLOSEOUT_PUBLIC_URL": one.url,
            "CLOSEOUT_SMTP_URL": office.url,
            "CLOSEOUT_MAIL_FROM": "closeout@bot.example",
        }
        one.serve()
        one.close(one.open_issue(PROTOTYPE, "Prototype <b>of 12 screens</b>"))
        one.until_state(2, "awaiting_acceptance")
        mail = one.until("the mail", lambda: office.taken[0] if office.taken else None)
        yield one, office, mail
        assert office.violations == []


def link_in(mail: Taken) -> str:
    (link,) = re.findall(r"^http\S+/accept/\S+$", mail.text, re.MULTILINE)
    return str(link)


def test_the_client_accepts_by_the_link_in_the_mail_and_is_billed_once(
    tmp_path: Path, database_url: str
) -> None:
    with asked(tmp_path, database_url) as (one, office, mail):
        link = link_in(mail)
        assert (mail.sender, mail.recipients) == ("closeout@bot.example", ("ap@acme.example",))
        assert mail.message["Reply-To"] == "Northwind Studio <billing@northwind.example>"
        for _ in range(3):  # link scanners
            assert requests.get(link, timeout=20).status_code == 200
            assert requests.post(link, data={"action": "accept"}, timeout=20).status_code == 403
        one.until_told()
        assert one.journal("invoice_opened") == []
        assert all("/accept/" not in comment for comment in one.own_comments(one.owner.get_issue(1)))
        assert one.cli("releases", "link", "con_7732_alpha", "2").stdout.strip() == link
        with browsing() as (page, complaints):
            page.goto(link)
            assert "Do you accept this milestone?" in text_of(page)
            assert "7,500.00 usd" in text_of(page)
            assert "Prototype <b>of 12 screens</b>" in text_of(page)
            page.click("button[value=accept]")
            assert "Thank you, it is accepted" in text_of(page)
            one.until_state(2, "disbursed")
            page.goto(link)
            assert "This link was used" in text_of(page)
            assert "Paid and disbursed" in text_of(page)
            assert complaints == []
        assert len(one.journal("invoice_opened")) == 1
        one.assert_paid_once(2)
        assert len(office.taken) == 1
        refused = one.cli("releases", "link", "con_7732_alpha", "2")
        assert refused.returncode == 1
        assert "its link was used" in refused.stderr
        log = (one.folder / "server.log").read_text(encoding="utf-8")
        assert "a link was answered" in log
        assert link.rpartition("/")[2] not in log
        assert KEY not in log


def test_the_client_disputes_by_the_link_and_nothing_is_billed(tmp_path: Path) -> None:
    with asked(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as (one, _office, mail):
        with browsing() as (page, complaints):
            page.goto(link_in(mail))
            page.fill("#reason", "Screen 7 is missing")
            page.click("button[value=dispute]")
            assert "nothing is billed for now" in text_of(page)
            assert complaints == []
        held = one.until_state(2, "disputed")
        assert held["reason"] == "disputed by Acme Corp (link): Screen 7 is missing"
        one.until_told()
        (comment,) = one.own_comments(one.owner.get_issue(1))
        assert "Screen 7 is missing" in comment
        assert one.journal("invoice_opened") == []
        assert one.cli("releases", "resume", "con_7732_alpha", "2").returncode == 0
        one.until_state(2, "awaiting_acceptance")
        assert one.cli("releases", "accept", "con_7732_alpha", "2").returncode == 0
        one.until_state(2, "disbursed")
        one.assert_paid_once(2)
