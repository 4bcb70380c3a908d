"""One of Stripe's objects, read field by field: it is as Stripe documents it, or the field is named. Pure."""

from __future__ import annotations

from app.errors import PayloadError
from app.gateways.fields import Object, as_object
from app.gateways.stripe.units import from_stripe


def paper(value: object) -> Object:
    """One of Stripe's objects by its kind and id, which every complaint then names. Raises PayloadError."""
    members = as_object("Stripe's answer", value).members
    return Object(str(members.get("id") or members.get("object") or "Stripe's answer")[:80], members)


def amount(of: Object, name: str, currency: str | None = None) -> int:
    """An amount in minor units; of the object's own currency unless another is given. Raises PayloadError."""
    return from_stripe(of.whole(name), currency or of.text("currency"), of.where(name))


def maybe(of: Object, name: str) -> str:
    """A text that may be null, "" then. Raises PayloadError."""
    return "" if of.members.get(name) in (None, "") else of.text(name)


def tags(of: Object) -> dict[str, str]:
    """The object's metadata; what is no text in it counts as absent."""
    metadata = of.members.get("metadata")
    plain = metadata if isinstance(metadata, dict) else {}
    return {str(name): value for name, value in plain.items() if isinstance(value, str)}


def number(text: str) -> int:
    """A count that stands in metadata, 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def flag(of: Object, name: str) -> bool:
    """A boolean. Raises PayloadError."""
    value = of.get(name)
    if not isinstance(value, bool):
        raise PayloadError("expected true or false", where=of.where(name))
    return value


def same(of: Object, name: str, said: object, ordered: object) -> None:
    """Raises PayloadError where Stripe says another thing than was ordered."""
    if said != ordered:
        raise PayloadError(f"Stripe says {said}, but {ordered} was ordered", where=of.where(name))
