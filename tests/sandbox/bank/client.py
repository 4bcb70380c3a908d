"""A customer of the sandbox bank, over HTTP, with orders that can be wrong in every part."""

from __future__ import annotations

from typing import Any

import requests

from app.gateways.bank.camt import read_camt
from app.gateways.bank.statement import Entry, Statement

IBAN = "DE89370400440532013000"
PAYEE = "AT611904300234573201"
CLIENT = "NL91ABNA0417164300"
EVENT = "evt_98234109c0ffee98234109c0"


class Client:
    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, wish: dict[str, Any] | None = None) -> requests.Response:
        return requests.post(f"{self.url}/sandbox/{path}", json=wish or {}, timeout=10)

    def order(self, body: bytes | str, timeout: int = 10) -> requests.Response:
        data = body.encode() if isinstance(body, str) else body
        return requests.post(f"{self.url}/sandbox/orders", data=data, timeout=timeout)

    def pay(self, amount_cents: int, **more: object) -> dict[str, Any]:
        wish = {"amount_cents": amount_cents, "currency": "eur", "name": "Acme Corp", "iban": CLIENT, **more}
        answer = self.post("pay", wish)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def download(self, **query: str) -> requests.Response:
        return requests.get(f"{self.url}/sandbox/statement", params=query, timeout=10)

    def statement(self, **query: str) -> Statement:
        answer = self.download(**query)
        assert answer.status_code == 200, answer.text
        (one,) = read_camt(answer.content, IBAN)
        return one

    def entries(self, **query: str) -> tuple[Entry, ...]:
        return self.statement(**query).entries

    def balance(self) -> int:
        return int(requests.get(f"{self.url}/sandbox/balance", timeout=10).json()["balance_cents"])

    def journal(self, *kinds: str) -> list[dict[str, Any]]:
        entries = requests.get(f"{self.url}/sandbox/journal", timeout=10).json()
        return [entry for entry in entries if entry["kind"] in kinds]


def transfer(
    end_to_end_id: str = "evt-98234109c0ffee98234109c0",
    amount: str = "500.00",
    iban: str = PAYEE,
    name: str = "Dev Team",
    currency: str = "EUR",
) -> str:
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{end_to_end_id}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="{currency}">{amount}</InstdAmt></Amt><Cdtr><Nm>{name}</Nm></Cdtr>'
        f"<CdtrAcct><Id><IBAN>{iban}</IBAN></Id></CdtrAcct><RmtInf><Ustrd>Milestone 2</Ustrd></RmtInf>"
        "</CdtTrfTxInf>"
    )


def orders(
    *transfers: str,
    message_id: str = "M1",
    total: str = "500.00",
    count: int | None = None,
    day: str = "2026-05-28",
    iban: str = IBAN,
) -> str:
    number = len(transfers) if count is None else count
    sums = f"<NbOfTxs>{number}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr>'
        f"<MsgId>{message_id}</MsgId><CreDtTm>2026-05-28T09:00:00</CreDtTm>{sums}"
        "<InitgPty><Nm>Northwind</Nm></InitgPty></GrpHdr><PmtInf><PmtInfId>P1</PmtInfId><PmtMtd>TRF</PmtMtd>"
        f"{sums}<ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt><Dbtr><Nm>Northwind</Nm></Dbtr><DbtrAcct><Id><IBAN>{iban}"
        f"</IBAN></Id></DbtrAcct><DbtrAgt><FinInstnId/></DbtrAgt>{''.join(transfers)}</PmtInf>"
        "</CstmrCdtTrfInitn></Document>"
    )
