"""Every link leads somewhere, every file that is named is there, and no page names a foreign place."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import PAGES, ROOT, Page

INDEX = Page(ROOT / "docs" / "README.md")
HOSTS = {
    "127.0.0.1",
    "api-m.sandbox.paypal.com",
    "codeberg.org",
    "developer.paypal.com",
    "docs.gitea.com",
    "docs.github.com",
    "docs.gitlab.com",
    "docs.stripe.com",
    "github.com",
    "gitlab.com",
    "host",  # of a URL's form
    "localhost",
    "www.standardwebhooks.com",
}
"""Whom a page may send people to, besides names that end in .example."""
PLACES = {
    "accept",
    "backups",
    "data",
    "etc",
    "gateways",
    "healthz",
    "hooks",
    "invoices",
    "metrics",
    "readyz",
} | {
    "closeout",  # a comment's command
    "run",
    "sandbox",
    "setup",
    "tmp",
}
"""What a path in code may begin with: addresses of a server, and folders that every machine has."""


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file_and_a_heading_that_exist(page: Page) -> None:
    broken = []
    for link in page.links:
        if urlsplit(link).scheme:
            continue
        path, _, anchor = link.partition("#")
        target = (page.path.parent / path.replace("%20", " ")).resolve() if path else page.path
        is_there = target.exists() and target.is_relative_to(ROOT)
        if not is_there or (anchor and anchor not in Page(target).anchors):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_file_that_stands_in_code_is_there(page: Page) -> None:
    named = [
        name for span in page.spans for name in re.findall(r"^(?:app|tests|docs|config)/[\w./-]*\w", span)
    ]
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_names_no_foreign_host_and_no_folder_of_somebody(page: Page) -> None:
    hosts = {host.lower() for host in re.findall(r"https?://(?:[^\s/@`]*@)?([\w.-]*\w)", page.text)}
    assert {one for one in hosts if not one.endswith(".example") and one not in HOSTS} == set()
    paths = re.findall(r"(?<![\w.:/<>…}])/([a-z]+)(?=[/\s`\"'.])", "\n".join([*page.spans, *_code(page)]))
    assert {one for one in paths if one not in PLACES} == set()


def _code(page: Page) -> list[str]:
    return [block.text for block in page.blocks if block.info[:1] in ((), ("sh",))]


def test_the_index_leads_to_every_page() -> None:
    linked = {(INDEX.path.parent / link.partition("#")[0]).resolve() for link in INDEX.links}
    pages = {page.path for page in PAGES if "decisions" not in page.path.parts}
    assert pages - linked == {ROOT / "README.md", INDEX.path}


def test_a_readme_is_short_enough_to_be_read() -> None:
    assert len(PAGES[0].text.splitlines()) <= 170


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("A second, new secret", "a-second-new-secret"),
        ("`closeout serve`", "closeout-serve"),
        ("close_reasons", "close_reasons"),
        ("After a loss", "after-a-loss"),
    ],
)
def test_headings_become_anchors_as_at_github(heading: str, anchor: str) -> None:
    page = Page(ROOT / "none.md")
    page.__dict__["text"] = f"# One\n\n## {heading}\n"
    assert anchor in page.anchors
