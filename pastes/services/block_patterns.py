"""What a moderator may block: each kind of pattern as it is typed, checked and stored."""

import ipaddress
import re

from django.utils.translation import gettext as _

from pastes import hosts, likeness, patterns
from pastes.services.checking import Checker, shown
from pastes.services.client import Client
from pastes.services.likening import likeness_columns
from pastes.services.matching import plain_address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# A registry gives a provider about as much; what is wider is many providers.
WIDEST = {4: 8, 6: 19}
LOOPBACK = ("127.0.0.0/8", "::1/128")
# Inside a house or a machine: to a site behind a proxy, that is often the proxy.
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fe80::/10")


def check_network(
    check: Checker, typed: str, client: Client | None, confirmed: bool
) -> str:
    """Return a network in CIDR notation that nobody is locked out by who should not."""
    network = parse_network(check, typed)
    if network is None:
        return ""
    if network.prefixlen == 0:
        check.refuse("pattern", _("That is the whole Internet, and nobody is let in."))
    elif overlaps(network, LOOPBACK):
        check.refuse("pattern", _("That is this machine itself."))
    elif client and is_own(client.address, network):
        check.refuse(
            "pattern", _("Your own address is in it: you would lock yourself out.")
        )
    elif confirmed:
        pass
    elif network.prefixlen < WIDEST[network.version]:
        words = _(
            "%(network)s is very wide, and many people are in it. Confirm that all of "
            "them are meant."
        )
        check.refuse("pattern", words % {"network": network})
    elif overlaps(network, PRIVATE):
        words = _(
            "%(network)s is a private network, such as your own proxy's: everybody may "
            "come through it. Confirm that it is meant, and see TRUSTED_PROXIES."
        )
        check.refuse("pattern", words % {"network": network})
    return str(network)


def parse_network(check: Checker, typed: str) -> Network | None:
    """Return the network that was typed, its host bits cleared; None if refused.

    One IPv6 address is its /64, since a provider gives each home as much.
    """
    typed = typed.strip()
    try:
        if "%" in typed:
            raise ValueError(typed)
        network = ipaddress.ip_network(typed, strict=False)
    except ValueError:
        words = _("“%(word)s” is no network such as 203.0.113.0/24 or 2001:db8::/48.")
        check.refuse("pattern", words % {"word": shown(typed)})
        return None
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped and network.prefixlen >= 96:
        return ipaddress.ip_network((mapped, network.prefixlen - 96))
    if network.version == 6 and "/" not in typed and str(network) != "::1/128":
        return network.supernet(new_prefix=64)
    return network


def overlaps(network: Network, others: tuple[str, ...]) -> bool:
    parsed = (ipaddress.ip_network(other) for other in others)
    return any(
        network.version == other.version and network.overlaps(other) for other in parsed
    )


def is_own(address: str, network: Network) -> bool:
    try:
        return is_in(address, network)
    except ValueError:
        return False


def describe_text(
    check: Checker, text: str, near: bool
) -> tuple[str, dict[str, int | None]]:
    """Return the pattern and the likeness of a text, or of its SHA-256."""
    bands = None
    digest = text.strip().lower()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        check.text(text)
        digest = likeness.normal_sha256(text)
        bands = likeness.likeness_of(text) if near else None
    return digest, likeness_columns(bands or (None,) * likeness.BANDS)


def check_host(check: Checker, typed: str) -> str:
    try:
        return hosts.parse_host(typed)
    except hosts.HostError as error:
        words = _("“%(word)s” is no host such as example.com.")
        if error.code == "short":
            words = _("“%(word)s” alone is too much: block a host such as example.com.")
        check.refuse("pattern", words % {"word": shown(typed)})
        return ""


def check_words(check: Checker, typed: str) -> str:
    pattern = typed.strip()
    if len(pattern) > patterns.MAX_PATTERN:
        words = _("A pattern has at most %(count)s characters.")
        check.refuse("pattern", words % {"count": patterns.MAX_PATTERN})
        return ""
    try:
        patterns.check(pattern)
    except patterns.PatternError as error:
        check.refuse("pattern", say_fault(error))
    return pattern


def say_fault(error: patterns.PatternError) -> str:
    if error.code == "syntax":
        words = _(
            "This pattern cannot be read (%(fault)s). Put \\ before a character that is "
            "meant as it is."
        )
        return words % {"fault": shown(error.detail)}
    if error.code == "large":
        return _("This pattern needs too much memory: repeat less in it.")
    return _("It would match every text.")


def is_in(address: str, network: Network | None) -> bool:
    return network is not None and plain_address(address) in network
