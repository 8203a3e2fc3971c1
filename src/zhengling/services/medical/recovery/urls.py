from __future__ import annotations

from django.urls import path

from zhengling.services.medical.recovery import audit_views, views

urlpatterns = [
    path("recoveries/", views.recoveries, name="medical-recoveries"),
    path("leads/", views.leads, name="medical-leads"),
    path("leads/<str:number>/reporter/", views.reporter, name="medical-lead-reporter"),
    path("audit/", audit_views.index, name="medical-audit"),
]
