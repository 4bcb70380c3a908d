"""Processes of Closeout's own, forked from one in which it is imported already: that is most of a start.

That one did nothing but import, so that no thread, connection or lock of a test comes along. What begins here
is as real as any: it has a pid and signals of its own, and can be killed.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.warmed"])


class WarmProcess:
    """As much of subprocess.Popen as is asked of a server; `command` is `python -m module argument…`."""

    def __init__(
        self, command: Sequence[str], *, env: Mapping[str, str], stdout: IO[Any], stderr: IO[Any]
    ) -> None:
        python, option, module, *arguments = command
        assert (python, option) == (sys.executable, "-m"), command
        given = (module, arguments, dict(env), os.getcwd(), stdout.name, stderr.name)
        self._process = _context.Process(target=_begin, args=given, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(command: Sequence[str], **how: Any) -> Any:
    """Begin a process: warm where it can be, as any other where the command does more than run a module."""
    is_module = tuple(command[:2]) == (sys.executable, "-m")
    return (WarmProcess if is_module else subprocess.Popen)(command, **how)


def run(
    module: str, *arguments: str, env: Mapping[str, str], timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run `python -m module argument…` to its end, and tell what it printed."""
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        command = (sys.executable, "-m", module, *arguments)
        status = WarmProcess(command, env=env, stdout=out, stderr=err).wait(timeout_s)
        printed, complained = (Path(one.name).read_text(encoding="utf-8") for one in (out, err))
    return subprocess.CompletedProcess(command, status, printed, complained)


def _begin(
    module: str, arguments: list[str], environment: dict[str, str], folder: str, out: str, err: str
) -> None:
    for number, path in ((1, out), (2, err)):
        opened = os.open(path, os.O_WRONLY | os.O_APPEND)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
