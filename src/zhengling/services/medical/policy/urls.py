from __future__ import annotations

from django.urls import path

from zhengling.services.medical.policy import result_views, views

urlpatterns = [
    path("medical/policy/", views.index, name="policy-reforms"),
    path("medical/policy/new/", views.new, name="policy-new"),
    path("medical/policy/snapshot/", views.snapshot, name="policy-snapshot"),
    path("medical/policy/compare/", result_views.compare, name="policy-compare"),
    path("medical/policy/demand/", result_views.demand, name="policy-demand"),
    path("medical/policy/<uuid:pk>/", result_views.reform, name="policy-reform"),
    path("medical/policy/<uuid:pk>/edit/", views.edit, name="policy-edit"),
    path("medical/policy/<uuid:pk>/try/", views.ask_trial, name="policy-try"),
    path("medical/policy/<uuid:pk>/cancel/", views.cancel, name="policy-cancel"),
    path("medical/policy/<uuid:pk>/submit/", views.submit, name="policy-submit"),
    path("medical/policy/<uuid:pk>/approve/", views.approve, name="policy-approve"),
    path("medical/policy/<uuid:pk>/refuse/", views.refuse, name="policy-refuse"),
    path("medical/policy/<uuid:pk>/withdraw/", views.withdraw, name="policy-withdraw"),
    path("medical/policy/<uuid:pk>/progress/", result_views.progress, name="policy-progress"),
    path("medical/policy/<uuid:pk>/chart/<str:kind>.svg", result_views.chart, name="policy-chart"),
    path("medical/policy/<uuid:pk>/export.xlsx", result_views.export, name="policy-export"),
    path("medical/policy/<uuid:pk>/cases/", result_views.cases, name="policy-cases"),
]
