"""A whole sign-in through an identity provider, run as a process of its own with the provider configured: a small
provider on loopback, a browser (Django's test client), a fresh database. Prints one line of JSON.

Not collected by pytest; `test_single_signon.py` runs it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


class Provider(BaseHTTPRequestHandler):
    """Discovery, token, user: what the code flow needs. `username` is who signs in there."""

    username = "zhang.san"

    def answer(self, data):
        body = json.dumps(data).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        here = f"http://127.0.0.1:{self.server.server_address[1]}"
        if self.path.startswith("/.well-known/"):
            self.answer(
                {
                    "issuer": here,
                    "authorization_endpoint": f"{here}/authorize",
                    "token_endpoint": f"{here}/token",
                    "userinfo_endpoint": f"{here}/user",
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                }
            )
        else:
            self.answer(
                {"sub": f"id-of-{Provider.username.lower()}", "preferred_username": Provider.username}
            )

    def do_POST(self):
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert sent["client_secret"] == ["secret"]
        assert sent["code_verifier"]
        self.answer({"access_token": "token", "token_type": "Bearer"})

    def log_message(self, *_args):
        """Silent."""


def main(var: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "zhengling.settings",
        "ZHENGLING_VAR": var,
        "ZHENGLING_DEMO": "0",
        "ZHENGLING_OIDC_ISSUER": f"http://127.0.0.1:{server.server_address[1]}",
        "ZHENGLING_OIDC_CLIENT_ID": "zhengling",
        "ZHENGLING_OIDC_SECRET": "secret",
    }
    os.environ.pop("DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client

    call_command("migrate", verbosity=0)
    from zhengling.kernel.accounts.actors import SYSTEM
    from zhengling.kernel.accounts.models import User
    from zhengling.kernel.accounts.operations import create_account, deactivate
    from zhengling.kernel.organisations.models import Organisation

    town = Organisation.objects.create(
        code="1", name="甲", short_name="甲", level="township", kind="government", path="/1/"
    )
    user, _password = create_account(SYSTEM, "zhang.san", "张三", town)

    def sign_in(username: str) -> tuple[int, str | None, int]:
        """(status of the last answer, account signed in, status of a page afterwards)"""
        Provider.username = username
        client = Client()
        start = client.get("/accounts/oidc/city/login/")
        asked = parse_qs(urlsplit(start.url).query)
        back = client.get("/accounts/oidc/city/login/callback/", {"code": "code", "state": asked["state"][0]})
        return back.status_code, client.session.get("_auth_user_id"), client.get("/accounts/me/").status_code

    results = {
        "page": "/accounts/oidc/city/login/" in Client().get("/accounts/login/").content.decode(),
        "first": sign_in("Zhang.San"),
        "again": sign_in("zhang.san"),
        "stranger": sign_in("li.si"),
        "forged": Client()
        .get("/accounts/oidc/city/login/callback/", {"code": "c", "state": "s"})
        .status_code,
    }
    deactivate(SYSTEM, user)
    results["closed"] = sign_in("zhang.san")[1]
    results["accounts"] = User.objects.count()
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    main(str(Path(sys.argv[1])))
