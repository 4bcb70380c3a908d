"""Holds what the sandbox answers against the SDK's own resource classes: fields, kinds and chosen words.

The annotations are text in the SDK's sources (their imports are for type checkers), so they are read there.
"""

from __future__ import annotations

import ast
import importlib
import inspect
from functools import cache
from types import ModuleType
from typing import Any

from stripe._object_classes import OBJECT_CLASSES

_PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "Decimal": str}


def check(value: Any, path: str = "") -> None:
    """Fail where an object carries what its class does not know, lacks what it promises, or invents words."""
    if isinstance(value, list):
        for place, one in enumerate(value):
            check(one, f"{path}[{place}]")
        return
    if value.get("object") == "list":
        assert set(value) == {"object", "data", "has_more", "url"}, path
        check(value["data"], f"{path}.data")
        return
    if value.get("deleted"):
        assert set(value) == {"id", "object", "deleted"}, path
        return
    module_name, class_name = OBJECT_CLASSES[value["object"]]
    module = importlib.import_module(module_name)
    _fields(value, _node(module, class_name), module, f"{path}{value['object']}")


def _fields(value: dict[str, Any], node: ast.ClassDef, module: ModuleType, path: str) -> None:
    hints = {
        one.target.id: one.annotation
        for one in node.body
        if isinstance(one, ast.AnnAssign)
        and isinstance(one.target, ast.Name)
        and one.target.id != "OBJECT_NAME"
    }
    unknown = set(value) - set(hints)
    assert not unknown, f"{path} carries {sorted(unknown)}"
    lacking = [name for name, hint in hints.items() if name not in value and not _optional(hint)]
    assert not lacking, f"{path} lacks {lacking}"
    inner = {one.name: one for one in node.body if isinstance(one, ast.ClassDef)}
    for name, one in value.items():
        _value(one, hints[name], inner, module, f"{path}.{name}")


def _value(value: Any, hint: ast.expr, inner: dict[str, ast.ClassDef], module: ModuleType, path: str) -> None:
    head, inside = _split(hint)
    words = [one for each in (hint, *inside) if _split(each)[0] == "Literal" for one in _split(each)[1]]
    if head == "Optional":
        if value is not None:
            _value(value, inside[0], inner, module, path)
    elif words:
        assert value in [ast.literal_eval(word) for word in words], f"{path}: {value!r}"
    elif head == "List":
        assert isinstance(value, list), path
        for place, one in enumerate(value):
            _value(one, inside[0], inner, module, f"{path}[{place}]")
    elif head in ("UntypedStripeObject", "Any"):
        assert value is not None, path
    elif head in _PLAIN:
        is_fitting = isinstance(value, _PLAIN[head]) and (head == "bool" or not isinstance(value, bool))  # type: ignore[arg-type]
        assert is_fitting, f"{path}: {value!r} is no {head}"
    elif head in inner:
        _fields(value, inner[head], module, path)
    elif head != "ExpandableField" or not isinstance(value, str):
        check(value, f"{path}:")


def _optional(hint: ast.expr) -> bool:
    return _split(hint)[0] == "Optional"


def _split(hint: ast.expr) -> tuple[str, list[ast.expr]]:
    if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
        hint = ast.parse(hint.value, mode="eval").body
    if isinstance(hint, ast.Subscript):
        inside = hint.slice.elts if isinstance(hint.slice, ast.Tuple) else [hint.slice]
        return ast.unparse(hint.value), list(inside)
    return ast.unparse(hint), []


@cache
def _node(module: ModuleType, name: str) -> ast.ClassDef:
    tree = ast.parse(inspect.getsource(module))
    return next(one for one in tree.body if isinstance(one, ast.ClassDef) and one.name == name)
