"""What operations ask: alive, ready, metrics; who may ask, and what they never tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from zhengling.kernel import clock
from zhengling.kernel.jobs.models import Heartbeat
from zhengling.kernel.jobs.operations import beat
from zhengling.kernel.outbox.models import Delivery
from zhengling.kernel.outbox.operations import publish

pytestmark = pytest.mark.django_db


def test_ready_needs_a_worker(client):
    assert client.get("/healthz").content == b"ok\n"
    answer = client.get("/readyz")
    assert answer.status_code == 503 and b"worker" in answer.content
    beat("w")
    assert client.get("/readyz").status_code == 200
    Heartbeat.objects.update(at=datetime.now(UTC) - timedelta(minutes=5))
    assert client.get("/readyz").status_code == 503


def test_not_ready_while_migrations_wait(client):
    beat("w")
    (newest,) = MigrationLoader(connection).graph.leaf_nodes("web")
    MigrationRecorder(connection).record_unapplied(*newest)
    assert client.get("/readyz").status_code == 503


class TestMetrics:
    def test_they_tell_of_deliveries_and_of_the_worker(self, client):
        message = publish("t.x", "a", {})
        Delivery.objects.create(message=message, receiver="r", dead_at=clock.now())
        beat("w")
        text = client.get("/metrics").content.decode()
        lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("zhengling_"))
        assert lines["zhengling_outbox_dead"] == "1.0" and lines["zhengling_outbox_waiting"] == "1.0"
        assert lines["zhengling_overdue_limits"] == "0.0"
        assert 0 <= float(lines["zhengling_worker_silent_seconds"]) < 10

    def test_not_from_elsewhere(self, client):
        assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 404

    def test_in_production_loopback_proves_nothing(self, client, settings):
        settings.PRODUCTION = True
        assert client.get("/metrics").status_code == 404

    def test_with_the_token_from_anywhere(self, client, settings):
        settings.PRODUCTION, settings.METRICS_TOKEN = True, "secret-token"
        right = {"authorization": "Bearer secret-token"}
        assert client.get("/metrics", headers=right, REMOTE_ADDR="192.0.2.1").status_code == 200
        assert client.get("/metrics", headers={"authorization": "Bearer other"}).status_code == 404
        assert client.get("/metrics").status_code == 404

    def test_pages_are_counted_by_name_and_never_by_address(self, client):
        client.get("/follow/YJ-2022-ABCDEF/")
        text = client.get("/metrics").content.decode()
        assert 'page="follow-case"' in text and "ABCDEF" not in text
