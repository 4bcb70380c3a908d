"""Handing mails to a real mail server over a socket: encrypted, refused, slow, broken, taken over once."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.errors import CloseoutError
from app.notices.smtp import MailServer
from tests.notices.post_office import PostOffice

FROM, TO = "billing@northwind.example", "ap@acme.example"
PASSWORD = "canary-mail-password-7d21"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice() as one:
        yield one


def mail(text: str = "Hello\n.\n..two dots\n") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = FROM, TO, "Hello"
    message.set_content(text, cte="quoted-printable")
    return message


def refusal(server: MailServer) -> CloseoutError:
    with pytest.raises(CloseoutError) as caught:
        server.send(mail(), FROM, TO)
    return caught.value


def test_a_mail_arrives_whole_and_within_the_protocol(office: PostOffice) -> None:
    MailServer(office.url).send(mail(), FROM, TO)
    (taken,) = office.taken
    assert (taken.sender, taken.recipients) == (FROM, (TO,))
    assert taken.text == "Hello\n.\n..two dots\n"
    assert office.violations == []
    assert office.heard[-1] == "QUIT"


@pytest.mark.parametrize(
    ("verb", "answer", "is_permanent"),
    [
        ("connect", "554 go away", False),
        ("MAIL", "550 5.7.1 sender not allowed", False),
        ("RCPT", "450 4.2.0 greylisted, try again", False),
        ("RCPT", "550 5.1.1 no such user", True),
        ("DATA", "451 4.3.0 try again", False),
        (".", "452 4.3.1 disk full", False),
        (".", "554 5.7.1 looks like spam", True),
    ],
)
def test_what_the_server_answers_is_told_and_only_its_last_word_is_final(
    office: PostOffice, verb: str, answer: str, is_permanent: bool
) -> None:
    office.answers[verb] = [answer]
    error = refusal(MailServer(office.url))
    assert answer in str(error)
    assert f"mail server 127.0.0.1:{office.port}" in str(error)
    assert error.permanent is is_permanent
    assert office.taken == []


@pytest.mark.parametrize("verb", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("fault", ["silent", "drip", "hang up"])
def test_a_server_that_goes_silent_drips_or_hangs_up_is_left_in_time(
    office: PostOffice, verb: str, fault: str
) -> None:
    office.answers[verb] = [fault] * 2
    began = time.monotonic()
    error = refusal(MailServer(office.url, timeout_s=0.3, total_s=1))
    assert time.monotonic() - began < 5
    assert not error.permanent
    assert error.mend


@pytest.mark.parametrize("fault", ["421 shutting down", "silent", "drip", "hang up"])
def test_a_mail_that_was_taken_over_counts_whatever_comes_of_the_good_bye(
    office: PostOffice, fault: str
) -> None:
    office.answers["QUIT"] = [fault]
    MailServer(office.url, timeout_s=0.3, total_s=1).send(mail(), FROM, TO)
    assert len(office.taken) == 1


def test_a_port_where_nobody_listens_is_told_with_a_mend() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        error = refusal(MailServer(f"smtp://127.0.0.1:{port}"))
    assert not error.permanent
    assert "CLOSEOUT_SMTP_URL" in str(error)


def test_an_answer_with_control_characters_stays_on_its_line(office: PostOffice) -> None:
    office.answers["RCPT"] = ["550 no\x1b[31m such\x07 user \x00" + "x" * 900]
    told = str(refusal(MailServer(office.url)))
    assert told.isprintable()
    assert len(told) < 500


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for mail.example and its key, as files."""
    folder = tmp_path_factory.mktemp("authority")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example")])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("mail.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def encrypting(authority: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority)
    return context


@pytest.fixture
def trusting(authority: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(authority[0]))


@pytest.fixture
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of other machines lead here, so that a server is not on loopback by its name."""
    real: Callable[..., Any] = socket.getaddrinfo

    def found(host: str, *rest: Any, **named: Any) -> Any:
        return real("127.0.0.1" if host.endswith(".example") else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_another_machine_gets_mail_and_password_encrypted_only(
    scheme: str, encrypting: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    with PostOffice(encrypting, is_tls=scheme == "smtps", login=("us er", PASSWORD)) as office:
        url = f"{scheme}://us%20er:{PASSWORD}@mail.example:{office.port}"
        MailServer(url, context=trusting).send(mail(), FROM, TO)
    (taken,) = office.taken
    assert (taken.is_encrypted, taken.user) == (True, "us er")
    assert office.violations == []


@pytest.mark.usefixtures("_elsewhere")
def test_another_machine_without_starttls_gets_neither_mail_nor_password(
    trusting: ssl.SSLContext,
) -> None:
    with PostOffice(login=("user", PASSWORD)) as office:
        url = f"smtp://user:{PASSWORD}@mail.example:{office.port}"
        error = refusal(MailServer(url, context=trusting))
    assert "STARTTLS" in str(error)
    assert not {"AUTH", "MAIL"} & set(office.heard)


@pytest.mark.usefixtures("_elsewhere")
@pytest.mark.parametrize(("scheme", "host"), [("smtp", "other.example"), ("smtps", "other.example")])
def test_a_certificate_for_another_name_is_not_believed(
    scheme: str, host: str, encrypting: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    with PostOffice(encrypting, is_tls=scheme == "smtps", login=("user", PASSWORD)) as office:
        error = refusal(MailServer(f"{scheme}://user:{PASSWORD}@{host}:{office.port}", context=trusting))
    assert "certificate" in str(error)
    assert not {"AUTH", "MAIL"} & set(office.heard)


@pytest.mark.usefixtures("_elsewhere")
def test_a_certificate_of_nobody_known_is_not_believed(encrypting: ssl.SSLContext) -> None:
    with PostOffice(encrypting) as office:
        error = refusal(MailServer(f"smtp://mail.example:{office.port}"))
    assert "certificate" in str(error)
    assert "MAIL" not in office.heard


def test_a_wrong_password_is_told_without_the_password_and_can_be_mended() -> None:
    with PostOffice(login=("user", "another")) as office:
        error = refusal(MailServer(f"smtp://user:{PASSWORD}@127.0.0.1:{office.port}"))
    assert "535 5.7.8 authentication failed" in str(error)
    assert PASSWORD not in str(error)
    assert not error.permanent
