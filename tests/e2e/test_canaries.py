"""No secret is ever printed, logged, shown or stored in the open: everything that comes out is searched."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from app.sandbox.platform import SANDBOX_SECRET
from app.sandbox.world import BOT, PEOPLE, WEBHOOK_SECRET
from app.settings import Settings
from app.vault.store import Vault
from tests.e2e.stack import Stack, stack

KEY = "canary-key-of-at-least-32-characters-long"
STATUS_TOKEN = "canary-status-token"
MAIL_PASSWORD = "canary/mail:password"
IN_VAULT = {
    "LAB_TOKEN": "canary-token-in-the-vault",
    "LAB_WEBHOOK_SECRET": "canary-webhook-secret-in-the-vault",
    "LAB_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----\ncanaryline1canaryline1\n-----END-----",
    "SPARE_SECRET": "whsec_canarycanarycanarycanarycanarycanary",
}
SECRETS = (
    KEY,
    STATUS_TOKEN,
    MAIL_PASSWORD,
    PEOPLE[BOT][0],
    WEBHOOK_SECRET,
    SANDBOX_SECRET,
    *(IN_VAULT[name] for name in IN_VAULT if name != "LAB_PRIVATE_KEY"),
    "canaryline1canaryline1",
)
COMMANDS = (
    ("releases",),
    ("releases", "--json"),
    ("deliveries", "--json"),
    ("doctor",),
    ("doctor", "--json"),
    ("vault",),
    ("vault", "--json"),
    ("sweep", "--json"),
    ("labels", "sync", "--dry-run", "--json"),
    ("identities", "--json"),
    ("explain", "con_7732_alpha", "1"),
    ("check", "--against-database"),
    ("ledger", "verify"),
    ("reconcile", "--json"),
    ("vault", "rotate"),
    ("setup",),
)


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[Stack]:
    with stack(tmp_path, f"sqlite:///{tmp_path}/closeout.db") as one:
        one.environment |= {
            "CLOSEOUT_KEY": KEY,
            "CLOSEOUT_STATUS_TOKEN": STATUS_TOKEN,
            "CLOSEOUT_PUBLIC_URL": one.url,
            "CLOSEOUT_SMTP_URL": f"smtp://user:{quote(MAIL_PASSWORD, safe='')}@127.0.0.1:9",
            "CLOSEOUT_LOG_LEVEL": "debug",
        }
        yield one


def forms(secret: str) -> list[bytes]:
    """How it may stand somewhere."""
    plain = secret.encode()
    return [plain, quote(secret, safe="").encode(), base64.b64encode(plain).rstrip(b"=")]


def found_in(place: str, content: bytes) -> list[str]:
    return [f"{secret!r} in {place}" for secret in SECRETS for form in forms(secret) if form in content]


def test_no_secret_comes_out_anywhere(planted: Stack, tmp_path: Path) -> None:
    planted.serve()
    Vault(planted.db, Settings.load(planted.environment)).put(IN_VAULT)
    planted.close(planted.open_issue("milestone:kickoff"))
    planted.until_state(1, "disbursed")
    # What goes wrong tells the most.
    planted.world.platform.faults.switch_on("open_invoice", "500", 1)
    planted.close(planted.open_issue("milestone:uat"))
    planted.world.forge.fail_next("unauthorized", 2)
    planted.until_state(3, "disbursed")
    requests.post(f"{planted.url}/hooks/github", data=b"{}", timeout=20)
    requests.post(f"{planted.url}/gateways/platform", data=b"{}", timeout=20)

    leaks = []
    for arguments in (*COMMANDS, ("backup", str(tmp_path / "out.backup"))):
        done = planted.cli(*arguments)
        leaks += found_in(" ".join(arguments), (done.stdout + done.stderr).encode())
    for wrong in ("CLOSEOUT_GITHUB_TOKEN", "CLOSEOUT_PLATFORM_SECRET", "CLOSEOUT_SMTP_URL", "CLOSEOUT_KEY"):
        before = planted.environment[wrong]
        planted.environment[wrong] = f"{before[:-1]} "
        done = planted.cli("doctor")
        leaks += found_in(f"doctor with a wrong {wrong}", (done.stdout + done.stderr).encode())
        planted.environment[wrong] = before
    with requests.Session() as session:
        session.get(f"{planted.url}/?token={STATUS_TOKEN}", timeout=20)
        for path in ("/", "/metrics", "/readyz", "/setup", "/accept/x", f"/?token={STATUS_TOKEN}x"):
            page = session.get(planted.url + path, timeout=20)
            leaks += found_in(path, page.content + str(page.headers).encode())
    with zipfile.ZipFile(tmp_path / "out.backup") as backup:
        for name in backup.namelist():
            leaks += found_in(f"the backup's {name}", backup.read(name))
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    leaks += [leak for path in files for leak in found_in(path.name, path.read_bytes())]
    assert leaks == []


def test_the_search_would_find_one() -> None:
    text = f"a line with {STATUS_TOKEN} and {base64.b64encode(KEY.encode()).decode()}".encode()
    assert len(set(found_in("here", text))) == 2
