"""Who asks, and by which scheme, is what the connection says; a proxy is believed if it is named."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

SERVER = """
import json, sys
from app import logs
from app.settings import Settings
from app.web.asgi import answer_json
from app.web.server import serve

logs.configure("warning")

async def app(scope, receive, send):
    await answer_json(send, 200, {"client": scope["client"][0], "scheme": scope["scheme"]})

serve(
    app, host="127.0.0.1", port=0, on_started=lambda url: print(url, flush=True),
    proxies=Settings.load({"CLOSEOUT_TRUSTED_PROXIES": sys.argv[1]}).trusted_proxies,
)
"""
FORWARDED = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
BELIEVED = {"client": "203.0.113.7", "scheme": "https"}
NOT_BELIEVED = {"client": "127.0.0.1", "scheme": "http"}


@contextmanager
def trusting(proxies: str) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, proxies],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("proxies", "told"),
    [
        ("", NOT_BELIEVED),
        ("127.0.0.1", BELIEVED),
        ("10.0.0.0/8, 127.0.0.0/8", BELIEVED),
        ("10.0.0.0/8,203.0.113.7", NOT_BELIEVED),
    ],
)
def test_forwarded_headers_are_believed_from_a_named_proxy_alone(proxies: str, told: dict[str, str]) -> None:
    with trusting(proxies) as url:
        assert requests.get(url, headers=FORWARDED, timeout=20).json() == told


def test_what_the_client_claimed_before_the_proxy_is_not_believed() -> None:
    headers = {**FORWARDED, "X-Forwarded-For": "127.9.9.9, 198.51.100.1"}
    with trusting("127.0.0.1") as url:
        assert requests.get(url, headers=headers, timeout=20).json()["client"] == "198.51.100.1"
