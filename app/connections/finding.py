"""What somebody who examines an installation says of one part of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "broken"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is "connection gitlab" or "gitlab:acme/storefront"; `mend` is "" where all is well."""

    about: str
    verdict: Verdict
    said: str
    mend: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)
