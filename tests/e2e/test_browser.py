"""The status page in a real browser (Chromium, headless), as an owner opens it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.stack import stack

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TOKEN = "a-token-for-the-status-page"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium on this machine; CI installs one"
)


def browse(url: str, profile: Path) -> tuple[str, str]:
    """The page's DOM after everything has loaded, and what the browser complained about."""
    done = subprocess.run(
        [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--enable-logging=stderr",
            f"--user-data-dir={profile}",
            "--dump-dom",
            url,
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    complaints = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, "\n".join(complaints)


def test_the_page_shows_what_was_billed_and_the_browser_has_no_complaint(tmp_path: Path) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as one:
        one.serve(CLOSEOUT_STATUS_TOKEN=TOKEN)
        one.close(one.open_issue("milestone:ui-prototype", "<img src=x onerror=alert(1)>"))
        release = one.until_state(2, "disbursed")
        page, complaints = browse(f"{one.url}/?token={TOKEN}", tmp_path / "profile")
        assert complaints == ""
        assert "Midway UI Prototype Sign-off" in page
        assert "7,500.00 usd" in page
        assert f'href="{release["invoice"]["url"]}"' in page
        again, _ = browse(f"{one.url}/", tmp_path / "profile")
        assert "7,500.00 usd" in again  # the cookie signed the owner in


def test_without_the_token_the_page_shows_no_money(tmp_path: Path) -> None:
    with stack(tmp_path, f"sqlite:///{tmp_path / 'closeout.db'}") as one:
        one.serve(CLOSEOUT_STATUS_TOKEN=TOKEN)
        one.close(one.open_issue("milestone:ui-prototype"))
        one.until_state(2, "disbursed")
        for path in ("/", "/?token=wrong"):
            page, _ = browse(f"{one.url}{path}", tmp_path / "stranger")
            assert "usd" not in page
            assert "con_7732_alpha" not in page
