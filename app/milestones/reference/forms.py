"""What each kind of field takes, in words. A kind that is not here has no place in the reference."""

from __future__ import annotations

from types import NoneType
from typing import Any, get_args

from app.capabilities import ABILITIES, OF_KIND
from app.milestones import fields, rule_fields
from app.milestones.entry import Entry

_OF_THEIR_OWN: dict[Any, str] = {
    fields.Version: "`1`",
    fields.Line: "one line, at most 200 characters",
    fields.Criterion: "one line, at most 500 characters",
    fields.Email: "one e-mail address",
    fields.Url: "`https://…` without a login in it; `http://` for this machine only",
    fields.Label: f"one line, at most {fields.MAX_LABEL} characters, no comma",
    fields.Share: "a percentage above 0% and up to 100%, with up to six decimals",
    fields.Currency: "an ISO 4217 code in lower case",
    fields.Amount: "a number with a point, and no more decimals than the currency has",
    fields.Terms: "`net-0` to `net-365`",
    fields.Flag: "`true` or `false`",
    fields.RepositoryName: "`connection:owner/name`; GitLab's groups may nest",
    fields.Name: "lower-case letters, digits and dashes, a letter first, at most 32",
    fields.ContractId: "letters, digits and `_` `.` `-`, a letter or digit first, at most 64",
    fields.Account: "letters, digits and `_` `.` `:` `@` `/` `+` `-`, at most 128",
    fields.ForgeKind: "`github`, `gitlab`, `gitea` or `forgejo`",
    fields.GatewayKind: ", ".join(f"`{kind}`" for kind in OF_KIND),
    fields.Ability: ", ".join(f"`{one}`" for one in ABILITIES),
    fields.Disburse: "`on_paid` or `on_close`",
    fields.Partial: "`wait` or `pro_rata`",
    fields.OnRefund: "`reverse` or `keep`",
    rule_fields.Title: f"one line, at most {rule_fields.MAX_TITLE} characters",
    rule_fields.Person: "a login, or `connection:login`",
    rule_fields.RoleName: "`read`, `triage`, `write`, `maintain` or `admin`",
    rule_fields.Reason: "`completed` or `not_planned`",
    rule_fields.WhenDone: "`all_closed`, `any_closed` or `manual`",
    rule_fields.Silence: "`accept` or `hold`",
    rule_fields.Days: f"1 to {rule_fields.MAX_DAYS} `days` or `business days`",
    rule_fields.Grace: "`0`, or minutes, hours or days as `15m`, `2h`, `3d`, at most `30d`",
    rule_fields.Day: "`YYYY-MM-DD`",
}
_WORDS = {get_args(kind)[1].func: words for kind, words in _OF_THEIR_OWN.items()}
"""By the function that reads the kind: that is what both a field and an entry of a list carry."""


def form(annotation: Any, metadata: list[Any]) -> str:
    """What a field takes; `annotation` and `metadata` are those of pydantic's FieldInfo or a list's entry.

    Raises KeyError for a kind that has no words yet.
    """
    for one in metadata:
        if reader := getattr(one, "func", None):
            return _WORDS[reader]
    entry = entry_of(annotation)
    if NoneType in get_args(annotation) and entry is None:
        (inner,) = (one for one in get_args(annotation) if one is not NoneType)
        base, *more = get_args(inner) if hasattr(inner, "__metadata__") else (inner,)
        return form(base, more)
    if not _is_list(annotation):
        return f"[{heading(entry)}](#{heading(entry)})" if entry else _WORDS[annotation]
    return f"a list{_limits(metadata)}, each {_each(annotation)}"


def entry_of(annotation: Any) -> type[Entry] | None:
    """The mapping that a field holds: as it is, in a list, or optional."""
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return annotation
    return next((found for one in get_args(annotation) if (found := entry_of(one))), None)


def heading(entry: type[Entry]) -> str:
    """What the reference calls a mapping: ContractEntry → contract."""
    return entry.__name__.removesuffix("Entry").lower()


def _is_list(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is tuple


def _each(annotation: Any) -> str:
    (kind, _) = get_args(annotation)
    base, *more = get_args(kind) or (kind,)
    return form(base, more)


def _limits(metadata: list[Any]) -> str:
    least = next((one.min_length for one in metadata if hasattr(one, "min_length")), 0)
    most = next((one.max_length for one in metadata if hasattr(one, "max_length")), None)
    if most is None:
        return ""
    return f" of {least} to {most}" if least else f" of at most {most}"
