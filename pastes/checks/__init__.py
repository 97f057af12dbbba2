"""Checks that stop or warn a site that would lose or leak something.

docs/security.md lists each by its id.
"""

from django.core.checks import Tags, register

from pastes.checks.databases import (
    check_connections,
    check_database_connection,
    check_front,
    check_postgresql,
    check_sqlite_durability,
    check_sqlite_place,
    check_sqlite_version,
    has_wal_reset_bug,
    judge_place,
    judge_postgresql,
)
from pastes.checks.exposure import (
    check_debug,
    check_files,
    check_hashing,
    check_hosts,
    check_https,
    check_key_is_shared,
    check_limits_are_on,
    check_mail_is_encrypted,
    check_metrics_are_ours,
    check_middleware,
    check_origins,
    check_proxy,
    check_retention,
    check_secret_key,
    check_staff,
    is_elsewhere,
    is_public,
)
from pastes.checks.values import (
    check_lifetimes,
    check_limits,
    check_mail,
    check_objections,
    check_shared_cache,
    check_site_url,
    check_spam,
)

ALWAYS = (
    check_connections,
    check_database_connection,
    check_debug,
    check_files,
    check_front,
    check_hashing,
    check_hosts,
    check_https,
    check_key_is_shared,
    check_lifetimes,
    check_limits,
    check_limits_are_on,
    check_mail,
    check_mail_is_encrypted,
    check_metrics_are_ours,
    check_middleware,
    check_proxy,
    check_retention,
    check_secret_key,
    check_site_url,
    check_spam,
    check_sqlite_place,
    check_sqlite_version,
)
OF_THE_DATABASE = (check_postgresql, check_sqlite_durability)
# What an operator may well want, so that a start does not speak of it each time.
BEFORE_DEPLOYING = (
    check_objections,
    check_origins,
    check_shared_cache,
    check_staff,
)


def register_all() -> None:
    for check in ALWAYS:
        register(check)
    for check in OF_THE_DATABASE:
        register(check, Tags.database)
    for check in BEFORE_DEPLOYING:
        register(check, Tags.security, deploy=True)


__all__ = [
    *(each.__name__ for each in ALWAYS + OF_THE_DATABASE + BEFORE_DEPLOYING),
    "has_wal_reset_bug",
    "is_elsewhere",
    "is_public",
    "judge_place",
    "judge_postgresql",
    "register_all",
]
