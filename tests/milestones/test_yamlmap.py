"""The YAML reader: text stays as written, every value has its place, and no file can hurt the process."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from app.milestones import yamlmap
from app.milestones.problems import ConfigurationInvalid
from app.milestones.yamlmap import compose, decode

LOADERS = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]
each_loader = pytest.mark.parametrize("loader", LOADERS)


@each_loader
@pytest.mark.parametrize(
    "written",
    [
        "1200.50",
        "010",
        "0x1F",
        "1_000",
        "1e3",
        "12:30:45",
        ".inf",
        "no",
        "Yes",
        "off",
        "true",
        "2026-01-01",
        "30%",
    ],
)
def test_a_scalar_stays_the_text_that_was_written(written: str, loader: type[Any]) -> None:
    assert compose(f"a: {written}\nb: [{written}]\n", "f.yml", loader).value == {"a": written, "b": [written]}


@each_loader
def test_every_value_and_key_has_its_line_and_column_from_one(loader: type[Any]) -> None:
    document = compose('# é😀\r\na: {b: "é😀", c: x}\r\nd:\n  - e: [1, 2]\n    f:\n', "f.yml", loader)
    places = {
        ("a", "b"): (2, 8),
        ("a", "c"): (2, 17),
        ("a",): (2, 1),
        ("d", 0): (4, 5),
        ("d", 0, "e"): (4, 5),
        ("d", 0, "e", 1): (4, 12),
        ("d", 0, "f"): (5, 5),
        ("d", 0, "missing"): (4, 5),
        ("d", 7): (3, 1),
    }
    for path, place in places.items():
        assert document.source.position(document.offset(path)) == place, path
    assert document.source.position(document.offset(("a", "c"), of_key=True)) == (2, 14)


def refusal(text: str, loader: type[Any] | None = None) -> tuple[int, int, str]:
    with pytest.raises(ConfigurationInvalid) as caught:
        compose(text, "f.yml", loader)
    (problem,) = caught.value.problems
    assert problem.mend
    return problem.line, problem.column, problem.message


@each_loader
@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "empty"),
        ("# only a comment\n", 1, 1, "empty"),
        ("---\n", 1, 1, "empty"),
        ("a: 1\n---\nb: 2\n", 2, 1, "second YAML document"),
        ("a: 1\nb:\n\t- x\n", 3, 1, "not YAML"),
        ("a: [1, 2\n", 2, 1, "not YAML"),
        ("a: 'x\n", 2, 1, "not YAML"),
        ("a:\n  b: 1\n c: 2\n", 3, 2, "not YAML"),
        ("a: @x", 1, 4, "not YAML"),
        ("a: !!python/object/apply:os.system [ls]", 1, 4, "tag"),
        ("a: !!int 3", 1, 4, "tag"),
        ("a: !mine {b: 1}", 1, 4, "tag"),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, 3, "merge keys"),
        ("? [a, b]\n: c\n", 1, 3, "a key must be plain text"),
        ("x: &x k\n? *x\n: c\n", 2, 3, "a key must be plain text"),
        ("a: *nothing", 1, 4, "no anchor before it"),
        ("a: &x [1, *x]", 1, 11, "contains itself"),
        ("[" * 30, 1, 21, "deeper than 20"),
        ("{b: " * 30, 1, 81, "deeper than 20"),
        ("a: x\x00y", 1, 5, "U+0000"),
        ("a: 1\nb: x\x1b[31m", 2, 5, "U+001B"),
        ("a: x\u2028b: y", 1, 5, "U+2028"),
        ("a: \ud800", 1, 4, "U+D800"),
    ],
)
def test_a_file_that_can_not_be_read_is_refused_at_its_place(
    text: str, line: int, column: int, message: str, loader: type[Any]
) -> None:
    found_line, found_column, found = refusal(text, loader)
    assert (found_line, found_column) == (line, column)
    assert message in found


@each_loader
def test_an_escaped_half_surrogate_is_refused(loader: type[Any]) -> None:
    refusal('a: "\\ud800"', loader)
    refusal('a: "\\UFFFFFFFF"', loader)


@each_loader
def test_a_key_that_stands_twice_is_a_problem_and_the_first_one_counts(loader: type[Any]) -> None:
    document = compose("a:\n  b: 1\n  c: 2\n  b: 3\n", "f.yml", loader)
    (problem,) = document.problems
    assert (problem.line, problem.column, problem.field) == (4, 3, "a.b")
    assert "first in 2:3" in problem.message
    assert document.value == {"a": {"b": "1", "c": "2"}}


@each_loader
@pytest.mark.parametrize("null", ["~", "null", "Null", "NULL"])
def test_a_null_is_a_problem_because_it_would_become_the_text_null(null: str, loader: type[Any]) -> None:
    (problem,) = compose(f"a: [x, {null}]", "f.yml", loader).problems
    assert (problem.line, problem.column, problem.field) == (1, 8, "a[1]")
    assert compose(f'a: "{null}"', "f.yml", loader).problems == ()


@each_loader
def test_an_alias_repeats_a_value_and_its_content_is_placed_at_the_anchor(loader: type[Any]) -> None:
    document = compose("a: &x\n  b: [1]\nc: *x\n", "f.yml", loader)
    assert document.value == {"a": {"b": ["1"]}, "c": {"b": ["1"]}}
    assert document.source.position(document.offset(("c", "b", 0))) == (2, 7)
    assert document.source.position(document.offset(("c",))) == (3, 1)


def billion_laughs(levels: int = 12) -> str:
    first = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]\n"
    return first + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, levels))


class Counted(yaml.SafeLoader):
    """Counts the events that were taken before the file was refused."""

    taken = 0

    def get_event(self) -> Any:
        type(self).taken += 1
        return super().get_event()  # type: ignore[no-untyped-call]


def test_a_yaml_bomb_is_refused_before_it_is_expanded() -> None:
    Counted.taken = 0
    line, _, message = refusal(billion_laughs(), Counted)
    assert "aliases stand for too much" in message
    assert line <= 6
    assert Counted.taken < 100


def test_a_deep_bomb_is_refused_after_a_few_events_whatever_its_size() -> None:
    Counted.taken = 0
    refusal("- " * 100_000 + "x", Counted)
    assert Counted.taken < 50


def test_aliases_are_capped_by_number_as_well() -> None:
    compose("a: &x 1\nb: [" + "*x, " * yamlmap.MAX_ALIASES + "]", "f.yml")
    assert "aliases" in refusal("a: &x 1\nb: [" + "*x, " * (yamlmap.MAX_ALIASES + 1) + "]")[2]


def test_size_and_number_of_values_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yamlmap, "MAX_NODES", 3)
    assert refusal("[a, b, c, d]") == (1, 11, "the file holds more than 3 values")
    monkeypatch.setattr(yamlmap, "MAX_BYTES", 1024**2)
    with pytest.raises(ConfigurationInvalid, match="larger than 1 MiB"):
        decode(b"x" * (1024**2 + 1), "f.yml")


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"a: 1\nb: \xff", (2, 4), "byte 0xff is not UTF-8"),
        ("a: é\nb: ".encode() + b"\xc3", (2, 4), "byte 0xc3 is not UTF-8"),
        ("a: 1".encode("utf-16"), (1, 1), "UTF-16"),
    ],
)
def test_other_encodings_are_named_with_their_first_bad_byte(
    data: bytes, place: tuple[int, int], message: str
) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        decode(data, "f.yml")
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == place
    assert message in problem.message


def test_a_byte_order_mark_moves_nothing() -> None:
    document = compose(decode("\ufeffa: {b: 1}".encode(), "f.yml"), "f.yml")
    assert document.source.position(document.offset(("a", "b"))) == (1, 8)


yaml_like = st.text(
    alphabet=st.sampled_from("abc01 \n\t:-[]{},&*!|>'\"#%@?<~\\ué😀\r\x00\u2028\ufeff"), max_size=60
)


@given(text=st.one_of(st.text(max_size=60), yaml_like))
@example(text="%YAML " + "9" * 5000 + ".1\n--- a")
@example(text='"\\UFFFFFFFF"')
@example(text="!%FF a")
def test_any_text_is_read_or_refused_and_the_loaders_agree_on_what_they_read(text: str) -> None:
    read = []
    for loader in LOADERS:
        with contextlib.suppress(ConfigurationInvalid):
            document = compose(text, "f.yml", loader)
            read.append((document.value, document.mark, document.problems))
    assert all(one == read[0] for one in read)


@given(data=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ConfigurationInvalid):
        compose(decode(data, "f.yml"), "f.yml")
