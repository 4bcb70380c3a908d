"""What can go wrong, each with what, where, and what to do about it.

Every error says whether trying the same thing again can help (`permanent`) and what the person should do
(`mend`). Refusals that belong to the business, such as "waits for issue #12", are results, not errors.
"""

from __future__ import annotations


class CloseoutError(Exception):
    """The base: `what` happened, `where` (file:line:column, field, header or URL), how to `mend` it."""

    permanent = True

    def __init__(self, what: str, *, where: str = "", mend: str = "", permanent: bool | None = None) -> None:
        super().__init__(what)
        self.what, self.where, self.mend = what, where, mend
        if permanent is not None:
            self.permanent = permanent

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.mend}" if self.mend else text


class SettingsError(CloseoutError):
    """An environment variable or a secret is missing or malformed."""


class ContractError(CloseoutError):
    """The contract file can not be used; `where` is file:line:column."""


class MoneyError(CloseoutError):
    """An amount, currency or share that has no exact meaning in minor units."""


class SignatureError(CloseoutError):
    """A delivery that is not proven to come from its sender (answered with 401)."""


class PayloadError(CloseoutError):
    """A delivery that was signed but can not be read (answered with 400)."""


class ForgeError(CloseoutError):
    """A forge refused (`permanent`) or could not be reached (not permanent: ask again later).

    `status` is the HTTP status of a refusal, where the adapter tells it.
    """

    permanent = False
    status: int | None = None

    def __init__(self, what: str, *, retry_after_s: int | None = None, **rest: str | bool | None) -> None:
        super().__init__(what, **rest)  # type: ignore[arg-type]
        self.retry_after_s = retry_after_s


class ForgeNotFound(ForgeError):
    """The forge answered 404 or 410: it is gone, or this token may not see it."""

    permanent = True


class GatewayError(CloseoutError):
    """A gateway callback that names something unknown to us, or contradicts what was ordered."""


class BankError(CloseoutError):
    """An account, reference, statement or order that no bank would take, or that has two meanings."""


class StorageUnavailable(CloseoutError):
    """The database can not take a write now (answered with 503; nothing was accepted)."""

    permanent = False


class WrongClock(CloseoutError):
    """This machine's clock and the database's differ too much for deadlines to mean anything."""


class AlreadyRunning(CloseoutError):
    """Another live process holds this database's engine lock."""
