"""From the contract file to a Configuration: all of it right, or every problem with its place."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from app.capabilities import Capabilities
from app.milestones import lint, yamlmap
from app.milestones.agree import disagreements
from app.milestones.contract import (
    Configuration,
    Connection,
    Contract,
    GatewayConfig,
    Milestone,
    Party,
    Payee,
    RepositoryKey,
)
from app.milestones.explain import explain, first_causes
from app.milestones.gateway_agree import can
from app.milestones.lookalike import skeleton
from app.milestones.problems import ConfigurationInvalid, FieldPath, Problem, Source, dotted
from app.milestones.rule_resolve import people, resolve
from app.milestones.rule_sketch import NOTHING, overlaid
from app.milestones.rules import DEFAULT
from app.milestones.shape import ContractEntry, FileEntry, PartyEntry
from app.milestones.sketch import ContractSketch, FileSketch, Finding, sketch
from app.milestones.yamlmap import Document


def load(path: Path) -> Configuration:
    """Read the file at `path`. Raises ConfigurationInvalid with all of its errors; warnings are left out."""
    return parse(read_bytes(path), str(path))


def parse(source: bytes | str, file: str, commit: str = "") -> Configuration:
    """The same for a file's content. `file` is the name that errors carry, `commit` where it was read."""
    configuration, problems, _, _ = _read(source, file, commit)
    if configuration is None:
        raise ConfigurationInvalid(problems)
    return configuration


def read(source: bytes | str, file: str) -> tuple[Configuration | None, list[Problem]]:
    """The configuration (None while there are errors) and all errors and warnings, in the file's order."""
    try:
        configuration, problems, document, known = _read(source, file, "")
    except ConfigurationInvalid as unreadable:
        return None, list(unreadable.problems)
    warnings = _placed(document, lint.warnings(known), "warning")
    refused_fields = {problem.field for problem in problems}
    return configuration, _sorted([*problems, *(one for one in warnings if one.field not in refused_fields)])


def read_bytes(path: Path) -> bytes:
    """The file's bytes, at most what `yamlmap` takes. Raises ConfigurationInvalid when it can not be read."""
    try:
        with path.open("rb") as stream:
            return stream.read(yamlmap.MAX_BYTES + 1)
    except OSError as error:
        mend = "Check the path (CLOSEOUT_CONFIG) and who may read the file"
        raise Source("", str(path)).refuse(0, f"can not be read: {error.strerror}", mend) from error


def _read(
    source: bytes | str, file: str, commit: str
) -> tuple[Configuration | None, list[Problem], Document, FileSketch]:
    text = yamlmap.decode(source, file) if isinstance(source, bytes) else source
    document = yamlmap.compose(text, file)
    known = sketch(document.value)
    entry, findings = _shape(document)

    def where(path: FieldPath) -> str:
        line, column = document.source.position(document.offset(path))
        return f"{file}:{line}:{column}"

    findings += disagreements(known, where)
    slips = {problem.field for problem in document.problems}
    rest = [problem for problem in _placed(document, findings, "error") if problem.field not in slips]
    problems = _sorted([*document.problems, *rest])
    configuration = None if problems or entry is None else _configuration(file, entry, known, commit)
    return configuration, problems, document, known


def _shape(document: Document) -> tuple[FileEntry | None, list[Finding]]:
    try:
        return FileEntry.model_validate(document.value), []
    except ValidationError as refused:
        return None, [
            Finding(error["loc"], *explain(error), of_key=error["type"] == "extra_forbidden")
            for error in first_causes(refused.errors(include_url=False))
        ]


def _placed(
    document: Document, findings: Iterable[Finding], severity: Literal["error", "warning"]
) -> list[Problem]:
    problems = []
    for path, message, mend, of_key in findings:
        line, column = document.source.position(document.offset(path, of_key=of_key))
        problems.append(Problem(severity, document.source.file, line, column, dotted(path), message, mend))
    return problems


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda one: (one.line, one.column, one.severity, one.field, one.message))


def _configuration(file: str, entry: FileEntry, known: FileSketch, commit: str) -> Configuration:
    seller = _party(entry.seller)
    gateways = {
        one.name: GatewayConfig(one.name, one.kind, one.url, one.account, one.bic, can(one.kind, one.offers))
        for one in entry.gateways
    }
    contracts = [
        _contract(one, drawn, seller, gateways[one.gateway].can, commit)
        for one, drawn in zip(entry.contracts, known.contracts, strict=True)
    ]
    by_label = {
        (key.connection, key.full_name.lower(), milestone.label): (contract.id, milestone.index)
        for contract in contracts
        for key in contract.repositories
        for milestone in contract.milestones
        if milestone.label
    }
    return Configuration(
        path=file,
        connections={one.name: Connection(one.name, one.forge, one.api_url) for one in entry.connections},
        gateways=gateways,
        contracts={contract.id: contract for contract in contracts},
        by_label=by_label,
        by_look={(host, name, skeleton(label)): label for host, name, label in reversed(by_label)},
        by_milestone={
            (key.connection, key.full_name.lower(), milestone.native): (contract.id, milestone.index)
            for contract in contracts
            for key in contract.repositories
            for milestone in contract.milestones
            if milestone.native
        },
        repositories=frozenset(
            (key.connection, key.full_name.lower()) for contract in contracts for key in contract.repositories
        ),
        commit=commit,
    )


def _contract(
    entry: ContractEntry, known: ContractSketch, seller: Party, able: Capabilities, commit: str
) -> Contract:
    connection, payout = known.connections[0], entry.payout
    return Contract(
        id=entry.id,
        title=entry.title,
        seller=seller,
        client=_party(entry.client),
        currency=entry.currency,
        total_minor=sum(known.amounts_minor),
        net_days=entry.terms,
        gateway=entry.gateway,
        repositories=tuple(RepositoryKey(*names) for names in entry.repositories),
        auto_clear=payout.auto_clear,
        payees=tuple(
            Payee(one.account, one.share, people(drawn.users, connection), one.name)
            for one, drawn in zip(payout.to, known.payees, strict=True)
        ),
        milestones=_milestones(entry, known, connection),
        disburse=payout.disburse,
        partial=payout.partial,
        on_refund=payout.on_refund or ("reverse" if able.reversal else "keep"),
        pay_online=entry.pay_online,
        commit=commit,
    )


def _milestones(entry: ContractEntry, known: ContractSketch, connection: str) -> tuple[Milestone, ...]:
    """Milestones without rules of their own share the contract's, however many there are."""
    shared = DEFAULT if known.rules is NOTHING else resolve(known.rules, entry.currency, connection)
    return tuple(
        Milestone(
            index=index,
            label=one.label,
            title=one.title,
            share=one.share,
            amount_minor=amount_minor,
            criteria=one.criteria,
            native=one.milestone,
            net_days=one.terms,
            rules=shared
            if drawn.rules is NOTHING
            else resolve(overlaid(known.rules, drawn.rules), entry.currency, connection),
        )
        for index, (one, drawn, amount_minor) in enumerate(
            zip(entry.milestones, known.milestones, known.amounts_minor, strict=True), start=1
        )
    )


def _party(entry: PartyEntry) -> Party:
    return Party(entry.name, entry.email, entry.address, entry.tax_id)
