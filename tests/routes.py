"""Compiling a route once, however many times a pretend forge with the same hundred routes is begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.routing import Rule


def compiled_once(patch: pytest.MonkeyPatch) -> None:
    """Keep what the library compiles of a route, to write addresses, by all that it depends on."""
    compile_builder, known = Rule._compile_builder, dict[object, Callable[..., Any]]()

    def kept(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in known:
            known[key] = compile_builder(rule, append_unknown)
        return known[key]

    patch.setattr(Rule, "_compile_builder", kept)
