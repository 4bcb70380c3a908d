"""Which addresses are public enough to post a payment to."""

import socket
from collections.abc import Callable
from ipaddress import ip_network

import pytest

from app.gateways import guard

Resolver = Callable[..., list[tuple[object, ...]]]


def resolver(*addresses: str) -> Resolver:
    """A name service that answers with these addresses, whatever the name."""

    def getaddrinfo(host: str, port: int, *more: object, **options: object) -> list[tuple[object, ...]]:
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in addresses
        ]

    return getaddrinfo


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"])
def test_the_address_of_a_public_server_is_public(address: str) -> None:
    assert guard.is_public(address)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.0.9", "loopback"),
        ("0.0.0.0", "this host"),  # noqa: S104 - a table entry, nothing listens
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("192.168.1.1", "private"),
        ("169.254.169.254", "cloud metadata"),
        ("100.64.0.1", "carrier NAT"),
        ("100.127.255.254", "carrier NAT"),
        ("192.0.0.8", "protocol assignments"),
        ("192.0.2.1", "documentation"),
        ("198.18.0.1", "benchmarks"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("192.88.99.1", "6to4 relay"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "broadcast"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::7f00:1", "IPv4-compatible loopback"),
        ("::ffff:127.0.0.1", "mapped loopback"),
        ("::ffff:8.8.8.8", "mapped"),
        ("64:ff9b::7f00:1", "NAT64 of loopback"),
        ("64:ff9b:1::1", "local NAT64"),
        ("100::1", "discard"),
        ("2001::1", "Teredo"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "6to4 of loopback"),
        ("3fff::1", "documentation"),
        ("5f00::1", "segment routing"),
        ("fc00::1", "unique local"),
        ("fe80::1", "link local"),
        ("fe80::1%eth0", "link local with a zone"),
        ("fec0::1", "old site local"),
        ("ff02::1", "multicast"),
        ("ff0e::1", "global multicast"),
        ("", "nothing"),
        ("pay.example", "a name"),
    ],
)
def test_what_is_no_public_server_is_refused(address: str, why: str) -> None:
    assert not guard.is_public(address), why


@pytest.mark.parametrize(
    "answer",
    [
        ("10.0.0.1",),
        ("93.184.216.34", "10.0.0.1"),
        ("10.0.0.1", "93.184.216.34"),
        ("93.184.216.34", "64:ff9b::7f00:1"),
        ("127.0.0.1",),
    ],
)
def test_one_address_that_is_not_public_refuses_the_whole_name(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[str, ...]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver(*answer))
    with pytest.raises(guard.NoAddress, match="not a public address"):
        guard.addresses("pay.example", 443)


def test_a_public_name_gives_its_addresses_once_each_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("93.184.216.34", "8.8.8.8", "93.184.216.34"))
    assert guard.addresses("pay.example", 443) == ("93.184.216.34", "8.8.8.8")


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "127.0.0.2", "localhost."])
def test_loopback_by_another_spelling_is_refused(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("127.0.0.1"))
    with pytest.raises(guard.NoAddress):
        guard.addresses(host, 443)


def test_this_machine_may_be_named_in_so_many_words() -> None:
    assert guard.addresses("127.0.0.1", 80) == ("127.0.0.1",)
    assert set(guard.addresses("localhost", 80)) <= {"127.0.0.1", "::1"}


def test_a_localhost_that_points_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("10.0.0.1"))
    with pytest.raises(guard.NoAddress):
        guard.addresses("localhost", 80)


LISTED = [ip_network(one) for one in ("10.20.0.0/16", "192.168.7.5", "fd12:3456::/32")]


@pytest.mark.parametrize(
    "answer", [("10.20.0.1",), ("192.168.7.5", "10.20.255.255"), ("fd12:3456::7",), ("::ffff:10.20.0.1",)]
)
def test_a_platform_in_listed_networks_is_posted_to(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[str, ...]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver(*answer))
    assert guard.addresses("pay.internal", 443, private=LISTED) == answer


@pytest.mark.parametrize(
    "answer",
    [
        ("10.21.0.1",),
        ("192.168.7.6",),
        ("10.20.0.1", "10.21.0.1"),
        ("10.20.0.1", "127.0.0.1"),
        ("10.20.0.1", "93.184.216.34"),
        ("169.254.169.254",),
    ],
)
def test_a_list_of_networks_opens_nothing_beside_them(
    monkeypatch: pytest.MonkeyPatch, answer: tuple[str, ...]
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver(*answer))
    with pytest.raises(guard.NoAddress, match="CLOSEOUT_<NAME>_PRIVATE_NETWORKS"):
        guard.addresses("pay.internal", 443, private=LISTED)


def test_a_public_platform_stays_one_whatever_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", resolver("93.184.216.34"))
    assert guard.addresses("pay.example", 443, private=LISTED) == ("93.184.216.34",)


@pytest.mark.parametrize(
    ("address", "wide", "narrow"),
    [
        ("169.254.169.254", "128.0.0.0/1", "169.254.169.254/32"),
        ("::ffff:169.254.169.254", "::ffff:0:0/96", "169.254.169.254/32"),
        ("127.0.0.2", "64.0.0.0/2", "127.0.0.0/8"),
        ("224.0.0.1", "192.0.0.0/2", "224.0.0.0/24"),
        ("0.0.0.0", "0.0.0.0/8", "0.0.0.0/32"),  # noqa: S104 - a table entry, nothing listens
        ("fe80::1", "8000::/1", "fe80::/64"),
        ("::1", "::/8", "::1/128"),
    ],
)
def test_a_special_address_counts_only_where_it_is_listed_as_such(
    address: str, wide: str, narrow: str
) -> None:
    assert not guard.is_listed(address, [ip_network(wide)])
    assert guard.is_listed(address, [ip_network(narrow)])


def test_a_name_that_is_not_known_or_no_name_at_all_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(host: str, port: int, **options: object) -> Resolver:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(guard.NoAddress, match="can not be resolved"):
        guard.addresses("a" * 64 + ".example", 443)  # no label is that long: never asked on the network
    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(guard.NoAddress, match="Name or service not known"):
        guard.addresses("nowhere.example", 443)
