"""Settings of the whole site, read from the environment and from .env.

Each value has a default that runs; README.md lists them all. A setting X may also be
read from the file that X_FILE names.
"""

import ipaddress
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import pysqlite3
import pysqlite3.dbapi2

# The SQLite of many systems (Debian 12 among them) can corrupt a WAL database that
# several processes write; the wheel brings a mended one. Django imports it by name.
sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2

FLAGS = dict.fromkeys(("on", "true", "yes", "1"), True)
FLAGS |= dict.fromkeys(("off", "false", "no", "0"), False)
BASE_DIR = Path(__file__).resolve().parent.parent


class Environment(environ.FileAwareEnv):
    """The environment, and the file .env, in which an empty value means the default."""

    def get_value(
        self,
        var: str,
        cast: Any = None,
        default: Any = environ.Env.NOTSET,
        parse_default: bool = False,
    ) -> Any:
        if default is not self.NOTSET and self.ENVIRON.get(var) == "":
            return default
        return super().get_value(var, cast, default, parse_default)


env = Environment()
env.read_env(env("ENV_FILE", default=str(BASE_DIR / ".env")))


def kept_secret(path: Path) -> str:
    """Return the secret in the file, made there (mode 0600) if there is none.

    Two processes that start at once agree: the first link wins, both read it.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with open(draft, "w", opener=lambda p, flags: os.open(p, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def number(name: str, default: int, *, at_least: int = 0) -> int:
    """Return a setting that is a whole number, or end with a sentence."""
    try:
        value = env.int(name, default=default)
    except ValueError:
        sys.exit(f"{name} must be a whole number, not {env(name)!r}.")
    if value < at_least:
        sys.exit(f"{name} must be at least {at_least}, not {value}.")
    return value


def octal(name: str, default: str) -> int:
    """Return a setting that is a file's mode in octal, or end with a sentence."""
    word = env(name, default=default)
    if not re.fullmatch(r"0?[0-7]{3}", word):
        sys.exit(f"{name} must be a mode such as 660, not {word!r}.")
    return int(word, 8)


def flag(name: str, default: bool) -> bool:
    """Return a setting that is on or off, or end with a sentence."""
    word = env(name, default="on" if default else "off").lower()
    if word not in FLAGS:
        sys.exit(f"{name} must be on or off, not {word!r}.")
    return FLAGS[word]


def choice(name: str, default: str, words: tuple[str, ...]) -> str:
    """Return a setting that is one of some words, or end with a sentence."""
    word = env(name, default=default).lower()
    if word not in words:
        sys.exit(f"{name} must be one of {', '.join(words)}, not {word!r}.")
    return word


def networks(name: str, words: list[str]) -> list[Any]:
    """Return a setting's networks in CIDR notation, or end with a sentence."""
    try:
        return [ipaddress.ip_network(word, strict=False) for word in words]
    except ValueError as error:
        sys.exit(f"{name} must be networks such as 10.0.0.0/8,fd00::/8: {error}.")


def mail_server(url: str) -> dict[str, Any]:
    """Return Django's EMAIL_ settings for a URL, or end with a sentence.

    The sentence does not repeat the URL: there may be a password in it.
    """
    try:
        found = env.email_url_config(url)
    except (KeyError, ValueError, environ.ImproperlyConfigured):
        sys.exit(
            "EMAIL_URL must be like smtp+tls://user:password@mail.example.org:587."
        )
    ports = {"smtp": 25, "smtp+tls": 587, "smtps": 587, "smtp+ssl": 465}
    scheme = url.partition(":")[0]
    if scheme in ports and not found["EMAIL_HOST"]:
        sys.exit("EMAIL_URL must name a host: smtp://mail.example.org:25.")
    found["EMAIL_PORT"] = found["EMAIL_PORT"] or ports.get(scheme)
    return {name: value for name, value in found.items() if name.startswith("EMAIL_")}


# Where things are kept

DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / "data"))).resolve()
try:
    SECRET_KEY = env("SECRET_KEY", default="") or kept_secret(DATA_DIR / "secret_key")
except OSError as error:
    sys.exit(f"DATA_DIR={DATA_DIR} cannot be used: {error.strerror}.")
# Earlier keys: what they signed is still believed, and nothing more is signed with them.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])

# Of each connection, and there may be some twenty. bench/stored.py found no door slower
# with this among a million rows; what is read again comes from the system's own cache.
SQLITE_CACHE_KIB = 250
SQLITE = {
    # IMMEDIATE takes the write lock at BEGIN, so that the timeout is waited for;
    # DEFERRED fails at once when two readers become writers.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;"
        "PRAGMA synchronous=FULL;"
        "PRAGMA secure_delete=ON;"
        "PRAGMA trusted_schema=OFF;"
        f"PRAGMA cache_size=-{SQLITE_CACHE_KIB};"
        "PRAGMA journal_size_limit=67108864"
    ),
}
POSTGRESQL = {
    "application_name": "pastebin",
    # Of several hosts in the URL, the one that takes writes just now.
    "target_session_attrs": "read-write",
    # A host that is gone without a word is noticed, and no statement waits for ever.
    "connect_timeout": 2,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
    "options": (
        "-c statement_timeout=30s -c lock_timeout=20s "
        "-c idle_in_transaction_session_timeout=60s"
    ),
}


