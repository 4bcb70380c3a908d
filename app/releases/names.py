"""The name of a release, and the milestone that it names."""

from __future__ import annotations


def release_id(contract_id: str, index: int) -> str:
    """The name of a milestone's one release: "con_7732_alpha/2"."""
    return f"{contract_id}/{index}"


def place_of(identity: str) -> tuple[str, int]:
    """The inverse: the contract's id and the milestone's index."""
    contract_id, _, index = identity.rpartition("/")
    return contract_id, int(index)
