"""Every setting a city may turn, read once from the environment; an unsafe production does not start.

Two modes. *local* (the default) binds to loopback, makes its own keys under ``var/`` and, on the embedded
database, lives as the demo city. *production* (``ZHENGLING_ENV=production``) demands its secrets, its host names
and PostgreSQL, and never shows demo data.
"""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

PACKAGE = Path(__file__).resolve().parent
CITIES = PACKAGE / "cities"


class UnsafeConfiguration(SystemExit):
    """The process stops; every problem is listed with what to do about it."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("zhengling does not start:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


CHANNELS = ("file", "email", "sms", "wecom", "dingtalk")


@dataclass(frozen=True)
class Channels:
    """The ways on which reminders leave the house, and where each leads."""

    names: tuple[str, ...] = ("file",)
    email_url: str = ""
    email_from: str = ""
    sms_url: str = ""
    sms_token: str = ""
    wecom_url: str = ""
    dingtalk_url: str = ""
    dingtalk_secret: str = ""


@dataclass(frozen=True)
class Configuration:
    production: bool
    demo: bool
    host: str
    port: int
    var: Path
    city: Path
    database_url: str
    secret_key: str
    field_keys: Mapping[str, str]
    allowed_hosts: list[str]
    trusted_origins: list[str]
    gazette: str
    password_days: int = 90
    idle_minutes: int = 30
    oidc: Mapping[str, str] = field(default_factory=dict)
    metrics_token: str = ""
    webhook_hosts: list[str] = field(default_factory=list)
    api_requests_per_minute: int = 600
    channels: Channels = Channels()
    seal_url: str = ""
    seal_token: str = ""

    @property
    def embedded(self) -> bool:
        return not self.database_url


def default_var() -> Path:
    """``var/`` of the checkout when there is one, else of the working folder."""
    checkout = PACKAGE.parent.parent
    return (checkout if (checkout / "pyproject.toml").exists() else Path.cwd()) / "var"


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def flag(environ: Mapping[str, str], name: str, default: bool) -> bool:
    value = environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise UnsafeConfiguration([f"{name}={value!r} is neither 1 nor 0"])


def number(environ: Mapping[str, str], name: str, default: int, problems: list[str]) -> int:
    """A whole number above zero; anything else is noted among the problems."""
    text = environ.get(name, "").strip() or str(default)
    if text.isdecimal() and int(text) > 0:
        return int(text)
    problems.append(f"{name}={text!r} is not a number above 0")
    return default


def identity_provider(environ: Mapping[str, str], production: bool, problems: list[str]) -> dict[str, str]:
    """The city's OpenID Connect provider; empty when none is set."""
    found = {
        "issuer": environ.get("ZHENGLING_OIDC_ISSUER", ""),
        "client_id": environ.get("ZHENGLING_OIDC_CLIENT_ID", ""),
        "secret": environ.get("ZHENGLING_OIDC_SECRET", ""),
    }
    if not any(found.values()):
        return {}
    if not all(found.values()):
        problems.append(
            "ZHENGLING_OIDC_ISSUER, _CLIENT_ID and _SECRET belong together: set all three or none"
        )
    elif production and not found["issuer"].startswith("https://"):
        problems.append("ZHENGLING_OIDC_ISSUER must begin with https://")
    return found


def local_keys(var: Path) -> dict[str, str]:
    """Keys of a local installation, made at its first start and kept readable by their owner only."""
    path = var / "keys.json"
    if not path.exists():
        var.mkdir(parents=True, exist_ok=True)
        made = {"secret_key": secrets.token_urlsafe(48), "field_key": secrets.token_hex(32)}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(made, file)
    keys: dict[str, str] = json.loads(path.read_text())
    return keys


def parse_field_keys(text: str) -> dict[str, str]:
    """``id:hex[,id:hex]``; the first one encrypts, all decrypt."""
    return dict(pair.split(":", 1) for pair in text.split(",") if ":" in pair)


def read_channels(environ: Mapping[str, str], problems: list[str]) -> Channels:
    """The channels named in ``ZHENGLING_CHANNELS``; one that has no address is a problem."""
    names = tuple(name for name in environ.get("ZHENGLING_CHANNELS", "file").split(",") if name)
    channels = Channels(
        names=names,
        email_url=environ.get("ZHENGLING_EMAIL_URL", ""),
        email_from=environ.get("ZHENGLING_EMAIL_FROM", ""),
        sms_url=environ.get("ZHENGLING_SMS_URL", ""),
        sms_token=environ.get("ZHENGLING_SMS_TOKEN", ""),
        wecom_url=environ.get("ZHENGLING_WECOM_URL", ""),
        dingtalk_url=environ.get("ZHENGLING_DINGTALK_URL", ""),
        dingtalk_secret=environ.get("ZHENGLING_DINGTALK_SECRET", ""),
    )
    for name in names:
        if name not in CHANNELS:
            problems.append(f"ZHENGLING_CHANNELS: {name!r} is no channel; there are {', '.join(CHANNELS)}")
        elif name != "file" and not getattr(channels, f"{name}_url"):
            problems.append(f"ZHENGLING_{name.upper()}_URL is missing for the channel {name}")
    if "email" in names and "@" not in channels.email_from:
        problems.append("ZHENGLING_EMAIL_FROM must be the address reminders come from")
    return channels


