"""Logs: one JSON object per line, no secret in any of them, no line written by somebody outside."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from app import logs

CANARY = "canary-4d81e0"
QUOTED = 'canary "with\\quotes" é'


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    logs.configure("info", stream=stream)
    logs.redact([CANARY, QUOTED])
    yield stream
    logs.configure("warning")


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_time_level_event_and_ids(stream: io.StringIO) -> None:
    structlog.get_logger().info("delivery accepted", delivery=17, release="con_1/2")
    (line,) = lines(stream)
    assert list(line) == ["timestamp", "level", "event", "delivery", "release"]
    assert line["timestamp"].endswith("Z")
    assert (line["level"], line["event"], line["delivery"]) == ("info", "delivery accepted", 17)


def test_ids_that_were_bound_before_are_on_every_line(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(release="con_1/2"):
        structlog.get_logger().info("ours")
        logging.getLogger("dbos").warning("theirs")
    assert [line["release"] for line in lines(stream)] == ["con_1/2", "con_1/2"]


@pytest.mark.parametrize(
    "name", ["dbos", "uvicorn.error", "alembic.runtime", "urllib3.connectionpool", "flask.app"]
)
def test_libraries_write_the_same_lines(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).warning("retrying %s", CANARY)
    (line,) = lines(stream)
    assert (line["event"], line["level"], line["logger"]) == ("retrying [redacted]", "warning", name)


def test_what_libraries_tell_about_themselves_is_left_out(stream: io.StringIO) -> None:
    logging.getLogger("urllib3.connectionpool").info("GET /?token=x")
    logging.getLogger("uvicorn.access").warning("GET /?token=x")
    logging.getLogger("alembic.runtime").info("Context impl")
    assert lines(stream) == []


def test_below_the_level_nothing_is_written(stream: io.StringIO) -> None:
    logs.configure("warning", stream=stream)
    structlog.get_logger().info("quiet")
    logging.getLogger("dbos").info("quiet")
    structlog.get_logger().warning("loud")
    assert [line["event"] for line in lines(stream)] == ["loud"]


def raise_it() -> None:
    raise ValueError(f"refused by http://user:{CANARY}@host")


def in_an_exception(log: Any) -> None:
    try:
        raise_it()
    except ValueError:
        log.exception("failed")


def in_a_library_exception(_log: Any) -> None:
    try:
        raise_it()
    except ValueError:
        logging.getLogger("dbos").exception("failed for %r", {"a": [CANARY]})


@pytest.mark.parametrize(
    "write",
    [
        lambda log: log.info(f"the token is {CANARY}"),
        lambda log: log.info("x", url=f"https://host/?token={CANARY}&x=1"),
        lambda log: log.info("x", nested={"list": [{"deep": (CANARY,)}]}),
        lambda log: log.info("x", error=ValueError(CANARY)),
        lambda log: log.info("x", raw=CANARY.encode()),
        lambda log: log.info("x", **{CANARY: 1}),
        lambda log: log.info("x", quoted=QUOTED),
        lambda log: log.info("x", document=json.dumps({"a": QUOTED})),
        lambda log: log.info("x", url="https://host/canary%20%22with%5Cquotes%22%20%C3%A9"),
        in_an_exception,
        in_a_library_exception,
    ],
)
def test_a_registered_secret_is_hidden_wherever_it_turns_up(
    stream: io.StringIO, write: Callable[[Any], None]
) -> None:
    write(structlog.get_logger())
    assert len(lines(stream)) == 1
    assert "[redacted]" in stream.getvalue()
    assert "canary" not in stream.getvalue()


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "Authorization",
        "x-gitlab-token",
        "X-Hub-Signature-256",
        "webhook_secret",
        "cookie",
        "api_key",
        "password",
    ],
)
def test_a_value_under_a_telling_key_is_hidden_even_if_it_was_never_registered(
    stream: io.StringIO, key: str
) -> None:
    structlog.get_logger().info("x", **{key: "unknown-value"}, headers={key: "unknown-value"})
    assert "unknown-value" not in stream.getvalue()
    assert lines(stream)[0]["headers"] == {key: "[redacted]"}


def test_short_values_are_not_taken_for_secrets(stream: io.StringIO) -> None:
    logs.redact(["usd", "", "12345"])
    structlog.get_logger().info("paid 12345 usd")
    assert lines(stream)[0]["event"] == "paid 12345 usd"


@pytest.mark.parametrize(
    "attack", ['a\n{"event": "forged"}', "a\r\nb", "a\u2028b\u2029c", "a\x1b[2Kb", "a\x00b"]
)
@pytest.mark.parametrize("json_lines", [True, False], ids=["json", "plain"])
def test_text_from_outside_stays_on_its_line(stream: io.StringIO, attack: str, json_lines: bool) -> None:
    logs.configure("info", json=json_lines, stream=stream)
    structlog.get_logger().info(attack, name=attack)
    logging.getLogger("dbos").warning("%s", attack)
    written = stream.getvalue()
    assert len(written.splitlines()) == 2
    assert "\x1b" not in written
    assert "\x00" not in written


def test_plain_lines_are_for_people(stream: io.StringIO) -> None:
    logs.configure("info", json=False, stream=stream)
    structlog.get_logger().info("listening", url="http://127.0.0.1:8080")
    in_an_exception(structlog.get_logger())
    first, second, *trace = stream.getvalue().splitlines()
    assert first.split(" ", 1)[1] == "info listening url=http://127.0.0.1:8080"
    assert second.endswith("error failed")
    assert trace[0] == "    Traceback (most recent call last):"
    assert CANARY not in stream.getvalue()


def test_what_can_not_be_written_as_json_does_not_stop_the_program(stream: io.StringIO) -> None:
    structlog.get_logger().info("x", odd=object(), keys={(1, 2): 3}, when={1: 2})
    assert lines(stream)[0]["when"] == {"1": 2}


def test_a_second_configuration_does_not_double_the_lines(stream: io.StringIO) -> None:
    logs.configure("info", stream=stream)
    logging.getLogger("dbos").warning("once")
    assert len(lines(stream)) == 1


def test_of_a_key_each_line_is_hidden_and_what_frames_it_is_not(stream: io.StringIO) -> None:
    frame = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----")
    logs.redact(["\n".join([frame[0], "canary-of-line-one", "canary-of-line-two", frame[1], ""])])
    structlog.get_logger().info("read", line="canary-of-line-two", frame=frame[0])
    (line,) = lines(stream)
    assert (line["line"], line["frame"]) == ("[redacted]", frame[0])
