"""A GitHub App at the pretend GitHub: its tokens, its webhook, and the log of what did not arrive."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.sandbox.forge import SandboxForge
from app.sandbox.forge.apps.records import App
from tests.sandbox.forge_people import Receiver, as_

KEY = generate_private_key(65537, 2048)
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def app(sandbox: SandboxForge, receiver: Receiver) -> App:
    return sandbox.add_app("closeout", PUBLIC, receiver.url, "a secret")


def token(app: App, algorithm: str = "RS256", **claims: Any) -> str:
    """A token of the App, with other claims; times are seconds from now."""
    now_s = int(time.time())
    whole = {"iss": str(app.id), "iat": now_s - 60, "exp": now_s + 300} | claims
    parts = [json.dumps({"alg": algorithm, "typ": "JWT"}).encode(), json.dumps(whole).encode()]
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    signature = base64.urlsafe_b64encode(KEY.sign(signed, PKCS1v15(), SHA256())).rstrip(b"=")
    return (signed + b"." + signature).decode()


def ask(sandbox: SandboxForge, path: str, credential: str, method: str = "GET") -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {credential}"}
        return session.request(method, sandbox.url + path, headers=headers, timeout=5)


def installation_of(sandbox: SandboxForge, app: App) -> int:
    (one,) = ask(sandbox, "/app/installations", token(app)).json()
    return int(one["id"])


def now_and(seconds: int) -> int:
    return int(time.time()) + seconds


def test_an_app_is_known_by_its_token(sandbox: SandboxForge, app: App) -> None:
    answer = ask(sandbox, "/app", token(app))
    assert (answer.status_code, answer.json()["id"]) == (200, app.id)
    longest = ask(sandbox, "/app", token(app, iss=app.id, exp=now_and(595)))
    assert longest.status_code == 200


@pytest.mark.parametrize(
    ("algorithm", "claims", "status"),
    [
        ("none", {}, 401),
        ("HS256", {}, 401),
        ("RS512", {}, 401),
        ("RS256", {"exp": 700}, 401),
        ("RS256", {"exp": -1}, 401),
        ("RS256", {"exp": None}, 401),
        ("RS256", {"iat": 30}, 401),
        ("RS256", {"iat": None}, 401),
        ("RS256", {"iss": "7"}, 404),
        ("RS256", {"iss": None}, 404),
        ("RS256", {"iss": "closeout"}, 404),
    ],
)
def test_a_token_that_is_not_right_opens_nothing(
    sandbox: SandboxForge, app: App, algorithm: str, claims: dict[str, Any], status: int
) -> None:
    times = {name: now_and(value) for name, value in claims.items() if isinstance(value, int)}
    wrong = token(app, algorithm, **(claims | times))
    assert ask(sandbox, "/app/hook/deliveries", wrong).status_code == status


@pytest.mark.parametrize("change", ["last", "middle", "short", "two", "person", ""])
def test_a_damaged_token_and_a_persons_open_nothing(sandbox: SandboxForge, app: App, change: str) -> None:
    right = token(app)
    header, claims, signature = right.split(".")
    wrong = {
        "last": f"{header}.{claims}.{signature[:-8]}AAAAAAAA",
        "middle": f"{header}.{claims[:-4]}AAAA.{signature}",
        "short": f"{header}.{claims}.",
        "two": f"{header}.{claims}",
        "person": "token-of-olga",
        "": "",
    }[change]
    answer = ask(sandbox, "/app/hook/deliveries", wrong)
    assert answer.status_code == 401
    assert answer.json()["message"]


def test_an_apps_token_opens_nothing_of_a_person(sandbox: SandboxForge, app: App) -> None:
    assert ask(sandbox, "/user", token(app)).status_code == 401
    assert ask(sandbox, "/repos/acme/storefront", token(app)).status_code == 401


def test_an_app_hears_of_every_repository_under_the_same_id_as_a_repositorys_own_hook(
    sandbox: SandboxForge, receiver: Receiver, app: App
) -> None:
    config = {"url": f"{receiver.url}?own", "content_type": "json", "secret": "another"}
    as_(sandbox, "olga").create_hook("web", config, events=["issues"])
    as_(sandbox, "dana").create_issue("Login")
    sandbox.wait_until_sent()
    _ping, own, apps = receiver.taken
    assert own.headers["X-Github-Delivery"] == apps.headers["X-Github-Delivery"]
    assert own.headers["X-Github-Hook-Installation-Target-Type"] == "repository"
    assert apps.headers["X-Github-Hook-Installation-Target-Type"] == "integration"
    assert apps.headers["X-Github-Hook-Installation-Target-Id"] == str(app.id)
    assert "installation" not in json.loads(own.body)
    assert json.loads(apps.body)["installation"]["id"] == installation_of(sandbox, app)


def test_what_failed_stays_failed_until_it_is_asked_for(
    sandbox: SandboxForge, receiver: Receiver, app: App
) -> None:
    sandbox.fail_deliveries()
    as_(sandbox, "dana").create_issue("Login")
    sandbox.mend_deliveries()
    sandbox.wait_until_sent()
    assert receiver.taken == []
    (line,) = ask(sandbox, "/app/hook/deliveries", token(app)).json()
    assert (line["status"], line["status_code"], line["redelivery"]) == ("timed out", 0, False)
    assert line["installation_id"] == installation_of(sandbox, app)
    again = ask(sandbox, f"/app/hook/deliveries/{line['id']}/attempts", token(app), "POST")
    assert again.status_code == 202
    sandbox.wait_until_sent()
    second, first = ask(sandbox, "/app/hook/deliveries", token(app)).json()
    assert first == line
    assert (second["guid"], second["redelivery"], second["status"]) == (line["guid"], True, "OK")
    assert receiver.taken[0].headers["X-Github-Delivery"] == line["guid"]
    whole = ask(sandbox, f"/app/hook/deliveries/{second['id']}", token(app)).json()
    assert whole["request"]["payload"]["issue"]["title"] == "Login"
    assert ask(sandbox, "/app/hook/deliveries/999/attempts", token(app), "POST").status_code == 404


def test_the_log_is_read_by_cursors(sandbox: SandboxForge, app: App) -> None:
    sandbox.fail_deliveries()
    for i in range(7):
        as_(sandbox, "dana").create_issue(f"Case {i}")
    path, seen = "/app/hook/deliveries?per_page=3", []
    while path:
        answer = ask(sandbox, path, token(app))
        seen.append([one["id"] for one in answer.json()])
        assert set(answer.links) <= {"next"}
        path = answer.links.get("next", {}).get("url", "").removeprefix(sandbox.url)
    assert [len(page) for page in seen] == [3, 3, 1]
    flat = [number for page in seen for number in page]
    assert flat == sorted(flat, reverse=True)
    for cursor in ("2", "v1_", "v1_x"):
        assert ask(sandbox, f"/app/hook/deliveries?cursor={cursor}", token(app)).status_code == 400


def test_the_filter_for_failures_misses_what_timed_out(sandbox: SandboxForge, app: App) -> None:
    sandbox.fail_deliveries()
    as_(sandbox, "dana").create_issue("Timed out")
    sandbox.fail_deliveries("Invalid HTTP Response: 502", 502)
    as_(sandbox, "dana").create_issue("Refused")
    failed = ask(sandbox, "/app/hook/deliveries?status=failure", token(app)).json()
    assert [one["status_code"] for one in failed] == [502]
    assert ask(sandbox, "/app/hook/deliveries?status=success", token(app)).json() == []
    assert ask(sandbox, "/app/hook/deliveries?status=lost", token(app)).status_code == 422


def test_the_log_forgets_after_three_days(sandbox: SandboxForge, app: App) -> None:
    sandbox.fail_deliveries()
    as_(sandbox, "dana").create_issue("Login")
    (line,) = ask(sandbox, "/app/hook/deliveries", token(app)).json()
    sandbox.pass_time(3 * 24 * 3600 - 60)
    assert len(ask(sandbox, "/app/hook/deliveries", token(app)).json()) == 1
    sandbox.pass_time(120)
    assert ask(sandbox, "/app/hook/deliveries", token(app)).json() == []
    again = ask(sandbox, f"/app/hook/deliveries/{line['id']}/attempts", token(app), "POST")
    assert again.status_code == 404


@pytest.mark.parametrize("url", ["https://example.com/", "http://10.0.0.1/", "file:///etc/passwd", ""])
def test_an_apps_webhook_stays_on_this_machine(sandbox: SandboxForge, url: str) -> None:
    with pytest.raises(ValueError, match="this machine only"):
        sandbox.add_app("closeout", PUBLIC, url, "a secret")
