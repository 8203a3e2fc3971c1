from __future__ import annotations

from django.urls import path

from zhengling.services.medical.premium import enrolment_views, views

urlpatterns = [
    path("", views.overview, name="medical-premium"),
    path("mine/", views.mine, name="medical-premium-mine"),
    path("refund/<uuid:pk>/open/", views.open_refund, name="medical-premium-open-refund"),
    path("lists/<uuid:pk>/<slug:act>/", enrolment_views.act, name="medical-premium-list-act"),
    path("differences/<uuid:pk>/", enrolment_views.decide, name="medical-premium-difference"),
    path("<slug:code>/", views.roster_page, name="medical-premium-roster"),
    path("<slug:code>/enrolments/", enrolment_views.enrolments, name="medical-premium-enrolments"),
    path("<slug:code>/refunds/", views.refunds_page, name="medical-premium-refunds"),
]
