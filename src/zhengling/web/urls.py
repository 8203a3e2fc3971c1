from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from zhengling.web import health, portal, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", portal.home, name="home"),
    path("law/<str:key>/", portal.instrument, name="instrument"),
    path("law/<str:key>/<str:place>/", portal.provision, name="provision"),
    path("", include("zhengling.kernel.casework.urls")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("language/", set_language, name="set_language"),
    path("large-text/", views.large_text, name="large_text"),
    path("demo/clock/", views.demo_clock, name="demo_clock"),
    path("accounts/", include("zhengling.kernel.accounts.urls")),
    path("audit/", include("zhengling.kernel.audit.urls")),
    path("documents/", include("zhengling.kernel.documents.urls")),
    path("people/", include("zhengling.kernel.people.urls")),
    path("funds/", include("zhengling.kernel.funds.urls")),
    path("", include("zhengling.kernel.notices.urls")),
    path("", include("zhengling.kernel.supervision.urls")),
    path("", include("zhengling.services.medical.urls")),
]
