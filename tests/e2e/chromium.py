"""A real browser for tests: Chromium, headless, driven over its debugging pipe.

https://chromedevtools.github.io/devtools-protocol/ ; with --remote-debugging-pipe the browser reads messages
from descriptor 3 and writes them to 4, each JSON and ended by a zero byte.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATIENCE_S = 30


class Browser:
    """One browser with one page. `complaints` are what the console said of it."""

    def __init__(self, profile: Path, *, width: int = 1100, height: int = 1000) -> None:
        self._profile, self._size = profile, (width, height)
        self.complaints: list[str] = []
        self._number, self._loads, self._rest = 0, 0, b""

    def __enter__(self) -> Browser:
        theirs_in, self._out = _high_pipe()
        self._in, theirs_out = _high_pipe()
        arguments = [
            str(CHROMIUM),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--remote-debugging-pipe",
            f"--window-size={self._size[0]},{self._size[1]}",
            f"--user-data-dir={self._profile}",
        ]
        # Descriptors beyond 9, so that neither of the two is in the other's way.
        actions = [(os.POSIX_SPAWN_DUP2, theirs_in, 3), (os.POSIX_SPAWN_DUP2, theirs_out, 4)]
        quiet = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
        self._pid = os.posix_spawn(arguments[0], arguments, os.environ, file_actions=[*actions, quiet])
        os.close(theirs_in)
        os.close(theirs_out)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session: str | None = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._out)
        os.close(self._in)
        os.kill(self._pid, signal.SIGTERM)
        os.waitpid(self._pid, 0)

    _session: str | None = None

    def open(self, url: str) -> None:
        """Go there, and wait until everything has loaded."""
        before = self._loads
        self._call("Page.navigate", url=url)
        self._until_loaded(before)

    def click(self, selector: str) -> None:
        """Press it with the mouse, as a person would, and wait until what follows has loaded."""
        before = self._loads
        box = self._evaluate(
            f"(() => {{ const one = document.querySelector({json.dumps(selector)}); one.scrollIntoView();"
            " const r = one.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
        self._until_loaded(before)

    def type(self, selector: str, text: str) -> None:
        """Write into a field."""
        self._evaluate(f"document.querySelector({json.dumps(selector)}).focus()")
        self._call("Input.insertText", text=text)

    @property
    def text(self) -> str:
        """What is to be read on the page."""
        return str(self._evaluate("document.body.innerText"))

    def _evaluate(self, expression: str) -> Any:
        done = self._call("Runtime.evaluate", expression=expression, returnByValue=True)
        return done["result"].get("value")

    def _until_loaded(self, before: int) -> None:
        """Wait for a page that loaded after the first `before` ones."""
        if self._loads == before:
            self._wait(lambda one: one.get("method") == "Page.loadEventFired")

    def _call(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda one: one.get("id") == number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _wait(self, is_it: Callable[[dict[str, Any]], bool]) -> Any:
        """The next message that is the one; complaints and loaded pages on the way are kept."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            message = self._read(deadline)
            self._loads += message.get("method") == "Page.loadEventFired"
            if message.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled"):
                self.complaints.append(json.dumps(message["params"]))
            if is_it(message):
                return message
        raise TimeoutError("the browser did not do it in time")

    def _read(self, deadline: float) -> Any:
        while b"\0" not in self._rest:
            if not select.select([self._in], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError("the browser says nothing any more")
            chunk = os.read(self._in, 1 << 16)
            if not chunk:
                raise RuntimeError("the browser ended")
            self._rest += chunk
        first, _, self._rest = self._rest.partition(b"\0")
        return json.loads(first)


def _high_pipe() -> tuple[int, int]:
    """A pipe whose descriptors no child inherits by chance, and which are beyond 9."""
    ends = os.pipe()
    high = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends]
    for end in ends:
        os.close(end)
    return high[0], high[1]
