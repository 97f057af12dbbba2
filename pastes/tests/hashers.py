"""Password hashing for the tests."""

from django.contrib.auth.hashers import BCryptSHA256PasswordHasher


class QuickHasher(BCryptSHA256PasswordHasher):
    rounds = 4
