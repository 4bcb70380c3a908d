"""Which webhooks are ours, on both databases."""

from __future__ import annotations

from dataclasses import replace

from app.connections.hookbook import HookBook, OurHook
from app.db import Database

ONE = OurHook(
    "gitlab", "gitlab", "7401", "acme/storefront", "12", "https://c.example/hooks/gitlab", "2026-11-20"
)


def test_a_repository_has_one_webhook_in_each_connection(db: Database) -> None:
    book = HookBook(db)
    book.write(ONE)
    book.write(replace(ONE, repository_id="7402", full_name="acme/backend"))
    book.write(replace(ONE, connection="lab"))
    book.write(replace(ONE, hook_id="13", secret_at="2026-11-21"))
    assert [(one.full_name, one.hook_id) for one in book.of("gitlab")] == [
        ("acme/backend", "12"),
        ("acme/storefront", "13"),
    ]
    book.forget(ONE)
    assert [one.full_name for one in book.of("gitlab")] == ["acme/backend"]
    assert len(book.of("lab")) == 1
