from __future__ import annotations

from django.urls import path

from zhengling.kernel.audit import views

urlpatterns = [
    path("", views.audit, name="audit"),
    path("export.xlsx", views.export, name="audit_export"),
    path("verify/", views.verify, name="audit_verify"),
]
