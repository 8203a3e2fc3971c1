from __future__ import annotations

from django.urls import path

from zhengling.kernel.notices import views

urlpatterns = [
    path("notices/", views.index, name="notices"),
    path("notices/export.xlsx", views.export, name="notices-export"),
    path("notices/feed.atom", views.feed, name="notices-feed"),
    path("notices/<uuid:pk>/", views.detail, name="notice"),
    path("notices/<uuid:pk>/object/<str:row>/", views.objection, name="notice-objection"),
]
