"""The shape of the contract file: one class per YAML mapping, one field per key.

Each entry is read field by field; what must agree between fields is in `agree.py`. The descriptions and
examples are what editors show (through the JSON Schema) and what error messages quote.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.milestones import fields


def _about(description: str, *examples: Any, **more: Any) -> Any:
    return Field(description=description, examples=list(examples), **more)


class Entry(BaseModel):
    """A YAML mapping: read once, never changed, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class PartyEntry(Entry):
    """A seller or client, as it stands on the invoice."""

    name: Annotated[fields.Line, _about("The name on the invoice.", "Acme Corp")]
    email: Annotated[fields.Email, _about("Where invoices go, or come from.", "ap@acme.example")]
    address: Annotated[
        tuple[fields.Line, ...],
        _about("The postal address, a line per entry, the country last.", ["1 Road", "Springfield", "US"]),
    ] = Field(default=(), max_length=10)
    tax_id: Annotated[fields.Line, _about("The tax or VAT id, where there is one.", "DE123456789")] = ""


class ConnectionEntry(Entry):
    """One forge: its own webhook address and its own credentials, which come from the environment."""

    name: Annotated[
        fields.Name,
        _about(
            "Names the webhook address /hooks/NAME and the variables CLOSEOUT_NAME_WEBHOOK_SECRET and "
            "CLOSEOUT_NAME_TOKEN.",
            "github",
        ),
    ]
    forge: Annotated[fields.ForgeKind, _about("What kind of forge it is.", "github")]
    api_url: Annotated[
        fields.Url, _about("The API's address at a self-hosted forge.", "https://git.acme.example/api/v1")
    ] = ""


class GatewayEntry(Entry):
    """Who moves the money."""

    name: Annotated[
        fields.Name,
        _about("Names the variable CLOSEOUT_NAME_SECRET and the address /gateways/NAME.", "platform"),
    ]
    kind: Annotated[
        fields.GatewayKind, _about("How it is spoken to; http is the generic signed protocol.", "http")
    ]
    url: Annotated[fields.Url, _about("Where events are posted.", "https://pay.example/events")]


class PayeeEntry(Entry):
    """One payee of a contract."""

    account: Annotated[fields.Account, _about("The payee's account at the gateway.", "acc_dev_team_44")]
    share: Annotated[
        fields.Share, _about("Its part of each milestone; the shares of all payees are 100%.", "100%")
    ]


class PayoutEntry(Entry):
    """Where the money of a paid invoice goes."""

    auto_clear: Annotated[
        fields.Flag,
        _about("true: pay out as soon as the invoice is paid. false, or left out: after an approval.", True),
    ] = False
    to: Annotated[
        tuple[PayeeEntry, ...],
        _about("The payees.", [{"account": "acc_dev_team_44", "share": "100%"}]),
    ] = Field(min_length=1, max_length=100)


class MilestoneEntry(Entry):
    """One phase. It is billed when every issue that carries its label is closed as completed."""

    label: Annotated[
        fields.Label, _about("The issue label, exactly as at the forge.", "milestone:ui-prototype")
    ]
    title: Annotated[
        fields.Line, _about("What the client reads on the invoice.", "Midway UI Prototype Sign-off")
    ]
    share: Annotated[
        fields.Share, _about("Its part of the total; the shares of all milestones are 100%.", "25%")
    ]
    criteria: Annotated[
        tuple[fields.Criterion, ...],
        _about(
            "What must be true when it is done: metrics that anyone can check.",
            ["API documentation delivered and source code repository access granted"],
        ),
    ] = Field(default=(), max_length=50)


class ContractEntry(Entry):
    """One contract: what is owed for which milestone, and who gets it."""

    id: Annotated[fields.ContractId, _about("Its id, never used again for another one.", "con_7732_alpha")]
    title: Annotated[fields.Line, _about("What it is called on invoices and pages.", "Alpha storefront")]
    client: Annotated[PartyEntry, _about("Who pays.", {"name": "Acme Corp", "email": "ap@acme.example"})]
    currency: Annotated[fields.Currency, _about("The ISO 4217 code, in lower case.", "usd")]
    total: Annotated[
        fields.Amount, _about("The whole price, with a point before the minor unit.", "30000.00")
    ]
    terms: Annotated[
        fields.Terms,
        _about(
            "Days until an invoice is due: net-0 to net-365. Left out: net-15.",
            "net-15",
            json_schema_extra={"default": "net-15"},
        ),
    ] = 15
    gateway: Annotated[fields.Name, _about("The name of one of the gateways.", "platform")]
    repositories: Annotated[
        tuple[fields.RepositoryName, ...],
        _about("Where its issues live: connection:owner/name.", ["github:acme/storefront"]),
    ] = Field(min_length=1, max_length=100)
    payout: Annotated[
        PayoutEntry, _about("Who gets the money.", {"to": [{"account": "acc_dev_team_44", "share": "100%"}]})
    ]
    milestones: Annotated[
        tuple[MilestoneEntry, ...],
        _about(
            "The phases, in the order of the work; the first has index 1.",
            [{"label": "milestone:launch", "title": "Launch", "share": "100%"}],
        ),
    ] = Field(min_length=1, max_length=100)


class FileEntry(Entry):
    """Closeout's contract file."""

    version: Annotated[fields.Version, _about("The version of this file format.", 1)]
    seller: Annotated[
        PartyEntry,
        _about("Who sends the invoices.", {"name": "Northwind Studio", "email": "billing@northwind.example"}),
    ]
    connections: Annotated[
        tuple[ConnectionEntry, ...], _about("The forges.", [{"name": "github", "forge": "github"}])
    ]
    gateways: Annotated[
        tuple[GatewayEntry, ...],
        _about(
            "The payment gateways.",
            [{"name": "platform", "kind": "http", "url": "https://pay.example/events"}],
        ),
    ]
    contracts: Annotated[tuple[ContractEntry, ...], _about("The contracts; [] while there are none.", [])]
