"""Whose address counts."""

from ipaddress import ip_network

import pytest

from services.gateway.domain.client_address import client_address

PROXIES = [ip_network("10.0.0.0/8"), ip_network("192.0.2.1")]


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.1.1.1", "198.51.100.1", "198.51.100.1"),
        ("10.1.1.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("10.1.1.1", "198.51.100.1, 192.0.2.1", "198.51.100.1"),
        ("10.1.1.1", "", "10.1.1.1"),
        ("10.1.1.1", "nonsense", "10.1.1.1"),
        ("10.1.1.1", "10.2.2.2,10.3.3.3", "10.2.2.2"),
        ("2001:db8::1", "198.51.100.1", "2001:db8::1"),
        ("", "198.51.100.1", ""),
    ],
)
def test_only_listed_proxies_are_believed(peer: str, forwarded_for: str, client: str) -> None:
    """What a stranger writes into X-Forwarded-For counts for nothing."""
    assert client_address(peer, forwarded_for, PROXIES) == client