# The site's own, each by the one of Django's that it is.
BACKENDS = {
    "django.db.backends.sqlite3": "pastes.sqlite",
    "django.db.backends.postgresql": "pastes.postgresql",
}


def database(url: str) -> dict[str, Any]:
    """Return Django's settings of a database, or end with a sentence.

    The sentence does not repeat the URL: there may be a password in it. What the URL
    sets itself (`?sslmode=require`) stays.
    """
    try:
        found = env.db_url_config(url)
    except (KeyError, ValueError, environ.ImproperlyConfigured):
        found = {}
    defaults = {
        "django.db.backends.sqlite3": SQLITE,
        "django.db.backends.postgresql": POSTGRESQL,
    }
    if found.get("ENGINE") not in defaults:
        sys.exit(
            "DATABASE_URL must be like postgres://user:password@host:5432/name or "
            "sqlite:////path/to/file: the site runs on PostgreSQL and on SQLite."
        )
    found["OPTIONS"] = defaults[found["ENGINE"]] | found.get("OPTIONS", {})
    # A connection that is kept is most of the speed; one that broke is replaced. Each
    # backend of ours hands them on from thread to thread.
    found["CONN_MAX_AGE"] = None if "sqlite3" in found["ENGINE"] else 600
    found["CONN_HEALTH_CHECKS"] = True
    found["ENGINE"] = BACKENDS[found["ENGINE"]]
    return found


CACHE_SCHEMES = {"redis": "redis", "valkey": "redis"}
CACHE_SCHEMES |= {"rediss": "rediss", "valkeys": "rediss", "unix": "unix"}
CACHE_OPTIONS = {"connection_class", "db", "host", "password", "path", "port"}
CACHE_OPTIONS |= {"ssl_ca_certs", "ssl_cert_reqs", "ssl_certfile", "ssl_keyfile"}
CACHE_OPTIONS |= {"username"}


def shared_cache(url: str) -> str:
    """Return redis-py's URL of a shared cache; "" for none; or end with a sentence.

    The sentence does not repeat the URL: there may be a password in it.
    """
    scheme, _colon, rest = url.partition("://")
    if not url or scheme == "locmemcache":
        return ""
    # A tenth of a second, for those sites alone that have one.
    from redis.connection import parse_url

    url = f"{CACHE_SCHEMES.get(scheme, '')}://{rest}"
    try:
        found = parse_url(url)
        # parse_url takes a path that is no number for none.
        is_known = scheme == "unix" or re.fullmatch("/?[0-9]*", urlsplit(url).path)
        is_known = is_known and found.keys() <= CACHE_OPTIONS
        is_known = is_known and bool(found.get("host") or found.get("path"))
    except ValueError:
        is_known = False
    if not is_known:
        sys.exit(
            "CACHE_URL must be like redis://user:password@host:6379/0, rediss:// with "
            "TLS, or unix:///path/to/socket?db=0; valkey:// and valkeys:// mean the same. "
            "Without one, each process keeps its own."
        )
    return url


DATABASES = {
    "default": database(
        env("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'pastebin.sqlite3'}")
    )
}

CACHE_URL = shared_cache(env("CACHE_URL", default=""))
# Each process keeps some answers itself, whether there is a shared cache or not.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 200},
    }
}

# Who may ask, and under which name

DEBUG = flag("DEBUG", False)
SITE_URL = env("SITE_URL", default="").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
TRUSTED_PROXIES = number("TRUSTED_PROXIES", 0)
HOST = env("HOST", default="127.0.0.1")
PORT = number("PORT", 8000)
SOCKET_MODE = octal("SOCKET_MODE", "660")
WORKERS = number("WORKERS", 0) or len(os.sched_getaffinity(0))
# PostgreSQL's, in each of WORKERS processes; 0 is no bound.
DATABASE_CONNECTIONS = number("DATABASE_CONNECTIONS", 14)
# In each worker, made as they are needed. One waits for each upload under way, unless a
# proxy takes uploads in first; of PostgreSQL, each may hold a connection.
IS_ALONE = not TRUSTED_PROXIES and "sqlite" in DATABASES["default"]["ENGINE"]
THREADS = number("THREADS", 128 if IS_ALONE else 32, at_least=1)

