"""What operations ask: alive, ready, metrics."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from zhengling.kernel import clock
from zhengling.kernel.jobs.models import Heartbeat
from zhengling.kernel.jobs.operations import beat
from zhengling.kernel.outbox.models import Delivery
from zhengling.kernel.outbox.operations import publish

pytestmark = pytest.mark.django_db


def test_ready_needs_a_worker(client):
    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert answer.status_code == 503 and b"worker" in answer.content
    beat("w")
    assert client.get("/readyz").status_code == 200
    Heartbeat.objects.update(at=datetime.now(UTC) - timedelta(minutes=5))
    assert client.get("/readyz").status_code == 503


def test_metrics_tell_of_deliveries_and_of_the_worker(client):
    message = publish("t.x", "a", {})
    Delivery.objects.create(message=message, receiver="r", dead_at=clock.now())
    beat("w")
    text = client.get("/metrics").content.decode()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("zhengling_"))
    assert lines["zhengling_outbox_dead"] == "1.0" and lines["zhengling_outbox_waiting"] == "1.0"
    assert 0 <= float(lines["zhengling_worker_silent_seconds"]) < 10


def test_metrics_are_not_for_everybody(client):
    with override_settings(METRICS_TOKEN="secret"):
        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 404
        assert client.get("/metrics", headers={"authorization": "Bearer secret"}).status_code == 200
    with override_settings(PRODUCTION=True):
        assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="192.0.2.1").status_code == 404
