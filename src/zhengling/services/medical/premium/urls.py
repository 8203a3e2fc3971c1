from __future__ import annotations

from django.urls import path

from zhengling.services.medical.premium import views

urlpatterns = [
    path("", views.overview, name="medical-premium"),
    path("mine/", views.mine, name="medical-premium-mine"),
    path("refund/<uuid:pk>/open/", views.open_refund, name="medical-premium-open-refund"),
    path("<slug:code>/", views.roster_page, name="medical-premium-roster"),
    path("<slug:code>/refunds/", views.refunds_page, name="medical-premium-refunds"),
]