SITE_PATH, SITE_HOST = "", ""
if SITE_URL:
    try:
        parts = urlsplit(SITE_URL)
        SITE_PATH, SITE_HOST = parts.path, parts.hostname or ""
    except ValueError:
        sys.exit(f"SITE_URL={SITE_URL} is no address of a site.")
    SITE_HOST = f"[{SITE_HOST}]" if ":" in SITE_HOST else SITE_HOST
    ALLOWED_HOSTS.append(SITE_HOST)
    CSRF_TRUSTED_ORIGINS.append(f"{parts.scheme}://{parts.netloc}")
IS_HTTPS = SITE_URL.startswith("https://")
# Below a path of its host the edge takes the path off, and Django puts it into links.
FORCE_SCRIPT_NAME = SITE_PATH or None
# Browsers hold __Host- to the whole host, so that a site below a path cannot have it.
COOKIE_PATH = SITE_PATH or "/"
COOKIE_PREFIX = ("__Secure-" if SITE_PATH else "__Host-") if IS_HTTPS else ""

# Which other sites' pages may read and make pastes, in their reader's browser and
# without cookies: none, all ("*"), or those named.
API_ORIGINS = env.list("API_ORIGINS", default=[])
if "null" in API_ORIGINS:
    sys.exit(
        "API_ORIGINS: null would be every page in a sandboxed frame; use * for all."
    )
CORS_ALLOW_ALL_ORIGINS = API_ORIGINS == ["*"]
CORS_ALLOWED_ORIGINS = [] if CORS_ALLOW_ALL_ORIGINS else API_ORIGINS
CORS_URLS_REGEX = r"^/api/v1/(pastes|languages|limits|openapi\.json)(/|$)"
CORS_ALLOW_METHODS = ["GET", "HEAD", "POST"]
CORS_ALLOW_HEADERS = ["content-type", "if-none-match", "x-paste-password"]
CORS_EXPOSE_HEADERS = [
    "ETag",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
]

# Finished answers to readers of public pastes, in the memory of each worker; 0 keeps none.
ANSWERS_KEPT_BYTES = number("ANSWERS_KEPT_BYTES", 32 * 1024 * 1024)
# Where nginx on this machine finds texts that many ask for (pastes.front).
FRONT_DIR = Path(env("FRONT_DIR")) if env("FRONT_DIR", default="") else None
if FRONT_DIR and not FRONT_DIR.is_absolute():
    sys.exit("FRONT_DIR must begin with a slash: nginx is told of it too.")

# What the operator sees

# Who may read /metrics: nobody unless one of the two is set.
METRICS_KEY = env("METRICS_KEY", default="")
if 0 < len(METRICS_KEY) < 16:
    sys.exit("METRICS_KEY must have at least 16 characters.")
METRICS_NETWORKS = networks(
    "METRICS_NETWORKS", env.list("METRICS_NETWORKS", default=[])
)
METRICS_DIR = DATA_DIR / "metrics"
LOG_FORMAT = choice("LOG_FORMAT", "text", ("text", "json"))
LOG_LEVEL = choice("LOG_LEVEL", "info", ("info", "warning", "error")).upper()
LOG_REQUESTS = flag("LOG_REQUESTS", LOG_FORMAT == "json")

# What a paste may be

PASTE_MAX_BYTES = number("PASTE_MAX_BYTES", 10 * 1024 * 1024, at_least=1)
PASTE_LIFETIMES = env.list(
    "PASTE_LIFETIMES", default=["10m", "1h", "1d", "1w", "1M", "1y", "never"]
)
PASTE_DEFAULT_LIFETIME = env("PASTE_DEFAULT_LIFETIME", default="1M")
PASTE_MAX_LIFETIME = env("PASTE_MAX_LIFETIME", default="")
# With less free on the disk no text comes in; what is held in reserve is for deleting.
PASTE_MIN_FREE_BYTES = number("PASTE_MIN_FREE_BYTES", 64 * 1024 * 1024)
RESERVE_BYTES = number("RESERVE_BYTES", max(16 * 1024 * 1024, 4 * PASTE_MAX_BYTES))
LIMIT_CREATE = env("LIMIT_CREATE", default="60/h")
LIMIT_REPORT = env("LIMIT_REPORT", default="10/h")
LIMIT_UNLOCK_PASTE_CLIENT = env("LIMIT_UNLOCK_PASTE_CLIENT", default="5/10m")
LIMIT_UNLOCK_PASTE = env("LIMIT_UNLOCK_PASTE", default="20/10m")
LIMIT_MISS = env("LIMIT_MISS", default="60/m")
LIMIT_API = env("LIMIT_API", default="600/m")
LIMIT_LOGIN = env("LIMIT_LOGIN", default="10/10m")
LIMIT_LOGIN_ACCOUNT = env("LIMIT_LOGIN_ACCOUNT", default="20/h")
# In each of WORKERS processes.
HASHES_AT_ONCE = number("HASHES_AT_ONCE", 1, at_least=1)
STAFF_SECOND_FACTOR_REQUIRED = flag("STAFF_SECOND_FACTOR_REQUIRED", False)
ADDRESS_RETENTION = env("ADDRESS_RETENTION", default="14d")
# At least as long as any backup is kept.
TOMBSTONE_RETENTION = env("TOMBSTONE_RETENTION", default="400d")

