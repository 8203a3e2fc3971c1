"""`zhengling run`: starts server and worker, says the address, stops cleanly, says plainly why it does not start."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
PROGRAM = [str(Path(sys.executable).parent / "zhengling"), "run"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(folder: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "GAZETTE"}}
    # Without the demo: its cases take half a minute to play.
    return {**kept, "PORT": str(port), "ZHENGLING_VAR": str(folder), "ZHENGLING_DEMO": "0"}


def get(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def processes_of(folder: Path) -> list[int]:
    """Processes that were started with this folder in their environment."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if f"ZHENGLING_VAR={folder}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_starts_answers_and_stops_cleanly(tmp_path, ending):
    port = free_port()
    run = subprocess.Popen(
        PROGRAM, env=environment(tmp_path, port), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        said = []
        for line in run.stdout:
            said.append(line)
            if "http://" in line:
                break
        assert f"http://127.0.0.1:{port}/" in said[-1], said
        answers = {path: get(port, path) for path in ("/", "/healthz", "/readyz", "/metrics", "/nowhere/")}
        assert answers == {"/": 200, "/healthz": 200, "/readyz": 200, "/metrics": 200, "/nowhere/": 404}
        assert len(processes_of(tmp_path)) >= 3
        began = time.monotonic()
        run.send_signal(ending)
        rest = run.stdout.read()
        assert run.wait(timeout=10) == 0
        assert time.monotonic() - began < 5
        assert rest.strip().endswith("stopped") and "Traceback" not in rest
        assert processes_of(tmp_path) == []
    finally:
        run.kill()
        run.wait()


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            PROGRAM, env=environment(tmp_path, port), capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in done.stderr and "PORT=" in done.stderr


def test_an_unsafe_setting_is_named(tmp_path):
    unsafe = {**environment(tmp_path, free_port()), "HOST": "0.0.0.0"}  # noqa: S104
    done = subprocess.run(PROGRAM, env=unsafe, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "HOST=0.0.0.0 is not loopback" in done.stderr
    assert "Traceback" not in done.stderr
