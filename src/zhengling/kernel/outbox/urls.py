from __future__ import annotations

from django.urls import path

from zhengling.kernel.outbox import views

urlpatterns = [
    path("", views.deliveries, name="deliveries"),
    path("export.xlsx", views.export, name="deliveries-export"),
    path("<int:pk>/again/", views.again, name="delivery_again"),
]
