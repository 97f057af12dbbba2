"""Names that nobody can guess: slugs, owner tokens, and their digests."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode

# Bitcoin's base58: no 0, O, I or l, which people misread.
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
SLUG_LENGTH = 12
SLUG_PATTERN = f"[{ALPHABET}]{{{SLUG_LENGTH}}}"
OWNER_TOKEN_BYTES = 24


def new_slug() -> str:
    """Return 12 random base58 characters: 70 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SLUG_LENGTH))


def is_slug(word: str) -> bool:
    """Say whether a word has the shape of a slug."""
    return re.fullmatch(SLUG_PATTERN, word) is not None


def new_maker_key() -> str:
    """Return the random key that marks one browser as the maker of its pastes."""
    return secrets.token_urlsafe(OWNER_TOKEN_BYTES)


def new_owner_token(slug: str, maker_key: str = "") -> str:
    """Return a paste's owner token, 24 bytes in base64url.

    With a maker's key the token follows from the key and the slug, so that the browser
    that keeps the key owns all its pastes, while one paste's token gives only that one.
    """
    if not maker_key:
        return secrets.token_urlsafe(OWNER_TOKEN_BYTES)
    mac = hmac.digest(maker_key.encode(), slug.encode(), "sha256")
    return urlsafe_b64encode(mac[:OWNER_TOKEN_BYTES]).decode()


def is_owner_token(word: str) -> bool:
    """Say whether a word has the shape of an owner token."""
    return re.fullmatch(r"[A-Za-z0-9_-]{32}", word) is not None


def digest(token: str) -> str:
    """Return the hex SHA-256 of a token: all that the database keeps of it."""
    return digest_bytes(token.encode(errors="surrogatepass"))


def digest_bytes(data: bytes) -> str:
    """Return the hex SHA-256 of some bytes."""
    return hashlib.sha256(data).hexdigest()


def is_match(token: str, known_digest: str) -> bool:
    """Say in constant time whether a token has the digest; an empty one never has."""
    return bool(token) and hmac.compare_digest(digest(token), known_digest)
