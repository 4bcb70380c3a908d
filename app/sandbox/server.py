"""Running the real server as a process of its own, as an operator would, and knowing when it is ready."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar

import requests

from app.errors import CloseoutError
from app.settings import for_child

READY_WITHIN_S = 60


class ServerProcess:
    """`closeout serve` on 127.0.0.1 with `environment`; its log goes to `log_path`.

    `command` is what starts it, with `port_option` and the port added; tests put their own in front.
    """

    begin: ClassVar[Callable[..., subprocess.Popen[bytes]]] = subprocess.Popen
    """How a process is begun."""

    def __init__(
        self,
        environment: Mapping[str, str],
        log_path: Path,
        *,
        port: int = 0,
        command: Sequence[str] = (sys.executable, "-m", "app", "serve"),
        port_option: str = "--port",
    ) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment, self._log_path = environment, log_path
        self._command = (*command, port_option, str(self.port))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> ServerProcess:
        """Start it and wait until it is ready. Raises CloseoutError with the end of its log when it dies."""
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                raise CloseoutError(
                    f"somebody listens on port {self.port} already", mend="Choose another --port"
                )
        with self._log_path.open("ab") as log:
            environment = for_child(self._environment)
            self.process = self.begin(self._command, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise CloseoutError(f"the server ended at once:\n{self._end_of_log()}")
            if self._is_ready():
                return self
            time.sleep(0.05)
        self.kill()
        raise CloseoutError(f"the server was not ready in {READY_WITHIN_S} s:\n{self._end_of_log()}")

    def stop(self) -> int:
        """End it as an operator would (SIGTERM) and answer its exit code."""
        if self.process is None:
            return 0
        self.process.terminate()
        return self.process.wait(timeout=60)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=60)

    def __enter__(self) -> ServerProcess:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def _is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def _end_of_log(self) -> str:
        return self._log_path.read_text(encoding="utf-8", errors="replace")[-3000:]


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
