"""What the classes of the contract file's shape have in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Entry(BaseModel):
    """A YAML mapping: read once, never changed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def about(description: str, *examples: Any, **more: Any) -> Any:
    """A field's description and examples: editors show them, and error messages quote the first example."""
    return Field(description=description, examples=list(examples), **more)
