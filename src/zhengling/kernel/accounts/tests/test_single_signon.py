"""Sign-in through the city's identity provider, and the settings that switch it on."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from zhengling import configuration

FLOW = Path(__file__).with_name("provider_flow.py")


@pytest.mark.slow
def test_an_officer_signs_in_and_a_stranger_does_not(tmp_path):
    run = subprocess.run(
        [sys.executable, str(FLOW), str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr
    results = json.loads(run.stdout.splitlines()[-1])  # migrations may say something first
    assert results["page"], "the sign-in page offers it"
    assert results["first"] == [302, "1", 200], "the first password is not asked for: it was not used"
    assert results["again"] == [302, "1", 200]
    assert results["stranger"] == [403, None, 302]
    assert results["forged"] == 403
    assert results["closed"] is None
    assert results["accounts"] == 1, "the provider opens no accounts"


def test_half_a_provider_does_not_start(tmp_path):
    with pytest.raises(configuration.UnsafeConfiguration):
        configuration.read({"ZHENGLING_VAR": str(tmp_path), "ZHENGLING_OIDC_ISSUER": "https://id.example"})


def test_without_a_provider_nothing_is_offered(client, db):
    assert "/oidc/" not in client.get("/accounts/login/").content.decode()
    assert client.get("/accounts/oidc/city/login/").status_code == 404
