"""Templates of good contracts: each .yml file here is a list of milestones; its first line says what for."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import resources

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_ -]*[A-Za-z0-9]|[0-9]+\.[0-9]+", re.ASCII)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off"})
"""YAML's own words, which other readers turn into something else."""

_FOLDER = resources.files(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a new contract file is to say; texts as they were typed."""

    template: str
    total: str
    currency: str
    connection: str
    forge: str
    repository: str
    id: str = "con_0001"
    title: str = "Website"
    seller: str = "Your Agency"
    seller_email: str = "billing@your-agency.example"
    client: str = "Your Client"
    client_email: str = "ap@your-client.example"
    gateway: str = ""
    gateway_kind: str = "http"
    gateway_url: str = "https://pay.example/events"
    gateway_account: str = ""
    payee: str = ""
    payee_name: str = "Your Team"
    api_url: str = ""


EXAMPLES = {
    "http": ("", "acc_your_team"),
    "stripe": ("acct_YourAgency", "acct_YourTeam"),
    "paypal": ("your-client-id-at-paypal", "team@your-agency.example"),
    "bank": ("DE02120300000000202051", "DE89370400440532013000"),
}
"""For each kind of gateway the seller's account there and a payee's, to be replaced by one's own."""
_HOW = {
    "http": "orders are posted to the url, answers come to /gateways/<name>",
    "stripe": "through Stripe's API; its webhooks come to /gateways/<name>",
    "paypal": "through PayPal's API; its webhooks come to /gateways/<name>",
    "bank": "invoices go out by mail; closeout bank import reads payments, closeout bank orders writes them",
}


def templates() -> dict[str, str]:
    """Every template with the line that describes it."""
    files = sorted(entry.name for entry in _FOLDER.iterdir() if entry.name.endswith(".yml"))
    return {name.removesuffix(".yml"): _lines(name)[0].lstrip("# ") for name in files}


def render(wish: Wish) -> str:
    """A whole contract file. It is not checked here: pass it through `document.read`."""
    milestones = "\n".join(f"      {line}" for line in _lines(f"{wish.template}.yml")[1:])
    gateway = wish.gateway or ("platform" if wish.gateway_kind == "http" else wish.gateway_kind)
    api_url = f", api_url: {_quote(wish.api_url)}" if wish.api_url else ""
    return f"""\
# yaml-language-server: $schema=./closeout.schema.json
# Check this file with: closeout check. A running server takes up a change by itself, and refuses a bad one.
# No secret belongs here: those come from the set-up pages, closeout vault put, or the environment.
version: 1

# Who sends the invoices.
seller: {{name: {_quote(wish.seller)}, email: {_quote(wish.seller_email)}}}

# The forges where issues are closed, under names of your choice: their webhooks go to /hooks/<name>.
connections:
  - {{name: {_quote(wish.connection)}, forge: {_quote(wish.forge)}{api_url}}}

# Who issues invoices and pays the team: {_HOW[wish.gateway_kind]}.
gateways:
  - {{name: {_quote(gateway)}, kind: {wish.gateway_kind}, {_whose(wish)}}}

contracts:
  - id: {_quote(wish.id)}  # for ever: releases are kept under it
    title: {_quote(wish.title)}
    client: {{name: {_quote(wish.client)}, email: {_quote(wish.client_email)}}}
    currency: {_quote(wish.currency)}
    total: {_quote(wish.total)}
    terms: net-15  # how many days the client has to pay
    gateway: {_quote(gateway)}
    repositories: [{_quote(wish.repository)}]
    # auto_clear: true pays the team as soon as the client has paid; false waits for your approval.
    payout: {{auto_clear: false, to: [{_payee(wish)}]}}
    # An issue belongs to the milestone whose label it carries; when all of them are closed, it is billed.
    # A label is what it is found by: change neither a label nor the order once it was released.
    milestones:
{milestones}
    # Who may close and label, the client's acceptance, limits, a grace: rules, see docs/rules.md.
"""


def _whose(wish: Wish) -> str:
    """The gateway's address, or whose account it uses."""
    if wish.gateway_kind == "http":
        return f"url: {_quote(wish.gateway_url)}"
    return f"account: {_quote(wish.gateway_account or EXAMPLES[wish.gateway_kind][0])}"


def _payee(wish: Wish) -> str:
    account = _quote(wish.payee or EXAMPLES[wish.gateway_kind][1])
    name = f", name: {_quote(wish.payee_name)}" if wish.gateway_kind == "bank" else ""
    return f"{{account: {account}{name}, share: 100%}}"


def _lines(name: str) -> list[str]:
    return _FOLDER.joinpath(name).read_text(encoding="utf-8").splitlines()


def _quote(text: str) -> str:
    """Typed text as a YAML scalar that reads back as the very same. A JSON string is one, but for half
    surrogates and the characters that YAML never allows, which the reader refuses.
    """
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)
