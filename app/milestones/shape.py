"""The shape of the contract file: one class per YAML mapping, one field per key.

Each entry is read field by field; what must agree between fields is in `agree.py`. The descriptions and
examples are what editors show (through the JSON Schema) and what error messages quote.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.milestones import fields, rule_fields
from app.milestones.entry import Entry, about
from app.milestones.rule_shape import RulesEntry


class PartyEntry(Entry):
    """A seller or client, as it stands on the invoice."""

    name: Annotated[fields.Line, about("The name on the invoice.", "Acme Corp")]
    email: Annotated[fields.Email, about("Where invoices go, or come from.", "ap@acme.example")]
    address: Annotated[
        tuple[fields.Line, ...],
        about("The postal address, a line per entry, the country last.", ["1 Road", "Springfield", "US"]),
    ] = Field(default=(), max_length=10)
    tax_id: Annotated[fields.Line, about("The tax or VAT id, where there is one.", "DE123456789")] = ""


class ConnectionEntry(Entry):
    """One forge: its own webhook address and its own credentials, from the vault or the environment."""

    name: Annotated[
        fields.Name,
        about(
            "Names the webhook address /hooks/NAME, and the settings CLOSEOUT_NAME_WEBHOOK_SECRET and "
            "CLOSEOUT_NAME_TOKEN (or those of a GitHub App).",
            "github",
        ),
    ]
    forge: Annotated[fields.ForgeKind, about("What kind of forge it is.", "github")]
    api_url: Annotated[
        fields.Url,
        about(
            "The API's address at one's own server. Left out: the vendor's own.",
            "https://git.acme.example/api/v1",
        ),
    ] = ""


class GatewayEntry(Entry):
    """Who moves the money."""

    name: Annotated[
        fields.Name,
        about(
            "Names the setting CLOSEOUT_NAME_SECRET, and the address /gateways/NAME for callbacks.",
            "platform",
        ),
    ]
    kind: Annotated[
        fields.GatewayKind, about("How it is spoken to; http is the generic signed protocol.", "http")
    ]
    url: Annotated[
        fields.Url, about("For `kind: http`: where events are posted.", "https://pay.example/events")
    ] = ""
    account: Annotated[
        fields.Account,
        about(
            "For the others, whose account it is: Stripe's acct_…, PayPal's client id, the bank's IBAN.",
            "acct_1Northwind",
        ),
    ] = ""
    bic: Annotated[
        fields.Account, about("For `kind: bank`: its BIC, where the bank asks for it.", "COBADEFF")
    ] = ""
    offers: Annotated[
        tuple[fields.Ability, ...] | None,
        about(
            "For `kind: http`: what the platform is able to. Left out: everything but `holds_funds`.",
            ["splits", "reversal", "hosted_invoice", "holds_funds"],
        ),
    ] = None


class PayeeEntry(Entry):
    """One payee of a contract."""

    account: Annotated[fields.Account, about("The payee's account at the gateway.", "acc_dev_team_44")]
    name: Annotated[
        fields.Line, about("The account holder's name, which a bank asks for.", "Dev Team 44 Ltd")
    ] = ""
    share: Annotated[
        fields.Share, about("Its part of each milestone; the shares of all payees are 100%.", "100%")
    ]
    users: Annotated[
        tuple[rule_fields.Person, ...],
        about("The payee's logins at the forges, for the rules that concern payees.", ["dana"]),
    ] = Field(default=(), max_length=100)


class PayoutEntry(Entry):
    """Where the money of a paid invoice goes."""

    auto_clear: Annotated[
        fields.Flag,
        about("true: pay out as soon as the invoice is paid. false, or left out: after an approval.", True),
    ] = False
    disburse: Annotated[
        fields.Disburse,
        about(
            "on_close: pay out when the milestone is released, out of funds that the gateway holds already. "
            "Left out: on_paid, when the client has paid.",
            "on_close",
        ),
    ] = "on_paid"
    partial: Annotated[
        fields.Partial,
        about(
            "pro_rata: pay out each payment of a part as it comes. Left out: wait, until all is paid.",
            "pro_rata",
        ),
    ] = "wait"
    on_refund: Annotated[
        fields.OnRefund,
        about(
            "Where the client gets its money back: reverse brings the payees' shares back, keep leaves them. "
            "Left out: reverse where the gateway is able to.",
            "keep",
        ),
    ] = ""
    to: Annotated[
        tuple[PayeeEntry, ...],
        about("The payees.", [{"account": "acc_dev_team_44", "share": "100%"}]),
    ] = Field(min_length=1, max_length=100)


class MilestoneEntry(Entry):
    """One phase. It is billed when every issue that carries its label is closed as completed.

    In place of the label there may be a milestone of the forge, or the rule `when: manual`.
    """

    label: Annotated[
        fields.Label, about("The issue label, exactly as at the forge.", "milestone:ui-prototype")
    ] = ""
    milestone: Annotated[
        rule_fields.Title,
        about("In place of a label: the title of the forge's own milestone, exactly as there.", "v1.0"),
    ] = ""
    title: Annotated[
        fields.Line, about("What the client reads on the invoice.", "Midway UI Prototype Sign-off")
    ]
    share: Annotated[
        fields.Share, about("Its part of the total; the shares of all milestones are 100%.", "25%")
    ]
    terms: Annotated[
        fields.Terms | None,
        about(
            "Days until this invoice is due, where they are not the contract's: a deposit's net-0.", "net-0"
        ),
    ] = None
    criteria: Annotated[
        tuple[fields.Criterion, ...],
        about(
            "What must be true when it is done: metrics that anyone can check.",
            ["API documentation delivered and source code repository access granted"],
        ),
    ] = Field(default=(), max_length=50)
    rules: Annotated[
        RulesEntry | None,
        about("Rules of this milestone; each key replaces the contract's.", {"when": "any_closed"}),
    ] = None


class ContractEntry(Entry):
    """One contract: what is owed for which milestone, and who gets it."""

    id: Annotated[fields.ContractId, about("Its id, never used again for another one.", "con_7732_alpha")]
    title: Annotated[fields.Line, about("What it is called on invoices and pages.", "Alpha storefront")]
    client: Annotated[PartyEntry, about("Who pays.", {"name": "Acme Corp", "email": "ap@acme.example"})]
    currency: Annotated[fields.Currency, about("The ISO 4217 code, in lower case.", "usd")]
    total: Annotated[fields.Amount, about("The whole price, with a point before the minor unit.", "30000.00")]
    terms: Annotated[
        fields.Terms,
        about(
            "Days until an invoice is due: net-0 to net-365. Left out: net-15.",
            "net-15",
            json_schema_extra={"default": "net-15"},
        ),
    ] = 15
    gateway: Annotated[fields.Name, about("The name of one of the gateways.", "platform")]
    pay_online: Annotated[
        fields.Flag, about("true: the client must be able to pay on the invoice's own page.", True)
    ] = False
    repositories: Annotated[
        tuple[fields.RepositoryName, ...],
        about("Where its issues live: connection:owner/name.", ["github:acme/storefront"]),
    ] = Field(min_length=1, max_length=100)
    payout: Annotated[
        PayoutEntry, about("Who gets the money.", {"to": [{"account": "acc_dev_team_44", "share": "100%"}]})
    ]
    rules: Annotated[
        RulesEntry | None,
        about("Who may release money, when, and what must happen before.", {"grace": "15m"}),
    ] = None
    milestones: Annotated[
        tuple[MilestoneEntry, ...],
        about(
            "The phases, in the order of the work; the first has index 1.",
            [{"label": "milestone:launch", "title": "Launch", "share": "100%"}],
        ),
    ] = Field(min_length=1, max_length=100)


class FileEntry(Entry):
    """Closeout's contract file."""

    version: Annotated[fields.Version, about("The version of this file format.", 1)]
    seller: Annotated[
        PartyEntry,
        about("Who sends the invoices.", {"name": "Northwind Studio", "email": "billing@northwind.example"}),
    ]
    connections: Annotated[
        tuple[ConnectionEntry, ...], about("The forges.", [{"name": "github", "forge": "github"}])
    ]
    gateways: Annotated[
        tuple[GatewayEntry, ...],
        about(
            "The payment gateways.",
            [{"name": "platform", "kind": "http", "url": "https://pay.example/events"}],
        ),
    ]
    contracts: Annotated[tuple[ContractEntry, ...], about("The contracts; [] while there are none.", [])]