# Spam

# A new text whose signs are worth so many points is held for review; 0 is never.
SPAM_HOLD_AT = number("SPAM_HOLD_AT", 10)
SPAM_WEIGHTS = env("SPAM_WEIGHTS", default="")
SPAM_MIN_SECONDS = number("SPAM_MIN_SECONDS", 2)
SPAM_CHECKER = env("SPAM_CHECKER", default="")

# What the pages say

SITE_NAME = env("SITE_NAME", default="Pastebin")
SITE_NOTICE = env("SITE_NOTICE", default="")
ABUSE_EMAIL = env("ABUSE_EMAIL", default="")
SECURITY_CONTACT = env("SECURITY_CONTACT", default="")

# Reports and mail

# So many different clients report a paste until it is held for review; 0 is never.
REPORTS_HOLD_AT = number("REPORTS_HOLD_AT", 0)
EMAIL_URL = env("EMAIL_URL", default="")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = (
    env("MAIL_FROM", default="") or ABUSE_EMAIL or "pastebin@localhost"
)
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
# Housekeeping sends it, and does nothing else while a server does not answer.
EMAIL_TIMEOUT = 20
if EMAIL_URL:
    vars().update(mail_server(EMAIL_URL))

# Django's own

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "ninja",
    "pastes",
]

# Django's cache middleware is left out on purpose: what one reader may see must not
# be kept for the next one.
MIDDLEWARE = [
    # Outside of all, so that it sees every answer.
    "pastes.observing.ObserveMiddleware",
    "pastes.middleware.SecurityHeadersMiddleware",
    # Before all that may refuse: a thread still has the last request's language.
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "pastes.middleware.ClientAddressMiddleware",
    "pastes.middleware.LimitHeadersMiddleware",
    "pastes.middleware.MissLimitMiddleware",
    "pastes.middleware.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "pastes.admin.second.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "pastebin_site.urls"
WSGI_APPLICATION = "pastebin_site.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["pastes.templatetags.parents"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pastes.views.site",
            ],
        },
    },
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["pastes.services.hashing.BoundedHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# What an authenticator app calls the site.
OTP_TOTP_ISSUER = SITE_NAME

LANGUAGE_CODE = env("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fr", "Français")]
if LANGUAGE_CODE not in dict(LANGUAGES):
    sys.exit(f"LANGUAGE_CODE must be one of {', '.join(dict(LANGUAGES))}.")
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 400 * 24 * 60 * 60
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_PATH = COOKIE_PATH
LOCALE_PATHS = [BASE_DIR / "pastes/locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = f"{SITE_PATH}/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "pastes.storage.StaticStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# A form doubles line breaks at the worst (CRLF), and percent signs treble bytes.
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * PASTE_MAX_BYTES + 64 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 20

SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "pastes.views.csrf_failure"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_PATH = SESSION_COOKIE_PATH = COOKIE_PATH
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
SESSION_COOKIE_AGE = 8 * 60 * 60
SIGNED_COOKIE_LEGACY_SALT_FALLBACK = False
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if IS_HTTPS:
    SECURE_SSL_REDIRECT = bool(TRUSTED_PROXIES)
    SECURE_REDIRECT_EXEMPT = [
        rf"^{re.escape(f'{SITE_PATH}/'[1:])}(healthz|readyz|metrics)$"
    ]
    SECURE_HSTS_SECONDS = 2 * 365 * 24 * 60 * 60
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
# Whether a host's subdomains speak HTTPS, and whether browsers should carry the host
# in their lists, is for the domain's owner to say, not for one site under it.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "pastes.logs.TextFormatter"},
        "json": {"()": "pastes.logs.JsonFormatter"},
    },
    "filters": {
        "faults": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: (
                getattr(record, "status_code", 0) not in (503, 507)
            ),
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        # The server's own; it sets the level.
        "_granian": {"handlers": [], "propagate": True},
        # LOG_REQUESTS decides about these lines, and LOG_LEVEL does not.
        "pastes.requests": {"level": "INFO"},
        # A refusal is no fault of the site, and its line would tell a paste's link. Nor
        # are 503, by which a busy site refuses, and 507; the database's have their own.
        "django.request": {"level": "ERROR", "filters": ["faults"]},
        # Whoever scans the net sends a foreign Host or a thousand fields; each would be a
        # traceback.
        "django.security": {"level": "CRITICAL"},
    },
}
