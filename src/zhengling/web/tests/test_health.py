"""Alive, ready, metrics: who may ask, and what they never tell."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

pytestmark = pytest.mark.django_db


def test_alive_and_ready(client):
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").content == b"ready\n"


def test_not_ready_while_migrations_wait(client):
    MigrationRecorder(connection).record_unapplied("web", "0001_demo_day")
    assert client.get("/readyz").status_code == 503


class TestMetrics:
    def test_on_this_machine_in_local_mode(self, client):
        text = client.get("/metrics").content.decode()
        assert "zhengling_overdue_limits 0.0" in text and "zhengling_outbox_waiting 0.0" in text

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
