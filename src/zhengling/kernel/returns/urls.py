from __future__ import annotations

from django.urls import path

from zhengling.kernel.returns import views

urlpatterns = [
    path("", views.index, name="returns"),
    path("export.xlsx", views.export, name="returns-export"),
    path("<uuid:pk>/", views.detail, name="return"),
    path("<uuid:pk>/excel/", views.excel, name="return-excel"),
    path("<uuid:pk>/cells/<str:cell>/", views.cell, name="return-cell"),
    path("<uuid:pk>/<slug:act>/", views.act, name="return-act"),
]
