"""Password hashing for the tests."""

from pastes.services.hashing import BoundedHasher


class QuickHasher(BoundedHasher):
    rounds = 4
