"""The gate: ``fast`` before every commit, ``all`` the way CI runs it.

Each step is a command; what it says is shown when it fails, and the summary names every step with its time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CODE = ("src", "tools", "conftest.py")

# A production that is safe, for Django's own deployment checks; nothing connects to the database named here.
PRODUCTION = {
    "ZHENGLING_ENV": "production",
    "ZHENGLING_SECRET_KEY": "check-only-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ",
    "ZHENGLING_FIELD_KEYS": f"check:{'0' * 64}",
    "ZHENGLING_HOSTS": "zhengling.example",
    "ZHENGLING_DEMO": "0",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
}


@dataclass(frozen=True)
class Step:
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    step: str
    passed: bool
    seconds: float
    output: str = ""


def tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / name), *arguments)


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


FAST = (
    Step("ruff", tool("ruff", "check", "--quiet", *CODE)),
    Step("format", tool("ruff", "format", "--quiet", "--check", *CODE)),
    Step("mypy", tool("mypy", "--no-error-summary")),
    Step("imports", tool("lint-imports", "--no-logo")),
    Step("strings", python("tools/strings.py")),
    Step("docs", python("tools/docs.py")),
    Step("law", tool("zhengling", "law", "check")),
    Step("migrations", python("-m", "django", "makemigrations", "--check", "--dry-run")),
    Step("deploy", python("-m", "django", "check", "--deploy", "--fail-level", "WARNING"), PRODUCTION),
)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "zhengling.settings", **(extra or {})}


def run(step: Step) -> Outcome:
    """Run a step quietly; its output is kept for the case that it fails."""
    began = time.monotonic()
    done = subprocess.run(
        step.command, cwd=ROOT, env=environment(step.environment), capture_output=True, text=True, check=False
    )
    return Outcome(step.name, done.returncode == 0, time.monotonic() - began, done.stdout + done.stderr)


def run_loud(step: Step) -> Outcome:
    """Run a test step with its output on the screen."""
    print(f"\n== {step.name}", flush=True)
    began = time.monotonic()
    done = subprocess.run(step.command, cwd=ROOT, env=environment(step.environment), check=False)
    return Outcome(step.name, done.returncode == 0, time.monotonic() - began)


def fast() -> list[Outcome]:
    sys.path.insert(0, str(ROOT / "src"))
    from zhengling.web.catalogues import compile_catalogues

    compile_catalogues()
    with ThreadPoolExecutor(max_workers=2) as pool:
        outcomes = list(pool.map(run, FAST))
    for outcome in outcomes:
        if not outcome.passed:
            print(f"== {outcome.step}\n{outcome.output.rstrip()}\n", flush=True)
    return outcomes


def everything() -> list[Outcome]:
    outcomes = fast()
    outcomes.append(run_loud(Step("tests", tool("pytest", "-q", "-n", "2", "-m", "not browser"))))
    with postgresql() as url:
        if url:
            sensitive = tool("pytest", "-q", "-m", "db_sensitive and not browser")
            outcomes.append(run_loud(Step("tests on PostgreSQL", sensitive, {"DATABASE_URL": url})))
        else:
            print("\nPostgreSQL is not on this machine: the database-sensitive tests ran on SQLite only.")
    if chromium():
        outcomes.append(run_loud(Step("browser tests", tool("pytest", "-q", "-m", "browser"))))
    else:
        print("\nChromium is not on this machine: the browser tests did not run.")
    return outcomes


def chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def postgresql_binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return versions[-1].parent if versions else None


@contextlib.contextmanager
def postgresql() -> Iterator[str | None]:
    """A throw-away cluster on a free port of loopback; its URL, or None where PostgreSQL is not installed."""
    binaries = postgresql_binaries()
    if binaries is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="zhengling-pg-"))
    # initdb refuses root, so root lends the folder to the user that Debian's package made.
    user: str | None = None
    if os.geteuid() == 0:
        user = "postgres"
        shutil.chown(folder, user)
    data = str(folder / "data")

    def command(name: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(binaries / name), *arguments],
            user=user, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise SystemExit(f"{name} failed:\n{done.stdout}")

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        command("initdb", "-D", data, "-U", "zhengling", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=40"
        command("pg_ctl", "-D", data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql://zhengling@127.0.0.1:{port}/postgres"
        finally:
            command("pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: list[str]) -> int:
    kind = arguments[0] if arguments else "fast"
    if kind not in {"fast", "all"}:
        print("usage: check.py fast|all")
        return 2
    began = time.monotonic()
    outcomes = fast() if kind == "fast" else everything()
    words = ", ".join(f"{'' if o.passed else 'FAILED '}{o.step} {o.seconds:.1f}s" for o in outcomes)
    failed = [outcome.step for outcome in outcomes if not outcome.passed]
    verdict = f"failed: {', '.join(failed)}" if failed else "all good"
    print(f"\n{verdict} — {words} — {time.monotonic() - began:.0f}s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
