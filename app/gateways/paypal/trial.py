"""Whether PayPal knows us, may do what it is for, and posts to us: by reading, which costs nothing."""

from __future__ import annotations

from collections.abc import Iterator

from app.errors import PayloadError
from app.gateways.base import Trial
from app.gateways.fields import Object, clean
from app.gateways.paypal.callbacks import NEEDED
from app.gateways.paypal.client import PayPalGateway
from app.gateways.paypal.faults import Trouble
from app.gateways.paypal.session import Talk

NOBODY = "NEVERMADE0000000"
"""No payout, capture or refund has this id: whoever may read such is told so with 404."""
_NEXT_NUMBER = "/v2/invoicing/generate-next-invoice-number"
"""Says which number PayPal would give next, to whoever may write invoices; it takes none."""
_READS = {
    "may read invoices": ("/v2/invoicing/invoices", {"page_size": "1"}),
    "may write invoices": (_NEXT_NUMBER, {}),
    "may pay out": (f"/v1/payments/payouts/{NOBODY}", {}),
    "may read payments": (f"/v2/payments/captures/{NOBODY}", {}),
    "may give payments back": (f"/v2/payments/refunds/{NOBODY}", {}),
    "may read disputes": ("/v1/customer/disputes", {"page_size": "1"}),
}
_WEBHOOKS = "/v1/notifications/webhooks"


def trial(gateway: PayPalGateway) -> Iterator[Trial]:
    """The token first: without it nothing else can be tried."""
    talk = Talk(gateway.session)
    where = gateway.session.base_url
    for number, (what, (path, query)) in enumerate(_READS.items()):
        try:
            if path == _NEXT_NUMBER:
                talk.find(path, {})
            else:
                talk.get(path, **query)
        except Trouble as trouble:
            if trouble.status != 404:
                yield Trial(what, trouble.what, _mend(trouble, gateway.name))
                if trouble.status in (0, 401):
                    return
                continue
        if number == 0:
            yield Trial(f"{where} knows us")
        yield Trial(what)
    yield _webhook(talk, gateway)


def _mend(trouble: Trouble, name: str) -> str:
    if trouble.status == 0:
        return "See that this server reaches PayPal"
    return f"See docs/gateways/paypal.md, then closeout gateways test {name}"


def _webhook(talk: Talk, gateway: PayPalGateway) -> Trial:
    """It is registered under our id, and for the events that we need."""
    what = f"the webhook {gateway.webhook_id} is registered"
    mend = f"Add a webhook that posts all events to https://<your server>/gateways/{gateway.name}"
    try:
        hooks = talk.get(_WEBHOOKS).objects("webhooks")
    except (Trouble, PayloadError) as error:
        return Trial(what, error.what, mend)
    mine = next((hook for hook in hooks if hook.members.get("id") == gateway.webhook_id), None)
    if mine is None:
        return Trial(what, "PayPal has no webhook of this id for this app", mend)
    lacks = _lacking(mine)
    if lacks:
        return Trial(what, f"it does not tell {', '.join(lacks)}", mend)
    return Trial(f"{what} and posts to {clean(mine.members.get('url'))}")


def _lacking(hook: Object) -> list[str]:
    told = {clean(kind.members.get("name")) for kind in hook.objects("event_types")}
    return [] if "*" in told else [name for name in NEEDED if name not in told]
