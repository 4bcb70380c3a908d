"""Which addresses a payment may be posted to: public ones, judged at each delivery, not by name.

A host that answers with one public and one private address is refused as a whole: it could answer with the
other one a moment later. The caller then connects to the very address that was checked. Whoever runs the
server may list networks of a platform that is private; the contract file may not, since others may write it.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from app.errors import CloseoutError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
"""Hosts that name this machine in so many words: a local sandbox, asked for by whoever wrote the file."""

# `is_global` alone lets these through, or the registry calls them global although no server lives there:
# https://www.iana.org/assignments/iana-ipv4-special-registry, …/iana-ipv6-special-registry
_NOT_SERVERS_V4 = (
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments, which older Pythons call global
    ipaddress.IPv4Network("192.88.99.0/24"),  # the old 6to4 relays
)
_SERVERS_V6 = ipaddress.IPv6Network("2000::/3")  # leaves out mapped, compatible, NAT64, multicast, local
_NOT_SERVERS_V6 = (
    ipaddress.IPv6Network("2001::/23"),  # protocol assignments, among them Teredo
    ipaddress.IPv6Network("2002::/16"),  # 6to4: carries any IPv4 address inside
    ipaddress.IPv6Network("3fff::/20"),  # documentation
)


class NoAddress(CloseoutError):
    """A host that can not be resolved now, or that must not be connected to."""

    permanent = False


def is_public(address: str) -> bool:
    """Whether `address` (IPv4 or IPv6 as text, perhaps with a zone) is that of a public server."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return ip.is_global and not ip.is_multicast and not any(ip in network for network in _NOT_SERVERS_V4)
    return ip.is_global and ip in _SERVERS_V6 and not any(ip in network for network in _NOT_SERVERS_V6)


_SPECIAL = ("is_loopback", "is_link_local", "is_multicast", "is_unspecified")
"""Where this machine and its neighbours answer, 169.254.169.254 among them, which hands out credentials."""


def is_listed(address: str, private: Sequence[Network]) -> bool:
    """Whether `address` lies in one of these networks; a special one only counts in a network of its kind.

    So 128.0.0.0/1, listed by a slip, opens no metadata service. An IPv6 address that holds an IPv4 one is
    that IPv4 one, since a connection to it goes there.
    """
    ip = ipaddress.ip_address(address)
    ip = getattr(ip, "ipv4_mapped", None) or ip
    kinds = [kind for kind in _SPECIAL if getattr(ip, kind)]
    return any(ip in network and all(getattr(network, kind) for kind in kinds) for network in private)


def addresses(host: str, port: int, *, private: Sequence[Network] = ()) -> tuple[str, ...]:
    """Resolve `host` now and return its addresses, each fit to connect to, in the resolver's order.

    All are public, or all are in the listed `private` networks; a host of LOOPBACK_HOSTS must be loopback.
    Raises NoAddress.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAddress(f"{host} can not be resolved ({error})") from error
    unique = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    if unique and all(is_listed(address, private) for address in unique):
        return unique
    if host in LOOPBACK_HOSTS:
        wrong = [address for address in unique if not ipaddress.ip_address(address).is_loopback]
    else:
        wrong = [address for address in unique if not is_public(address)]
    if wrong:
        raise NoAddress(
            f"{host} resolves to {wrong[0]}, which is not a public address",
            mend="Use the platform's public name; or, if it is private, list its network on this server, in"
            " CLOSEOUT_<NAME>_PRIVATE_NETWORKS",
        )
    return unique
