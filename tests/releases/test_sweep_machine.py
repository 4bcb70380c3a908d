"""Every webhook is lost, and people do things at random: after a sweep, looking afresh finds nothing more."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from tests.releases.play import Play
from tests.releases.scene import CONTRACT, LABEL, OTHER
from tests.releases.sweeping import installed, new, sweeper_of

ACTS = ("open", "finish", "finish", "close", "reopen", "reopen", "unlabel", "label", "hold", "comment")
acts = st.lists(
    st.tuples(
        st.sampled_from(ACTS),
        st.integers(0, 3),
        st.sampled_from([LABEL, LABEL, OTHER]),
        st.sampled_from(["dana", "dana", "mallory"]),
        st.booleans(),
    ),
    min_size=3,
    max_size=12,
)
"""What happens, to which issue, with which label, by whom, and whether a sweep follows at once."""


def act(play: Play, what: str, place: int, label: str, by: str) -> None:
    """One thing that somebody does, as far as it makes sense at the forge."""
    person, dana = play.person(by, "write" if by == "dana" else "read"), play.person("dana")
    tickets = play.forge.tickets  # type: ignore[attr-defined]
    numbers = sorted(tickets)
    if what == "open":
        play.forge.open_issue("Work", [label], dana)
        return
    if not numbers:
        return
    number = numbers[place % len(numbers)]
    ticket = tickets[number]
    carried = [tag.name for tag in ticket.tags]
    if what == "finish":
        for one in numbers:
            if tickets[one].is_open and label in [tag.name for tag in tickets[one].tags]:
                play.forge.close(one, dana)
    elif what == "close" and ticket.is_open:
        play.forge.close(number, person)
    elif what == "reopen" and not ticket.is_open:
        play.forge.reopen(number, dana)
    elif what == "unlabel" and label in carried:
        play.forge.unlabel(number, label, dana)
    elif what == "label" and label not in carried:
        play.forge.label(number, label, dana)
    elif what == "hold":
        move = play.forge.unlabel if "closeout:hold" in carried else play.forge.label
        move(number, "closeout:hold", dana)
    elif what == "comment":
        play.forge.comment(number, person, "Well")


def states(play: Play) -> dict[int, tuple[str, int]]:
    """Where each milestone stands, and in which revision."""
    found = {}
    for index in (1, 2):
        with contextlib.suppress(StopIteration):
            release = play.release(index)
            found[index] = release["state"], release["revision"]
    return found


def sweep(play: Play) -> None:
    play.lose()
    new(sweeper_of(play))
    play.settle()


@settings(
    max_examples=12,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a play takes minutes
)
@example(
    is_billed=True,
    happened=[("reopen", 0, LABEL, "dana", False), ("close", 0, LABEL, "mallory", True)],
)
@given(st.booleans(), acts)
def test_after_a_sweep_a_fresh_look_finds_nothing_more(
    is_billed: bool, happened: list[tuple[str, int, str, str, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, installed(Path(folder), "gitea") as (play, _):
        play.closed() if is_billed else play.issue()
        sweep(play)
        for what, place, label, by, is_swept in happened:
            act(play, what, place, label, by)
            if is_swept:
                sweep(play)
        sweep(play)
        swept = states(play)
        for index in swept:
            play.decider.look_at(CONTRACT, index)
        play.settle()
        for index, (state, revision) in states(play).items():
            # What a sweep put before a person stays there until they have looked.
            assert swept[index] in ((state, revision), ("held", revision)), (happened, play.reason(index))
        play.check()
