from __future__ import annotations

from django.urls import path

from zhengling.services.medical.clearing import views

urlpatterns = [
    path("", views.index, name="medical-clearing"),
    path("<str:number>.xlsx", views.statement_file, name="medical-clearing-file"),
]
