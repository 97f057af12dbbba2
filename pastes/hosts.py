"""Hosts of links in a text, and hosts as they are compared: lower case, without end dot."""

import re
import unicodedata
from collections.abc import Iterator

from pastes.likeness import SPACELESS

MAX_HOST = 253
MAX_LABELS = 127
DOTS = re.compile("[\u3002\uff0e\uff61]")
# What holds a dot between letters and may be a host. Possessive, and begun only where a
# word begins, so that a long word is gone over once.
CANDIDATE = re.compile(
    r"(?<![\w\-])[\w\-]++(?:[.\u3002\uff0e\uff61][\w\-]++)++", re.UNICODE
)
# Written so that nobody follows it, as people do who warn of a host.
DEFANGED = re.compile(r"hxxps?://$", re.IGNORECASE)
NO_USER = re.compile(r"[\s/?#]")
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


class HostError(ValueError):
    """What was typed is no host; `code` is "syntax" or "short" (a lone word)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def parse_host(typed: str) -> str:
    """Return the host of a name or a link that a person typed, in punycode (IDNA 2003).

    Raises HostError.
    """
    host = typed.strip().removeprefix("*.")
    host = re.sub(r"^[a-zA-Z][a-zA-Z0-9+.-]*://|^//", "", host)
    host = re.split(r"[/?#\\]", host, maxsplit=1)[0].rpartition("@")[2]
    host = re.sub(r":[0-9]*$", "", host)
    host = folded(host).strip(".")
    try:
        host = host.encode("idna").decode().lower()
    except UnicodeError as error:
        raise HostError("syntax") from error
    labels = host.split(".")
    if not all(LABEL.fullmatch(label) for label in labels) or len(host) > MAX_HOST:
        raise HostError("syntax")
    if len(labels) < 2:
        raise HostError("short")
    return host


def spellings(host: str) -> set[str]:
    """Return a host in punycode as it may stand in a text: in Unicode as well."""
    try:
        return {host, folded(host.encode().decode("idna"))}
    except UnicodeError:
        return {host}


def folded(host: str) -> str:
    if host.isascii():
        return host.lower()
    return DOTS.sub(".", unicodedata.normalize("NFKC", host).casefold())


def hosts_in(text: str) -> Iterator[str]:
    """Yield the hosts of a text's links, with or without a scheme, as often as they are.

    "example.com" and "example.com/x" count, an e-mail address's host and the defanged
    hxxp://example.com and example[.]com do not. A file's name may look like a host.
    """
    for match in CANDIDATE.finditer(text):
        start, end = match.span()
        if text.startswith("@", end):
            # The name of a user, whose host follows.
            continue
        if start and not is_in_link(text, start):
            continue
        # A host is no longer, and of what is longer the end counts.
        host = match[0][-MAX_HOST:].strip("_-")
        if host.isascii():
            yield host.lower()
            continue
        host = folded(host)
        yield host
        # No space parts a host from such scripts, which a label may hold as well.
        if SPACELESS.search(host):
            yield from (part for part in SPACELESS.split(host) if "." in part)


def is_in_link(text: str, start: int) -> bool:
    before = text[start - 1]
    if before == "/":
        return not DEFANGED.search(text[max(0, start - 8) : start])
    if before != "@":
        return True
    # Behind a scheme the @ ends a user's name; elsewhere it is an e-mail address's.
    colon = text.rfind("://", max(0, start - MAX_HOST), start - 1)
    if colon < 1 or text[colon - 1].isspace():
        return False
    return not NO_USER.search(text, colon + 3, start - 1)


def parents(host: str) -> Iterator[str]:
    """Yield the host, and each domain that it lies in."""
    yield host
    for _ in range(MAX_LABELS):
        host = host.partition(".")[2]
        if not host:
            return
        yield host
