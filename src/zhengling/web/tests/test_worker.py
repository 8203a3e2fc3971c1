"""The worker as a process: it lives on the demo city's day, delivers, shows itself, and ends when it is told to."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.slow


def wait_for(what, seconds=30.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def test_it_works_on_the_citys_day_and_stops_cleanly(tmp_path):
    environment = {
        key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "ZHENGLING_DEMO"}
    }
    environment |= {"ZHENGLING_VAR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "zhengling.settings"}
    migrate = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    subprocess.run(migrate, env=environment, check=True)
    database = sqlite3.connect(tmp_path / "zhengling.sqlite3", timeout=20, isolation_level=None)
    database.execute("INSERT INTO web_demoday (day) VALUES ('2022-03-28')")
    database.execute(
        "INSERT INTO outbox_message (id, type, subject, unit, data, at) "
        "VALUES (?, 't.x', 'a', '', '{}', '2022-03-28 01:00:00')",
        ["0" * 32],
    )

    def one(query):
        row = database.execute(query).fetchone()
        return row and row[0]

    worker = subprocess.Popen([sys.executable, "-m", "zhengling", "worker"], env=environment)
    try:
        assert wait_for(lambda: one("SELECT position FROM outbox_message")) == 1
        slots = wait_for(lambda: one("SELECT group_concat(DISTINCT substr(slot, 1, 10)) FROM jobs_run"))
        assert set(slots.split(",")) <= {"2022-03-27", "2022-03-28"}
        assert wait_for(lambda: one("SELECT count(*) FROM jobs_heartbeat")) == 1
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=10) == 0
    finally:
        worker.kill()
        worker.wait()
        database.close()
