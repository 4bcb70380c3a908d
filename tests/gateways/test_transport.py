"""One request over the wire: what was certainly not sent, what may have arrived, and how long it may take."""

import gzip
import socket
import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.gateways import guard, transport
from app.gateways.transport import Answer, Limits, Lost, NotSent
from tests.gateways.http import raw

QUICK = Limits(timeout_s=0.3, total_s=0.6)
PATIENT = Limits(timeout_s=5, total_s=10)
BODY = b'{"id":"evt_1"}'
LOOPBACK = [ip_network("127.0.0.0/8")]


def post(url: str, limits: Limits = PATIENT, **options: object) -> Answer:
    return transport.fetch("POST", url, {"Idempotency-Key": "k"}, BODY, limits, **options)  # type: ignore[arg-type]


@pytest.fixture
def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, str]:
    """A server context and the PEM file that trusts it, made out to one DNS name and to no address."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    return context, str(cert_file)


def test_the_answer_comes_back_with_what_was_asked_in_the_request() -> None:
    with raw.raw_server(raw.answering(raw.ok(b"{}", "Retry-After: 7"))) as server:
        answer = post(f"http://127.0.0.1:{server.port}/events")
    assert answer == Answer(200, "application/json", 7, b"{}", whole=True)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert body == BODY
    assert head.startswith(b"POST /events HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{server.port}".encode() in head


def test_a_refused_connection_is_certainly_not_sent(free_port: int) -> None:
    with pytest.raises(NotSent, match="ConnectionRefusedError"):
        post(f"http://127.0.0.1:{free_port}/")


def test_a_name_that_does_not_resolve_is_certainly_not_sent() -> None:
    with pytest.raises(NotSent, match="can not be resolved"):
        post(f"https://{'a' * 64}.example/")


def test_an_address_that_is_not_public_is_certainly_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw.raw_server(raw.answering(raw.ok(b"{}"))) as server:
        with pytest.raises(NotSent, match="not a public address"):
            post(f"http://127.0.0.2:{server.port}/")
        assert server.connections == 0


def test_a_reset_during_the_tls_handshake_is_certainly_not_sent() -> None:
    with (
        raw.raw_server(lambda connection, _: raw.reset(connection)) as server,
        pytest.raises(NotSent, match="could not connect"),
    ):
        post(f"https://localhost:{server.port}/")
    assert server.connections >= 1


def test_a_certificate_that_nobody_vouches_for_is_certainly_not_sent(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path, "localhost")
    with (
        raw.raw_server(raw.answering(raw.ok(b"{}")), context) as server,
        pytest.raises(NotSent, match="certificate verify failed"),
    ):
        post(f"https://localhost:{server.port}/")
    assert server.requests == []


def test_the_certificate_is_checked_by_name_although_the_address_is_pinned(tmp_path: Path) -> None:
    context, ca_file = certificate(tmp_path, "localhost")
    seen: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: seen.append(name)
    with raw.raw_server(raw.answering(raw.ok(b"{}")), context) as server:
        assert post(f"https://localhost:{server.port}/", ca_file=ca_file).status == 200
    assert set(seen) == {"localhost"}
    assert f"Host: localhost:{server.port}".encode() in server.requests[0]


def test_the_certificate_of_another_name_is_certainly_not_sent(tmp_path: Path) -> None:
    context, ca_file = certificate(tmp_path, "other.example")
    with (
        raw.raw_server(raw.answering(raw.ok(b"{}")), context) as server,
        pytest.raises(NotSent, match="localhost"),
    ):
        post(f"https://localhost:{server.port}/", ca_file=ca_file)
    assert server.requests == []


@pytest.mark.parametrize(
    ("talk", "why"),
    [
        (raw.resetting, "ConnectionResetError"),
        (raw.answering(b""), "RemoteDisconnected"),
        (raw.answering(raw.ok(b"{}" * 50)[:-30]), "IncompleteRead"),
        (raw.answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}"), "broke"),
        (raw.answering(b"rubbish\r\n\r\n"), "BadStatusLine"),
    ],
)
def test_whatever_breaks_after_the_request_went_out_may_have_happened(talk: raw.Talk, why: str) -> None:
    with raw.raw_server(talk) as server, pytest.raises(Lost, match=why):
        post(f"http://127.0.0.1:{server.port}/")
    assert len(server.requests) == 1, "an order is sent once, whatever becomes of it"


def test_silence_ends_at_the_time_out_and_may_have_happened() -> None:
    with raw.raw_server(raw.silent) as server, pytest.raises(Lost, match="TimeoutError"):
        post(f"http://127.0.0.1:{server.port}/", QUICK)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Slow: ", b"a"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b" "),
        (b"HTTP/1.1 422 No\r\nContent-Length: 100000\r\n\r\n", b" "),
    ],
    ids=["headers", "body", "chunks", "until it closes", "a refusal"],
)
def test_a_slow_drip_ends_at_the_total_deadline(start: bytes, drop: bytes) -> None:
    with raw.raw_server(raw.dripping(start, drop)) as server:
        began = time.monotonic()
        with pytest.raises(Lost, match="before the deadline"):
            post(f"http://127.0.0.1:{server.port}/", QUICK)
        took_s = time.monotonic() - began
    assert 0.5 < took_s < 3


def test_a_slow_drip_ends_at_the_total_deadline_over_tls_too(tmp_path: Path) -> None:
    context, ca_file = certificate(tmp_path, "localhost")
    drip = raw.dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" ")
    with raw.raw_server(drip, context) as server:
        began = time.monotonic()
        with pytest.raises(Lost, match="before the deadline"):
            post(f"https://localhost:{server.port}/", QUICK, ca_file=ca_file)
        assert time.monotonic() - began < 3


def test_an_endless_answer_is_cut_and_says_so() -> None:
    too_long = raw.ok(b"x" * (transport.MAX_ANSWER_BYTES + 50))
    with raw.raw_server(raw.answering(too_long)) as server:
        answer = post(f"http://127.0.0.1:{server.port}/")
    assert len(answer.body) == transport.MAX_ANSWER_BYTES
    assert not answer.whole


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n{}", b"HTTP/1.1 200 OK\r\nContent-Le"])
def test_an_answer_without_a_length_may_have_been_cut(answer: bytes) -> None:
    with raw.raw_server(raw.answering(answer)) as server:
        assert not post(f"http://127.0.0.1:{server.port}/").whole


def test_a_compressed_answer_is_not_unpacked() -> None:
    packed = gzip.compress(b"{}" * 1000)
    with raw.raw_server(raw.answering(raw.ok(packed, "Content-Encoding: gzip"))) as server:
        assert post(f"http://127.0.0.1:{server.port}/").body == packed
    assert b"Accept-Encoding: identity" in server.requests[0]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with raw.raw_server(raw.answering(raw.ok(b"{}"))) as target:
        location = f"Location: http://127.0.0.1:{target.port}/"
        moved = raw.ok(b"", location).replace(b"200 OK", b"307 Moved")
        with raw.raw_server(raw.answering(moved)) as server:
            assert post(f"http://127.0.0.1:{server.port}/").status == 307
        assert target.connections == 0


def test_proxies_and_logins_of_the_environment_play_no_part(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free_port: int
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port}")
    monkeypatch.setenv("no_proxy", "")
    with raw.raw_server(raw.answering(raw.ok(b"{}"))) as server:
        assert post(f"http://127.0.0.1:{server.port}/").status == 200
    assert b"authorization" not in server.requests[0].lower()


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = socket.getaddrinfo, []

    def rebinding(host: str, port: int, *args: object, **options: object) -> object:
        if host != "pay.example":
            return real(host, port, *args, **options)  # type: ignore[arg-type]
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.9"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with raw.raw_server(raw.answering(raw.ok(b"{}"))) as server:
        answer = post(f"http://pay.example:{server.port}/", private=LOOPBACK)
    assert answer.status == 200
    assert asked == ["pay.example"], "a second look at the name could give another address"
    assert f"Host: pay.example:{server.port}".encode() in server.requests[0]


def test_the_next_address_is_tried_when_the_first_does_not_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.getaddrinfo

    def two(host: str, port: int, *args: object, **options: object) -> object:
        if host != "pay.example":
            return real(host, port, *args, **options)  # type: ignore[arg-type]
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in ("127.0.0.9", "127.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", two)
    with raw.raw_server(raw.answering(raw.ok(b"{}"))) as server:
        assert post(f"http://pay.example:{server.port}/", private=LOOPBACK).status == 200


def test_the_next_address_is_not_tried_once_something_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def twice(host: str, port: int, *, private: object) -> tuple[str, ...]:
        return (host, host)

    monkeypatch.setattr(guard, "addresses", twice)
    with raw.raw_server(raw.resetting) as server, pytest.raises(Lost):
        post(f"http://127.0.0.1:{server.port}/")
    assert server.connections == 1
