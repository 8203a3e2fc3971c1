from __future__ import annotations

from django.urls import path

from zhengling.services.medical.recovery import audit_views, views

urlpatterns = [
    path("recoveries/", views.recoveries, name="medical-recoveries"),
    path("recoveries/open/", views.open_recovery, name="medical-recovery-open"),
    path("leads/", views.leads, name="medical-leads"),
    path("leads/enter/", views.enter_lead, name="medical-lead-enter"),
    path("leads/<str:number>/reporter/", views.reporter, name="medical-lead-reporter"),
    path("audit/", audit_views.index, name="medical-audit"),
]
