"""A client of the API for tests: a real token, real requests through every middleware."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

from django.test import Client as Browser

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import SYSTEM
from zhengling.kernel.clients import limiter
from zhengling.kernel.clients.operations import create_client, issue_token
from zhengling.kernel.clients.scopes import SCOPES


class Calling:
    """``Calling(unit, "clerk")`` acts for that unit with every scope, unless `scopes` are named."""

    def __init__(self, unit, *roles, scopes=tuple(SCOPES), name=""):
        limiter.forget()
        self.client = create_client(SYSTEM, name or f"c-{uuid.uuid4().hex[:8]}", unit, roles, "nobody")
        expires = clock.today() + timedelta(days=30)
        self.token, self.text = issue_token(SYSTEM, self.client, scopes, expires)
        self.browser = Browser(headers={"authorization": f"Bearer {self.text}", "accept-language": "en"})

    def get(self, path, **query):
        return self.browser.get(f"/api/v1{path}", query)

    def post(self, path, body=None, key="", **headers):
        return self.browser.post(
            f"/api/v1{path}",
            json.dumps(body if body is not None else {}),
            content_type="application/json",
            headers={"idempotency-key": key or uuid.uuid4().hex, **headers},
        )

    def send(self, path, content, media_type, key=""):
        return self.browser.post(
            f"/api/v1{path}",
            content,
            content_type=media_type,
            headers={"idempotency-key": key or uuid.uuid4().hex},
        )
