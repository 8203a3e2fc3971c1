"""What operations ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable, Iterator

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY, Collector

from zhengling.configuration import is_loopback
from zhengling.kernel import clock
from zhengling.kernel.accounts.access import EVERYBODY, for_audience
from zhengling.kernel.casework.models import Case, TimeLimit
from zhengling.kernel.jobs import queries as jobs
from zhengling.kernel.outbox import queries as outbox

log = structlog.get_logger("zhengling.requests")

REQUESTS = Counter("zhengling_requests_total", "Requests by page and status", ["page", "status"])
SECONDS = Histogram("zhengling_request_seconds", "Time to answer, by page", ["page"])


class ObservationMiddleware:
    """Counts and logs requests by the name of the page: never the address, which may hold a case number."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        page = (request.resolver_match and request.resolver_match.view_name) or "none"
        REQUESTS.labels(page, str(response.status_code)).inc()
        SECONDS.labels(page).observe(seconds)
        if response.status_code >= 500 or seconds > 2:
            log.warning("slow or failed", page=page, status=response.status_code, seconds=round(seconds, 3))
        return response


class Business(Collector):
    """Gauges read from the database when asked for."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        cases = GaugeMetricFamily("zhengling_open_cases", "Open cases by procedure", labels=["procedure"])
        for name, number in (
            Case.objects.filter(closed_at=None).order_by().values_list("procedure").annotate(n=Count("pk"))
        ):
            cases.add_metric([name], number)
        yield cases
        late = TimeLimit.objects.filter(state=TimeLimit.State.RUNNING, due__lt=clock.today()).count()
        yield GaugeMetricFamily(
            "zhengling_overdue_limits", "Running time limits past their due date", value=late
        )
        yield from self.work()

    def work(self) -> Iterator[GaugeMetricFamily]:
        """How the worker keeps up."""
        yield GaugeMetricFamily(
            "zhengling_outbox_waiting", "Deliveries still to be made", value=outbox.waiting()
        )
        yield GaugeMetricFamily(
            "zhengling_outbox_oldest_seconds", "Age of the oldest of them", value=outbox.oldest_seconds()
        )
        yield GaugeMetricFamily("zhengling_outbox_dead", "Deliveries given up", value=outbox.dead().count())
        yield GaugeMetricFamily(
            "zhengling_failed_jobs",
            "Scheduled jobs that failed and have not gone through since",
            value=jobs.failed().count(),
        )
        silent = jobs.seconds_since_heartbeat()
        if silent is not None:
            yield GaugeMetricFamily(
                "zhengling_worker_silent_seconds", "Since a worker's last turn", value=silent
            )


@for_audience(EVERYBODY)
@never_cache
@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@for_audience(EVERYBODY)
@never_cache
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """The database answers and is as new as the code, and a worker is at work."""
    try:
        executor = MigrationExecutor(connection)
        behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    if behind:
        return HttpResponse("the database waits for migrations\n", status=503, content_type="text/plain")
    silent = jobs.seconds_since_heartbeat()
    if silent is None or silent > jobs.SILENT_SECONDS:
        return HttpResponse("no worker has shown itself\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


@for_audience(EVERYBODY)
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics, for whoever has the token; with no token set, on the machine itself in local mode.

    In production every request may come through a proxy on this machine, so loopback proves nothing there.
    """
    token = settings.METRICS_TOKEN
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    local = not settings.PRODUCTION and is_loopback(request.META.get("REMOTE_ADDR", ""))
    if not (hmac.compare_digest(given.encode(), token.encode()) if token else local):
        raise Http404
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library is not annotated here
    own = CollectorRegistry()
    own.register(Business())
    return HttpResponse(generate_latest(registry) + generate_latest(own), content_type=CONTENT_TYPE_LATEST)
