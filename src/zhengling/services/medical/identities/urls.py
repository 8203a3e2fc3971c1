from __future__ import annotations

from django.urls import path

from zhengling.services.medical.identities import opening_views, views

urlpatterns = [
    path("", views.register, name="medical-identities"),
    path("search/", views.search, name="medical-identity-search"),
    path("persons/<uuid:pk>/", views.person, name="medical-identity-person"),
    path("questions/", views.questions, name="medical-identity-questions"),
    path("opening/", opening_views.counties, name="medical-opening"),
    path("opening/<str:code>/", opening_views.county, name="medical-opening-county"),
    path("paper/", opening_views.paper_cases, name="medical-paper-cases"),
    path("paper/<uuid:pk>/close/", opening_views.close, name="medical-paper-close"),
]
