"""Where a request comes from, whatever it claims."""

import pytest

from pastes.middleware import client_address

SPOOFED = "203.0.113.66"


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        ("192.0.2.1", "", 0, "192.0.2.1"),
        ("192.0.2.1", SPOOFED, 0, "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1", 1, "192.0.2.1"),
        ("10.0.0.1", f"{SPOOFED}, 192.0.2.1", 1, "192.0.2.1"),
        ("10.0.0.1", f"{SPOOFED}, 192.0.2.1, 10.0.0.2", 2, "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1", 2, "10.0.0.1"),
        ("10.0.0.1", "", 1, "10.0.0.1"),
        ("10.0.0.1", "garbage", 1, "10.0.0.1"),
        ("10.0.0.1", "192.0.2.1:4711", 1, "192.0.2.1"),
        ("10.0.0.1", "[2001:db8::1]:4711", 1, "2001:db8::1"),
        ("10.0.0.1", "[2001:db8::1]", 1, "2001:db8::1"),
        ("10.0.0.1", " 2001:DB8::1 ", 1, "2001:db8::1"),
        ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
        ("fe80::1%eth0", "", 0, "fe80::1"),
        ("", "", 0, ""),
        ("/run/site.sock", "", 0, ""),
    ],
)
@pytest.mark.threat("W4")
def test_address_is_the_one_the_outermost_trusted_proxy_saw(
    peer, forwarded, proxies, address
):
    assert client_address(peer, forwarded, proxies) == address


@pytest.mark.django_db
@pytest.mark.threat("W4")
def test_a_thousand_spoofed_headers_are_one_client(client, settings):
    settings.LIMIT_CREATE = "5/h"
    answers = [
        client.post(
            "/",
            b"x",
            content_type="text/plain",
            headers={"X-Forwarded-For": f"198.51.{n // 250}.{n % 250}"},
        ).status_code
        for n in range(1000)
    ]
    assert answers.count(201) == 5
    assert answers.count(429) == 995
