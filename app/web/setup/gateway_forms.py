"""What the setup asks of each kind of gateway, and what is to be done at the vendor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """A secret, or what is kept beside one, by its variable's suffix."""

    suffix: str
    label: str
    placeholder: str
    is_secret: bool = True


@dataclass(frozen=True, slots=True)
class Form:
    """`title` names the kind; `account` is what its account is called, "" where it has an address instead.

    `after` leads to the address for callbacks, "" where nobody calls; `more` is what else is to be done.
    """

    title: str
    about: str
    account: str = ""
    placeholder: str = ""
    fields: tuple[Field, ...] = ()
    after: str = ""
    more: str = ""


FORMS: dict[str, Form] = {
    "http": Form(
        "A platform of your own",
        "It speaks Closeout’s own protocol. Both sides sign what they say with one secret.",
        after="Have the platform send what happens to",
    ),
    "stripe": Form(
        "Stripe",
        "Stripe sends the invoices and takes the payments; the team’s shares go to its connected accounts.",
        account="Your account’s id",
        placeholder="acct_…",
        fields=(
            Field("SECRET", "API key, better a restricted one", "rk_live_…"),
            Field("SIGNING_SECRET", "The webhook endpoint’s signing secret", "whsec_…"),
        ),
        after="At Stripe, under Developers, Webhooks, make an endpoint with the address",
        more="Its API version and its events are listed in docs/gateways/stripe.md.",
    ),
    "paypal": Form(
        "PayPal",
        "PayPal sends the invoices and takes the payments; the team’s shares go out as final payouts.",
        account="The app’s client id",
        placeholder="A…",
        fields=(
            Field("SECRET", "The app’s secret", "E…"),
            Field("WEBHOOK_ID", "The webhook’s id", "1AB23456CD789012E", is_secret=False),
        ),
        after="At PayPal, under the app’s webhooks, make one for all events with the address",
    ),
    "bank": Form(
        "A bank account",
        "Closeout mails the invoices, with IBAN and reference; you import statements and upload payments.",
        account="Your IBAN",
        placeholder="DE02 1203 0000 0000 2020 51",
        more="The invoices go out by mail: set CLOSEOUT_SMTP_URL, as docs/settings.md says.",
    ),
}
