"""A real browser for tests: the system's Chromium, headless, driven by Playwright.

https://playwright.dev/python/docs/api/class-page
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def browsing(*, width: int = 1100, height: int = 1000) -> Iterator[tuple[Page, list[str]]]:
    """A page of a browser that knows nobody yet, and what the browser found wrong with what it was shown.

    That an answer is no success is nothing wrong with it.
    """
    complaints: list[str] = []

    def hear(text: str) -> None:
        if not text.startswith("Failed to load resource"):
            complaints.append(text)

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.on("console", lambda message: hear(message.text))
            page.on("pageerror", lambda error: hear(str(error)))
            yield page, complaints
        finally:
            browser.close()


def text_of(page: Page) -> str:
    """What is to be read on the page."""
    return page.locator("body").inner_text()
