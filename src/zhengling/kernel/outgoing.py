"""Speaking HTTP to others: no redirects, a time limit, no way into our own network.

A webhook's address comes from outside, so it is guarded: https only, and every address the name resolves to
must be a public one; the connection goes to the address that was checked, whatever the name says a moment
later. An operator opens single hosts of his own network by naming them in ``ZHENGLING_WEBHOOK_HOSTS``.
Gateways that the operator himself configures are not guarded.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

CONNECT_SECONDS = 5
WHOLE_SECONDS = 15
READ_BYTES = 16 * 1024

# Ways to write a private IPv4 address as a public IPv6 one: NAT64, 6to4, Teredo.
TRANSLATED = [
    ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
]


class UnreachableError(Exception):
    """The other side could not be reached or may not be; the message has no more than host and reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`body` is cut off after 16 KiB."""

    status: int
    body: bytes

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


def parse(url: str) -> SplitResult:
    """An absolute http(s) address without name and password. Raises `UnreachableError`."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise UnreachableError("the address is malformed") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UnreachableError("the address must be a full https one")
    if parts.username is not None or parts.password is not None:
        raise UnreachableError("the address must not carry a name or password")
    return parts


def check(url: str, allowed: Collection[str] = ()) -> list[str]:
    """The numerical addresses a guarded `url` may be reached at. Raises `UnreachableError`."""
    parts = parse(url)
    host = parts.hostname or ""
    numbers = _resolve(parts)
    trusted = host in allowed
    if parts.scheme != "https" and not (trusted and all(number.is_loopback for number in numbers)):
        raise UnreachableError(f"{host}: only https is allowed")
    if not trusted:
        for number in numbers:
            if not is_public(number):
                raise UnreachableError(f"{host} lies in a private network; the operator can allow it by name")
    return [str(number) for number in numbers]


def is_public(number: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped:
            return is_public(number.ipv4_mapped)
        if any(number in net for net in TRANSLATED):
            return False
    return number.is_global and not number.is_multicast


def _resolve(parts: SplitResult) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreachableError(f"{host} cannot be resolved") from None
    return [ipaddress.ip_address(str(item[4][0]).partition("%")[0]) for item in found]


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, guarded: bool = True, allowed: Collection[str] = ()
) -> Answer:
    """Send one POST. Raises `UnreachableError` when no answer came; any status is an `Answer`."""
    parts = parse(url)
    numbers = check(url, allowed) if guarded else [str(number) for number in _resolve(parts)]
    connection = _connect(parts, numbers)
    # A receiver that drips one byte at a time would pass every timeout of a single read.
    watchdog = threading.Timer(WHOLE_SECONDS, _cut, (connection,))
    watchdog.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, {"User-Agent": "zhengling", **headers})
        response = connection.getresponse()
        return Answer(response.status, response.read(READ_BYTES))
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(f"{parts.hostname}: {type(error).__name__}") from None
    finally:
        watchdog.cancel()
        connection.close()


def _connect(parts: SplitResult, numbers: list[str]) -> http.client.HTTPConnection:
    """A connection to one of exactly these addresses; the certificate must be the name's."""
    host, port = parts.hostname or "", _port(parts)
    problem = "no address"
    for number in numbers:
        try:
            plain = socket.create_connection((number, port), timeout=CONNECT_SECONDS)
            plain.settimeout(WHOLE_SECONDS)
            connection = http.client.HTTPConnection(host, parts.port, timeout=WHOLE_SECONDS)
            connection.sock = plain
            if parts.scheme == "https":
                connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except OSError as error:
            problem = type(error).__name__
        else:
            return connection
    raise UnreachableError(f"{host}: {problem}")


def _cut(connection: http.client.HTTPConnection) -> None:
    with suppress(OSError):
        if connection.sock:
            connection.sock.shutdown(socket.SHUT_RDWR)
