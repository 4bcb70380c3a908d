"""A link under Closeout's name. `escape` promises that people's text can not link, but a bare "www." is a
link in GitHub's Markdown (https://github.github.com/gfm/#autolinks-extension-), and "evil/repo#1" becomes
one again by `_with_references`, which also leaves a mention in that other repository.
"""

from __future__ import annotations

import pytest

from app.notices.text import Story, comment


@pytest.mark.parametrize("written", ["www.evil.example/pay", "evil/repo#1"])
def test_what_people_write_makes_no_link(written: str) -> None:
    story = Story("t", "m", 1, "held", "why", 100, "usd", notes=(f"held by dana: see {written}",))
    assert written not in comment("<!-- x -->", [story])
