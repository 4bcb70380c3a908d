"""Statements in camt.053, written by hand here so that each part of them can be wrong."""

from __future__ import annotations

IBAN = "DE89370400440532013000"
CLIENT = "NL91ABNA0417164300"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."


def document(*statements: str, version: str = "08", namespace: str = NAMESPACE) -> bytes:
    body = "\n".join(statements)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{namespace}{version}">\n<BkToCstmrStmt>\n'
        f"<GrpHdr><MsgId>1</MsgId></GrpHdr>\n{body}\n</BkToCstmrStmt></Document>"
    ).encode()


def statement(*entries: str, iban: str = IBAN, balances: str = "") -> str:
    joined = "\n".join(entries)
    return f"<Stmt><Id>S1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>\n{balances}{joined}\n</Stmt>"


def balance(code: str, amount: str, sign: str = "CRDT") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-05-28</Dt></Dt></Bal>\n"
    )


def entry(
    details: str = "",
    *,
    amount: str = "7500.00",
    currency: str = "EUR",
    sign: str = "CRDT",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    day: str = "<BookgDt><Dt>2026-05-28</Dt></BookgDt>",
    reference: str = "<AcctSvcrRef>B-1</AcctSvcrRef>",
    reversal: str = "",
    more: str = "",
) -> str:
    return (
        f'<Ntry><NtryRef>1</NtryRef><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"{reversal}{status}{day}{reference}<NtryDtls>{details}</NtryDtls>{more}</Ntry>"
    )


def transaction(
    *,
    refs: str = "",
    amount: str = "",
    parties: str = "",
    remittance: str = "",
    more: str = "",
) -> str:
    return (
        f"<TxDtls><Refs>{refs}</Refs>{amount}<RltdPties>{parties}</RltdPties>"
        f"<RmtInf>{remittance}</RmtInf>{more}</TxDtls>"
    )


def amount_of(text: str, currency: str = "EUR") -> str:
    return f'<Amt Ccy="{currency}">{text}</Amt>'


def party(role: str, name: str, iban: str, *, old: bool = False) -> str:
    inner = f"<Nm>{name}</Nm>" if old else f"<Pty><Nm>{name}</Nm></Pty>"
    return f"<{role}>{inner}</{role}><{role}Acct><Id><IBAN>{iban}</IBAN></Id></{role}Acct>"


CLIENT_PAYS = party("Dbtr", "Acme Corp", CLIENT) + party("Cdtr", "Northwind", IBAN)
