"""A loop: it works while there is work, pauses as it was told, and ends when it is asked to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from app.loops import Loop, Waker

SOON_S = 10


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON_S
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_loop_goes_on_at_once_while_there_is_more() -> None:
    turns: list[int] = []

    def turn() -> bool:
        turns.append(1)
        return len(turns) < 3

    loop = Loop("busy", turn, pause_s=3600)
    loop.start()
    until(lambda: len(turns) == 3)
    loop.stop()
    assert len(turns) == 3


def test_a_loop_that_is_woken_looks_at_once() -> None:
    turns: list[int] = []
    wake, loop = Waker(), Loop("woken", lambda: turns.append(1), pause_s=3600)
    wake.loops = (loop,)
    loop.start()
    until(lambda: len(turns) == 1)
    wake()
    until(lambda: len(turns) == 2)
    loop.stop()


def test_a_turn_that_fails_ends_no_loop() -> None:
    turns: list[int] = []

    def turn() -> bool:
        turns.append(1)
        raise RuntimeError("on purpose")

    loop = Loop("failing", turn, pause_s=0.01)
    loop.start()
    until(lambda: len(turns) > 2)
    assert loop.is_alive
    loop.stop()
    assert not loop.is_alive


def test_a_loop_that_begins_later_ends_at_once_when_it_is_stopped_before() -> None:
    turns: list[int] = []
    loop = Loop("later", lambda: turns.append(1), first_s=3600)
    loop.start()
    began = time.monotonic()
    loop.stop()
    assert time.monotonic() - began < SOON_S
    assert (turns, loop.is_alive) == ([], False)


def test_a_loop_that_is_stopped_in_its_turn_does_not_pause_again() -> None:
    inside, go_on = threading.Event(), threading.Event()

    def turn() -> None:
        inside.set()
        go_on.wait(SOON_S)

    loop = Loop("long", turn, pause_s=3600, hurry=go_on.set)
    loop.start()
    assert inside.wait(SOON_S)
    began = time.monotonic()
    loop.stop()
    assert time.monotonic() - began < SOON_S
    assert not loop.is_alive


def test_a_turn_that_does_not_end_is_left_behind() -> None:
    inside, never = threading.Event(), threading.Event()

    def turn() -> None:
        inside.set()
        never.wait(SOON_S)

    loop = Loop("stuck", turn, patience_s=0.05)
    loop.start()
    assert inside.wait(SOON_S)
    loop.stop()
    assert loop.is_alive
    never.set()


def test_pauses_vary_by_as_much_as_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    paused: list[float] = []
    loop = Loop("varied", lambda: None, pause_s=300, first_s=5, jitter=0.2)

    def wait(seconds: float) -> bool:
        paused.append(seconds)
        if len(paused) == 200:
            loop._stopping.set()
        return False

    monkeypatch.setattr(loop._wake, "wait", wait)
    loop._run()
    first, *others = paused
    assert 4 <= first <= 6
    assert all(240 <= pause <= 360 for pause in others)
    assert max(others) - min(others) > 60
