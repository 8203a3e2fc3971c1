from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from zhengling.web import gazette, health, portal, tour, views
from zhengling.web.api import assembly

urlpatterns: list[URLPattern | URLResolver] = [
    path("", portal.home, name="home"),
    path("tour/", tour.tour, name="tour"),
    path("tour/<int:number>/", tour.tour_step, name="tour_step"),
    path("tour/end/", tour.tour_end, name="tour_end"),
    path("gazette/", gazette.gazette, name="gazette"),
    path("law/<str:key>/", portal.instrument, name="instrument"),
    path("law/<str:key>/<str:place>/", portal.provision, name="provision"),
    path("", include("zhengling.kernel.casework.urls")),
    path("", include("zhengling.kernel.reminders.urls")),
    path("api/v1/openapi.json", assembly.openapi, name="openapi"),
    path("api/v1/", assembly.api.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("language/", set_language, name="set_language"),
    path("large-text/", views.large_text, name="large_text"),
    path("demo/clock/", views.demo_clock, name="demo_clock"),
    path("accounts/", include("zhengling.kernel.accounts.urls")),
    path("clients/", include("zhengling.kernel.clients.urls")),
    path("deliveries/", include("zhengling.kernel.outbox.urls")),
    path("audit/", include("zhengling.kernel.audit.urls")),
    path("documents/", include("zhengling.kernel.documents.urls")),
    path("organisations/", include("zhengling.kernel.directory.urls")),
    path("people/", include("zhengling.kernel.people.urls")),
    path("funds/", include("zhengling.kernel.funds.urls")),
    path("returns/", include("zhengling.kernel.returns.urls")),
    path("exchange/", include("zhengling.kernel.exchange.urls")),
    path("", include("zhengling.kernel.notices.urls")),
    path("", include("zhengling.kernel.supervision.urls")),
    path("", include("zhengling.services.medical.urls")),
]
