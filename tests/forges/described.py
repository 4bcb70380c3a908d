"""Holding what passes between us and the pretend GitHub, webhooks too, against GitHub's own description.

The description is the npm package @octokit/openapi, which `make openapi` fetches; without it nothing is
compared here, and `test_github_description.py` says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from openapi_core import Config, OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from app.sandbox.forge import SandboxForge
from app.sandbox.forge.prefix import ENTERPRISE
from app.sandbox.forge.recording import Exchange
from tests.forges import described_otherwise as otherwise

FOLDER = Path(__file__).parents[2] / "var" / "github-openapi"
SERVER = "https://api.github.com"
UNCHECKED: Any = None
"""Whether it is sound itself is for those who publish it."""


class Description:
    """GitHub's description, cut to one operation at a time: the whole would take minutes to resolve."""

    def __init__(self, whole: dict[str, Any]) -> None:
        self._whole = whole
        self._cuts: dict[tuple[str, str], _Operation | None] = {}

    def problems(self, exchange: Exchange) -> list[str]:
        """What is wrong with a request or its answer, each as one line; nothing for what fits."""
        parts = urlsplit(exchange.target)
        where = f"{exchange.method} {parts.path}"
        template, path = self._fitted(parts.path)
        operation = self._cut(template, exchange.method.lower())
        if operation is None:
            return [f"{where}: GitHub has nothing there"]
        return [
            f"{where} {exchange.status}: {one}" for one in operation.problems(path, parts.query, exchange)
        ]

    def webhook_problems(self, event: str, body: bytes) -> list[str]:
        """The same of a webhook's payload."""
        name = "-".join((event, json.loads(body).get("action", ""))).rstrip("-").replace("_", "-")
        described = self._whole["x-webhooks"].get(name)
        if described is None:
            return [f"webhook {name}: GitHub sends nothing like it"]
        if ("", name) not in self._cuts:
            self._cuts["", name] = _Operation(self._whole, "/", "post", described["post"])
        operation = self._cuts["", name]
        assert operation is not None
        sent = MockRequest(SERVER, "post", "/", data=body)
        return [f"webhook {name}: {one}" for one in operation.request_problems(sent)]

    def names(self, exchange: Exchange) -> str:
        """What GitHub calls the operation that was asked for, "" for none."""
        template, _ = self._fitted(urlsplit(exchange.target).path)
        described = self._whole["paths"].get(template, {}).get(exchange.method.lower(), {})
        return str(described.get("operationId", ""))

    def _fitted(self, asked: str) -> tuple[str, str]:
        """The template that fits, "" for none, and the path with the slashes inside of variables escaped."""
        path = otherwise.BY_ID.sub("/repos/by/id", asked.removeprefix(ENTERPRISE))
        for template, pattern in self._templates:
            if match := pattern.fullmatch(path):
                values = {name: value.replace("/", "%2F") for name, value in match.groupdict().items()}
                return template, template.format(**values)
        return "", path

    @cached_property
    def _templates(self) -> list[tuple[str, re.Pattern[str]]]:
        """All paths, those with the fewest variables first."""
        paths = sorted(self._whole["paths"], key=lambda path: (path.count("{"), path))
        return [(path, _pattern(path)) for path in paths]

    def _cut(self, template: str, method: str) -> _Operation | None:
        if (template, method) not in self._cuts:
            described = self._whole["paths"].get(template, {}).get(method)
            made = _Operation(self._whole, template, method, described) if described else None
            self._cuts[template, method] = made
        return self._cuts[template, method]


class _Operation:
    """One method at one path."""

    def __init__(self, whole: dict[str, Any], template: str, method: str, described: dict[str, Any]) -> None:
        own = json.loads(json.dumps(described))
        error = {"application/json": {"schema": {"$ref": "#/components/schemas/basic-error"}}}
        for status in otherwise.REFUSALS:
            own["responses"].setdefault(str(status), {"description": "", "content": error})
        for content in own.get("requestBody", {}).get("content", {}).values():
            otherwise.correct_body(content.get("schema", {}), described["operationId"])
        cut = otherwise.corrected({"paths": {template: {method: own}}, "components": _reachable(whole, own)})
        head = {"openapi": whole["openapi"], "info": whole["info"], "servers": [{"url": SERVER}]}
        self._openapi = OpenAPI.from_dict(head | cut, Config(spec_validator_cls=UNCHECKED))
        parameters = [_resolved(whole, one) for one in own.get("parameters", [])]
        self._query = {one["name"] for one in parameters if one["in"] == "query"}

    def problems(self, path: str, query: str, exchange: Exchange) -> Iterator[str]:
        arguments = dict(parse_qsl(query, keep_blank_values=True))
        yield from (f"the query has no {name!r}" for name in arguments if name not in self._query)
        request = MockRequest(
            SERVER,
            exchange.method.lower(),
            path,
            args=arguments,
            data=exchange.body or None,
            content_type=exchange.content_type.split(";")[0],
        )
        if exchange.status not in (400, 422):  # what was refused for its content was wrong on purpose
            yield from self.request_problems(request)
        if not exchange.is_spoilt:
            kind = exchange.headers.get("Content-Type", "")
            response = MockResponse(exchange.answer, exchange.status, exchange.headers, kind)
            yield from map(_told, self._openapi.iter_response_errors(request, response))

    def request_problems(self, request: MockRequest) -> Iterator[str]:
        return map(_told, self._openapi.iter_request_errors(request))


@contextmanager
def described(sandbox: SandboxForge) -> Iterator[None]:
    """All that passes inside the block fits GitHub's description; AssertionError says what does not."""
    description = load()
    exchanges = sandbox.recording.begin()
    yield
    if description is not None:
        problems = [line for one in exchanges for line in description.problems(one)]
        for sent in sandbox.webhooks.log:
            problems += description.webhook_problems(sent.event, sent.body)
        assert not problems, "\n".join(dict.fromkeys(problems))


@cache
def load() -> Description | None:
    """The description, None where it was not fetched."""
    path = next(FOLDER.glob("*.json"), None)
    return Description(json.loads(path.read_text(encoding="utf-8"))) if path else None


def _pattern(template: str) -> re.Pattern[str]:
    def variable(found: re.Match[str]) -> str:
        return f"(?P<{found[1]}>{'.+' if found[1] in otherwise.WITH_SLASHES else '[^/]+'})"

    return re.compile(re.sub(r"\\{(\w+)\\}", variable, re.escape(template)))


def _told(error: Exception) -> str:
    """An error of openapi-core with the places that it found wrong."""
    causes = getattr(error.__cause__, "schema_errors", ())
    lines = [f"{'.'.join(map(str, one.absolute_path)) or 'the whole'}: {one.message}" for one in causes]
    return "; ".join(line[:200] for line in lines or [f"{error} {error.__cause__ or ''}"])


def _reachable(whole: dict[str, Any], start: Any) -> dict[str, Any]:
    """The components that `start` leads to, directly or not."""
    found: dict[str, Any] = {}
    waiting = [*_references(start), "#/components/schemas/basic-error"]
    while waiting:
        _, _, kind, name = waiting.pop().split("/")
        if name not in found.setdefault(kind, {}):
            found[kind][name] = whole["components"][kind][name]
            waiting += _references(found[kind][name])
    return found


def _references(node: Any) -> Iterable[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _resolved(whole: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    found: dict[str, Any] = whole["components"][kind][name]
    return found
