"""The platform's own account and the connected ones. https://docs.stripe.com/api/accounts"""

from __future__ import annotations

from app.sandbox.stripe.books import Books, Params
from app.sandbox.stripe.errors import Refused
from app.sandbox.stripe.lists import page, within
from app.sandbox.stripe.shelf import Paper

PLATFORM_ID = "acct_1SbxPlatform"
CAPABILITY_STATES = ("active", "inactive", "pending")


class Accounts:
    def __init__(self, books: Books) -> None:
        self._books = books
        self._platform = _account(PLATFORM_ID, "active", "usd", books.clock.now_s(), is_ours=True)

    def add(self, account_id: str, *, active: bool = True, currency: str = "usd") -> Paper:
        """A connected account that finished its onboarding, or (not active) has still to."""
        with self._books.lock:
            state = "active" if active else "inactive"
            paper = _account(account_id, state, currency, self._books.clock.now_s(), is_ours=False)
            return self._books.shelf.put(paper)

    def set_transfers(self, account_id: str, state: str) -> Paper:
        """The capability to receive transfers becomes active, inactive or pending. Raises Refused."""
        if state not in CAPABILITY_STATES:
            raise Refused(f"transfers must be one of {', '.join(CAPABILITY_STATES)}", param="transfers")
        account = self._books.shelf.get("account", account_id, "account", status=404)
        before = {name: account[name] for name in ("capabilities", "payouts_enabled", "details_submitted")}
        account["capabilities"] = {"transfers": state}
        account["payouts_enabled"] = account["details_submitted"] = state == "active"
        self._books.tell("account.updated", account, before)
        return account

    def retrieve_current(self, _ids: Params, _params: Params) -> Paper:
        return self._platform

    def retrieve(self, ids: Params, _params: Params) -> Paper:
        account = self._books.shelf.find(ids["id"])
        if ids["id"] == PLATFORM_ID:
            return self._platform
        if account is None or account["object"] != "account":
            raise Refused(
                f"The provided key does not have access to account '{ids['id']}' (or that account does not"
                " exist). Application access may have been revoked.",
                code="account_invalid",
                status=403,
            )
        return account

    def list_all(self, _ids: Params, params: Params) -> Paper:
        found = within(self._books.shelf.every("account"), params.get("created"))
        return page(self._books.shelf, found, params, "/v1/accounts")


def _account(account_id: str, transfers: str, currency: str, now_s: int, *, is_ours: bool) -> Paper:
    is_ready = transfers == "active"
    capabilities = {"card_payments": "active", "transfers": "active"} if is_ours else {"transfers": transfers}
    return {
        "id": account_id,
        "object": "account",
        "business_profile": None,
        "business_type": "company",
        "capabilities": capabilities,
        "charges_enabled": is_ours,
        "country": "US",
        "created": now_s,
        "default_currency": currency,
        "details_submitted": is_ready,
        "email": None,
        "metadata": {},
        "payouts_enabled": is_ready,
        "type": "standard" if is_ours else "express",
    }