def read(environ: Mapping[str, str] = os.environ) -> Configuration:
    """The configuration, or `UnsafeConfiguration` naming each setting that is missing or dangerous."""
    production = environ.get("ZHENGLING_ENV", "local") == "production"
    host = environ.get("HOST", "127.0.0.1")
    database_url = environ.get("DATABASE_URL", "")
    var = Path(environ.get("ZHENGLING_VAR") or default_var())
    demo = flag(environ, "ZHENGLING_DEMO", default=not production and not database_url)
    problems: list[str] = []
    secret_key = environ.get("ZHENGLING_SECRET_KEY", "")
    field_keys = parse_field_keys(environ.get("ZHENGLING_FIELD_KEYS", ""))
    allowed = [name for name in environ.get("ZHENGLING_HOSTS", "").split(",") if name]
    port = number(environ, "PORT", 8000, problems)
    api_rate = number(environ, "ZHENGLING_API_RATE", 600, problems)
    channels = read_channels(environ, problems)
    password_days = number(environ, "ZHENGLING_PASSWORD_DAYS", 90, problems)
    idle_minutes = number(environ, "ZHENGLING_IDLE_MINUTES", 30, problems)
    oidc = identity_provider(environ, production, problems)
    if production:
        if demo:
            problems.append(
                "ZHENGLING_DEMO must be off in production: its accounts sign in without a password"
            )
        if not database_url.startswith(("postgres://", "postgresql://")):
            problems.append("DATABASE_URL must name a PostgreSQL database")
        if len(secret_key) < 50:
            problems.append("ZHENGLING_SECRET_KEY must have at least 50 random characters")
        if not field_keys or any(len(key) != 64 for key in field_keys.values()):
            problems.append("ZHENGLING_FIELD_KEYS must be id:64-hex-digits, comma separated, newest first")
        if not allowed or "*" in allowed:
            problems.append("ZHENGLING_HOSTS must list the host names served, without *")
    else:
        if not is_loopback(host):
            problems.append(
                f"HOST={host} is not loopback: set ZHENGLING_ENV=production and its secrets to serve others"
            )
        allowed = allowed or ["127.0.0.1", "localhost", "[::1]", "testserver"]
        if not problems and not (secret_key and field_keys):
            keys = local_keys(var)
            secret_key = secret_key or keys["secret_key"]
            field_keys = field_keys or {"local": keys["field_key"]}
    seal_url = environ.get("ZHENGLING_SEAL_URL", "")
    if seal_url and not seal_url.startswith("https://" if production else ("https://", "http://")):
        problems.append("ZHENGLING_SEAL_URL must be an https address: what is sealed has personal data in it")
    city = Path(environ.get("ZHENGLING_CITY", "yongzhou"))
    city = city if city.is_absolute() else CITIES / city
    if not (city / "city.yaml").exists() and city.parent != CITIES:
        problems.append(f"ZHENGLING_CITY={city} has no city.yaml")
    if problems:
        raise UnsafeConfiguration(problems)
    return Configuration(
        production=production,
        demo=demo,
        host=host,
        port=port,
        var=var,
        city=city,
        database_url=database_url,
        secret_key=secret_key,
        field_keys=field_keys,
        allowed_hosts=allowed,
        trusted_origins=[f"https://{name}" for name in allowed] if production else [],
        gazette=environ.get("GAZETTE", ""),
        password_days=password_days,
        idle_minutes=idle_minutes,
        oidc=oidc,
        metrics_token=environ.get("ZHENGLING_METRICS_TOKEN", ""),
        webhook_hosts=[name for name in environ.get("ZHENGLING_WEBHOOK_HOSTS", "").split(",") if name],
        api_requests_per_minute=api_rate,
        channels=channels,
        seal_url=seal_url,
        seal_token=environ.get("ZHENGLING_SEAL_TOKEN", ""),
    )


SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000; "
    "PRAGMA cache_size=-64000; PRAGMA mmap_size=134217728; PRAGMA temp_store=MEMORY;"
)


def database(configuration: Configuration) -> dict[str, object]:
    """Django's DATABASES entry. SQLite takes its write lock at BEGIN, so that two writers wait and never fail."""
    if configuration.embedded:
        configuration.var.mkdir(parents=True, exist_ok=True)
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": configuration.var / "zhengling.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "init_command": SQLITE_PRAGMAS, "timeout": 20},
        }
    url = urlsplit(configuration.database_url)
    if url.scheme not in {"postgres", "postgresql"}:
        raise UnsafeConfiguration(
            [f"DATABASE_URL: {url.scheme!r} is not supported; use postgresql://user@host/name"]
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(url.hostname or ""),
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
