from __future__ import annotations

from django.urls import path

from zhengling.kernel.reminders import views

urlpatterns = [
    path("work/reminders/", views.index, name="reminders"),
    path("work/reminders/export.xlsx", views.export, name="reminders-export"),
    path("work/reminders/<uuid:pk>/away/", views.away, name="reminder_away"),
]
