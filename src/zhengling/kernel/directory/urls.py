from __future__ import annotations

from django.urls import path

from zhengling.kernel.directory import views

urlpatterns = [
    path("", views.index, name="organisations"),
    path("excel/", views.excel, name="organisations-excel"),
    path("<str:code>/", views.unit, name="organisation"),
    path("<str:code>/below/", views.below, name="organisation-below"),
]
