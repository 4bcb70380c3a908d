"""Imports point down, pure files stay pure, and each special thing happens in its one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"
FILES = sorted(path for path in APP.rglob("*.py") if "versions" not in path.parts)

PURE = [
    "capabilities.py",
    "money.py",
    "events.py",
    "errors.py",
    "configuration/changes.py",
    "configuration/words.py",
    "milestones/contract.py",
    "milestones/match.py",
    "milestones/lint.py",
    "milestones/rules.py",
    "releases/decision/decide.py",
    "releases/decision/evidence.py",
    "releases/decision/judge.py",
    "releases/decision/seen.py",
    "releases/decision/standing.py",
    "releases/labels/plan.py",
    "releases/labels/wanted.py",
    "releases/people/calendar.py",
    "releases/reconcile/compare.py",
    "releases/sweep/findings.py",
    "releases/sweep/window.py",
    "releases/told/choices.py",
    "releases/told/differences.py",
    "releases/told/evidence_words.py",
    "releases/told/outlook.py",
    "releases/told/rule_words.py",
    "notices/invoice_text.py",
    "notices/mail_text.py",
    "notices/text.py",
    "place.py",
    "setup/manifest.py",
    "web/status.py",
    "forges/colors.py",
    "forges/github/parse.py",
    "forges/github/shapes.py",
    "forges/gitlab/parse.py",
    "forges/gitlab/history.py",
    "forges/gitlab/shapes.py",
    "forges/gitea/parse.py",
    "forges/gitea/history.py",
    "forges/gitea/shapes.py",
    "signatures.py",
    "strictjson.py",
    "gateways/bank/account.py",
    "gateways/bank/amounts.py",
    "gateways/bank/camt.py",
    "gateways/bank/camt_parts.py",
    "gateways/bank/columns.py",
    "gateways/bank/csv_statement.py",
    "gateways/bank/epc.py",
    "gateways/bank/links.py",
    "gateways/bank/notes.py",
    "gateways/bank/context.py",
    "gateways/bank/pain.py",
    "gateways/bank/readings.py",
    "gateways/bank/reference.py",
    "gateways/bank/statement.py",
    "gateways/bank/table.py",
    "gateways/bank/xml_tree.py",
    "gateways/fields.py",
    "gateways/http/listing.py",
    "gateways/http/parse.py",
    "gateways/http/envelope.py",
    "gateways/stripe/facts.py",
    "gateways/stripe/papers.py",
    "gateways/stripe/plan.py",
    "gateways/stripe/units.py",
    "gateways/stripe/webhooks.py",
    "gateways/stripe/words.py",
    "gateways/paypal/amounts.py",
    "gateways/paypal/bill.py",
    "gateways/paypal/callbacks.py",
    "gateways/paypal/parse.py",
    "gateways/paypal/plan.py",
]
OUTSIDE = {"flask", "requests", "sqlalchemy", "github", "gitlab", "dbos", "urllib3", "socket", "http"}

RANKS = [
    ("errors", "money", "events", "capabilities", "strictjson", "signatures", "wellformed", "place"),
    ("settings", "db", "logs", "loops", "presence"),
    ("milestones", "forges", "gateways", "vault"),
    ("inbox", "invoices", "payouts", "ledger", "notices"),
    ("connections", "engine"),
    ("releases",),
    ("configuration", "banking"),
    ("connect", "migrations", "setup"),
    ("backup", "configured"),
    ("web", "sandbox", "doctor"),
    ("__init__",),
    ("cli", "__main__"),
]
RANK = {part: rank for rank, parts in enumerate(RANKS) for part in parts}


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            if node.module == "app":
                yield from (f"app.{alias.name}" for alias in node.names)


def part_of(module: str) -> str | None:
    """The part of the house that a module of ours belongs to."""
    match = re.match(r"app\.(\w+)", module)
    return match[1] if match and match[1] in RANK else None


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(APP)))
def test_imports_point_down(path: Path) -> None:
    inside = path.relative_to(APP)
    own = inside.parts[0].removesuffix(".py")
    above = {
        module for module in imports(path) if (part := part_of(module)) is not None and RANK[part] > RANK[own]
    }
    assert not above, f"{inside} imports what stands above it: {sorted(above)}"


@pytest.mark.parametrize("name", PURE)
def test_pure_files_import_nothing_that_reaches_outside(name: str) -> None:
    reached = {module.split(".")[0] for module in imports(APP / name)} & OUTSIDE
    assert not reached


VALUES = ("app.capabilities", "app.events", "app.money", "app.errors", "app.strictjson", "app.signatures")
BANKS_BOOKS = ("books", "client", "matching", "payments", "tables", "taking")
IN_OUR_DATABASE = {
    "gateways/pace.py": ("app.db",),
    **{f"gateways/bank/{name}.py": ("app.db",) for name in BANKS_BOOKS},
}
"""What all workers must agree upon; and a bank's counterpart, since it takes files from people alone."""


@pytest.mark.parametrize("kind", ["forges", "gateways"])
def test_adapters_know_only_values_and_their_own_folder(kind: str) -> None:
    for path in (APP / kind).rglob("*.py"):
        if path.name == "registry.py":
            continue
        allowed = (*VALUES, f"app.{kind}", *IN_OUR_DATABASE.get(str(path.relative_to(APP)), ()))
        foreign = {
            module for module in imports(path) if module.startswith("app.") and not module.startswith(allowed)
        }
        assert not foreign, f"{path.relative_to(APP)} imports {sorted(foreign)}"


ONE_PLACE = [
    (r"\bos\.environ\b|\bos\.getenv\b", {"settings.py", "cli"}, "the environment is read in settings.py"),
    (r"^(from|import) dbos\b", {"engine.py"}, "only engine.py knows the workflow library"),
    (r"\bfloat\(", set(), "no float near money"),
    (r"\.commit\(\)", {"db.py", "engine.py"}, "db.py commits"),
]


@pytest.mark.parametrize(("pattern", "allowed", "why"), ONE_PLACE, ids=[why for *_, why in ONE_PLACE])
def test_special_things_happen_in_their_one_place(pattern: str, allowed: set[str], why: str) -> None:
    found = [
        str(path.relative_to(APP))
        for path in FILES
        if re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    strays = [name for name in found if name not in allowed and name.split("/")[0] not in allowed]
    assert not strays, f"{why}: {strays}"


def test_no_file_is_longer_than_a_sitting() -> None:
    long = [str(path) for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > 300]
    assert not long
