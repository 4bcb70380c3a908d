"""The status page in a real browser (Chromium, headless), as an owner opens it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.chromium import CHROMIUM, browsing, text_of
from tests.e2e.stack import stack

TOKEN = "a-token-for-the-status-page"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine; CI installs one"
)


def test_the_page_shows_what_was_billed_and_the_browser_has_no_complaint(tmp_path: Path) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as one:
        one.serve(CLOSEOUT_STATUS_TOKEN=TOKEN)
        one.close(one.open_issue("milestone:ui-prototype", "<img src=x onerror=alert(1)>"))
        release = one.until_state(2, "disbursed")
        with browsing() as (page, complaints):
            page.goto(f"{one.url}/?token={TOKEN}")
            assert complaints == []
            assert "Midway UI Prototype Sign-off" in text_of(page)
            assert "7,500.00 usd" in text_of(page)
            assert page.locator(f'a[href="{release["invoice"]["url"]}"]').count() == 1
            page.goto(one.url)
            assert "7,500.00 usd" in text_of(page)  # the cookie signed the owner in


def test_without_the_token_the_page_shows_no_money(tmp_path: Path) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as one:
        one.serve(CLOSEOUT_STATUS_TOKEN=TOKEN)
        one.close(one.open_issue("milestone:ui-prototype"))
        one.until_state(2, "disbursed")
        with browsing() as (page, _):
            for path in ("/", "/?token=wrong"):
                page.goto(f"{one.url}{path}")
                assert "usd" not in page.content()
                assert "con_7732_alpha" not in page.content()
