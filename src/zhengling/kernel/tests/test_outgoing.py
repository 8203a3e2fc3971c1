"""Calling others: what may be called, what comes back, and that nobody leads us into our own network."""

from __future__ import annotations

import socket

import pytest

from zhengling.kernel import outgoing
from zhengling.kernel.outgoing import UnreachableError
from zhengling.kernel.tests.receiver import listening

LOOPBACK = ["127.0.0.1"]


def resolve_to(monkeypatch, *numbers):
    asked = []

    def getaddrinfo(host, port, *_options, **_more):
        if host not in numbers:
            asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
        "2002:a00:1::", "2001:0:1::1", "::",
    ],
)  # fmt: skip
def test_private_addresses_are_refused(monkeypatch, number):
    resolve_to(monkeypatch, number)
    with pytest.raises(UnreachableError, match=r"receiver\.example lies in a private network"):
        outgoing.check("https://receiver.example/hook")


def test_one_private_address_among_public_ones_is_enough(monkeypatch):
    resolve_to(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(UnreachableError):
        outgoing.check("https://receiver.example/hook")


def test_a_public_address_is_taken_and_an_allowed_host_may_be_private(monkeypatch):
    resolve_to(monkeypatch, "93.184.216.34")
    assert outgoing.check("https://receiver.example/hook") == ["93.184.216.34"]
    resolve_to(monkeypatch, "10.0.0.1")
    assert outgoing.check("https://hospital.gov.example/hook", ["hospital.gov.example"]) == ["10.0.0.1"]
    with pytest.raises(UnreachableError):
        outgoing.check("https://other.gov.example/hook", ["hospital.gov.example"])


def test_plain_http_only_to_an_allowed_loopback(monkeypatch):
    assert outgoing.check("http://127.0.0.1:8080/", LOOPBACK)
    with pytest.raises(UnreachableError, match="only https"):
        outgoing.check("http://127.0.0.1:8080/")
    resolve_to(monkeypatch, "10.0.0.1")
    with pytest.raises(UnreachableError, match="only https"):
        outgoing.check("http://hospital.gov.example/", ["hospital.gov.example"])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://receiver.example/", "file:///etc/passwd", "//receiver.example/", "receiver.example", "https://",
        "https://user:secret@receiver.example/", "https://@receiver.example/", "https://receiver.example:x/",
        "https://[::1/",
    ],
)  # fmt: skip
def test_addresses_that_are_none(url):
    with pytest.raises(UnreachableError):
        outgoing.check(url)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    """A name that answers otherwise the second time it is asked must not matter: it is asked once."""
    with listening(204) as receiver:
        port = receiver.server.server_port
        asked = resolve_to(monkeypatch, "127.0.0.1")
        answer = outgoing.post(
            f"http://receiver.example:{port}/a?b=c", b"x", {}, allowed=["receiver.example"]
        )
    assert answer.status == 204 and answer.accepted
    assert asked == ["receiver.example"]
    assert receiver.received[0].path == "/a?b=c"
    assert receiver.received[0].headers["Host"] == f"receiver.example:{port}"


def test_redirects_are_answers_not_ways():
    with listening(302) as receiver:
        answer = outgoing.post(receiver.url, b"x", {}, allowed=LOOPBACK)
    assert answer.status == 302 and not answer.accepted and len(receiver.received) == 1


def test_nobody_there():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1: ConnectionRefusedError"):
        outgoing.post(f"http://127.0.0.1:{port}/", b"x", {}, allowed=LOOPBACK)


def test_a_receiver_that_never_ends_is_cut_off(monkeypatch):
    monkeypatch.setattr(outgoing, "WHOLE_SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(UnreachableError):
            outgoing.post(f"http://127.0.0.1:{port}/", b"x", {}, allowed=LOOPBACK)


def test_only_the_beginning_of_an_answer_is_read():
    with listening((200, b"x" * 100_000)) as receiver:
        assert len(outgoing.post(receiver.url, b"", {}, allowed=LOOPBACK).body) == outgoing.READ_BYTES
