"""The freeze: after an old backup was restored no order leaves this server until it was reconciled.

The books are older than reality then: what they hold to be due may have been done. A freeze is a row, so that
it survives restarts and binds every server of the database. Releases are decided meanwhile, gateways are
asked and believed; only orders wait. Once frozen, for ever careful: from then on each order is asked about
before it is sent, since orders are named after what they are for and may have gone out under that name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.db import now
from app.notices.text import moment
from app.releases.tables import freezes
from app.releases.who import Who

MEND = "run closeout reconcile"


def why_frozen(connection: sa.Connection) -> str:
    """Why no order leaves this server, in a sentence with what to do about it; "" while they may."""
    query = sa.select(freezes).where(freezes.c.lifted_at.is_(None)).order_by(freezes.c.id).limit(1)
    freeze = connection.execute(query).mappings().first()
    if freeze is None:
        return ""
    return f"no order leaves this server since {moment(freeze['at'])}: {freeze['reason']}; {MEND}"


def is_frozen(connection: sa.Connection) -> bool:
    """Whether no order may leave; to be asked in the transaction that marks one as sent."""
    return bool(why_frozen(connection))


def was_frozen(connection: sa.Connection) -> bool:
    """Whether these books were ever older than reality, so that an order may be known before it is sent."""
    return connection.scalar(sa.select(freezes.c.id).limit(1)) is not None


def freeze_all(connection: sa.Connection, reason: str, gateways: Sequence[str] = ()) -> None:
    """Let no order leave any server of this database from this transaction's commit on.

    `gateways` are those that have to be asked before, whether or not the books know of an order there.
    """
    told = json.dumps(list(gateways), ensure_ascii=False)
    connection.execute(sa.insert(freezes).values(reason=reason, at=now(), gateways=told))


def gateways_to_ask(connection: sa.Connection) -> set[str]:
    """The gateways that have to be asked before the freeze is lifted, by name."""
    found = connection.scalars(sa.select(freezes.c.gateways).where(freezes.c.lifted_at.is_(None)))
    return {name for names in found for name in json.loads(names)}


def thaw(connection: sa.Connection, by: Who, accepted: Sequence[dict[str, Any]] = ()) -> None:
    """Let orders leave again; `accepted` are the differences that `by` took upon themselves."""
    connection.execute(
        sa.update(freezes)
        .where(freezes.c.lifted_at.is_(None))
        .values(
            lifted_at=now(),
            lifted_by=by.to_json(),
            accepted=json.dumps(list(accepted), ensure_ascii=False) if accepted else None,
        )
    )
