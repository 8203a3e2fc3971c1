"""`zhengling run` and `zhengling worker`: the web server and the worker, started and stopped together."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click

from zhengling import configuration
from zhengling.web.catalogues import compile_catalogues

GRACE = 4.0  # seconds a process has to end by itself
READY = 30.0  # seconds until the first answer


def prepare() -> list[str]:
    """Bring the database up to date and fill it where it is empty; returns what was done, a line each."""
    import django
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    django.setup()
    said = []
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
        said.append(f"database: brought up to date ({connection.vendor})")
    from zhengling.web.loading import load_if_empty

    said += load_if_empty()
    gazette = configuration.read().gazette
    if gazette:
        from zhengling.kernel.law.operations import import_gazette

        report = import_gazette(Path(gazette))
        said.append(f"gazette: wording of {len(report.matched)} provisions")
    connection.close()
    return said


def port_is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own loopback address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


class Processes:
    """The children of `run`. The first that ends, or a signal, ends all."""

    def __init__(self) -> None:
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.stopping = False

    def start(self, name: str, command: Sequence[str], environment: dict[str, str]) -> None:
        # A session of its own: Ctrl-C reaches this process only, which then ends the others in order.
        self.running[name] = subprocess.Popen(command, env=environment, start_new_session=True)  # noqa: S603 - ours

    def ended(self) -> str:
        """The name of a child that is no longer running, or nothing."""
        return next((name for name, process in self.running.items() if process.poll() is not None), "")

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + GRACE
        for process in self.running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def server_command(settings: configuration.Configuration) -> list[str]:
    """Granian serving WSGI: two workers on PostgreSQL; one on SQLite, whose writers queue anyway."""
    return [
        str(Path(sys.executable).parent / "granian"),
        "--interface", "wsgi",
        "--host", settings.host,
        "--port", str(settings.port),
        "--workers", "1" if settings.embedded else "2",
        "--blocking-threads", "4",
        "--workers-kill-timeout", "3",
        "--no-ws",
        "--log-level", "warning",
        "zhengling.web.wsgi:application",
    ]  # fmt: skip


@click.command()
def run() -> None:
    """Start web server and worker in the foreground; Ctrl-C stops both."""
    settings = configuration.read()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    if not port_is_free(settings.host, settings.port):
        raise click.ClickException(
            f"port {settings.port} on {settings.host} is taken; stop what uses it or choose another: PORT=8001 make run"
        )
    compile_catalogues()
    for line in prepare():
        click.echo(line)
    metrics = settings.var / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    children = Processes()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        children.stopping = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    children.start("web server", server_command(settings), environment)
    children.start("worker", [sys.executable, "-m", "zhengling", "worker"], environment)
    supervise(children, f"http://{settings.host}:{settings.port}/")


def supervise(children: Processes, address: str) -> None:
    """Say the address once server and worker are ready, then wait for a signal or for the end of a child."""
    deadline, told = time.monotonic() + READY, False
    while not children.stopping:
        if name := children.ended():
            children.stop()
            raise click.ClickException(f"the {name} ended by itself; what it said stands above")
        if not told and answers(f"{address}readyz"):
            told = True
            click.echo(f"Zhengling (政令) is running on {address} — Ctrl-C stops it")
        elif not told and time.monotonic() > deadline:
            children.stop()
            raise click.ClickException(f"the web server did not answer within {READY:.0f} seconds")
        time.sleep(0.1)
    children.stop()
    click.echo("stopped")


@click.command()
def worker() -> None:
    """Deliver kernel events and run the jobs of the calendar, until stopped."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()
    from zhengling.kernel.jobs.operations import beat, tick, work
    from zhengling.kernel.outbox.delivery import deliver, fan_out
    from zhengling.web import demo

    end = threading.Event()
    parent = os.getppid()
    name = f"{socket.gethostname()}-{os.getpid()}"

    def stop(_signal: int, _frame: FrameType | None) -> None:
        end.set()

    def leave_with_parent() -> None:
        """A worker whose `run` was killed must not go on alone."""
        if os.getppid() != parent:
            end.set()

    def deliver_messages() -> None:
        fan_out()
        deliver(stop=end.is_set)

    def run_jobs() -> None:
        tick(stop=end.is_set)

    def show_life() -> None:
        beat(name)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    work([leave_with_parent, demo.apply, show_life, deliver_messages, run_jobs], end)


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--decrypt", is_flag=True, help="Write personal data open; needs a reason, which is recorded.")
@click.option("--reason", default="", help="Why personal data leave the house.")
def export(folder: Path, decrypt: bool, reason: str) -> None:
    """Write everything this installation holds into DIR, in open formats, proven by counts and digests."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()
    from zhengling.web.export import ExportError
    from zhengling.web.export import export as write

    try:
        manifest = write(folder, decrypt=decrypt, reason=reason)
    except ExportError as error:
        raise click.ClickException(str(error)) from error
    rows = sum(table["rows"] for table in manifest["tables"])
    tables, files = len(manifest["tables"]), len(manifest["files"])
    click.echo(f"{tables} tables, {rows:,} rows, {files} files; personal data {manifest['personal_data']}")
