"""Reading single values out of a composed file: what can not be read is None, and nothing is raised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic_core import PydanticCustomError

from app.milestones.problems import FieldPath

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given(Generic[T]):
    """A value that stands in the file at `path`; `value` is None where it can not be read."""

    path: FieldPath
    value: T | None


Listed = Given[tuple[Given[T], ...]]
"""A list that stands in the file, each entry for itself."""


def has(value: Any, key: str) -> bool:
    """Whether `value` is a mapping with that key."""
    return isinstance(value, dict) and key in value


def each(value: Any, path: FieldPath, key: str) -> Iterator[tuple[FieldPath, Any]]:
    """The entries of the list under `key`, each with its path."""
    items = value[key] if has(value, key) else []
    if isinstance(items, list):
        for index, item in enumerate(items):
            yield (*path, key, index), item


def field(kind: Callable[[object], T], value: Any, key: str) -> T | None:
    """The value under `key` as `kind` reads it; None where it is missing or refused."""
    return read(kind, value[key]) if has(value, key) else None


def read(kind: Callable[[object], T], value: object) -> T | None:
    """The same for a value at hand."""
    try:
        return kind(value)
    except PydanticCustomError:
        return None


def given(kind: Callable[[object], T], value: Any, path: FieldPath, key: str) -> Given[T] | None:
    """The value under `key` with its path; None where there is no such key."""
    return Given((*path, key), read(kind, value[key])) if has(value, key) else None


def listed(kind: Callable[[object], T], value: Any, path: FieldPath, key: str) -> Listed[T] | None:
    """The list under `key`; None where there is no such key."""
    if not has(value, key):
        return None
    is_list = isinstance(value[key], list)
    entries = tuple(Given(at, read(kind, item)) for at, item in each(value, path, key))
    return Given((*path, key), entries if is_list else None)


def mapped(build: Callable[[FieldPath, Any], T], value: Any, path: FieldPath, key: str) -> Given[T] | None:
    """What `build` makes of the mapping under `key`; None where there is no such key."""
    if not has(value, key):
        return None
    at, found = (*path, key), value[key]
    return Given(at, build(at, found) if isinstance(found, dict) else None)


def value_of(one: Given[T] | None) -> T | None:
    """The value, None where it is missing or can not be read."""
    return one.value if one else None


def readable(entries: Listed[T] | None) -> Iterator[tuple[FieldPath, T]]:
    """The readable entries of a list, each with its path; none where it is missing or no list."""
    for one in value_of(entries) or ():
        if one.value is not None:
            yield one.path, one.value


def values(entries: Listed[T] | None) -> tuple[T, ...]:
    """The same without the paths."""
    return tuple(value for _, value in readable(entries))
