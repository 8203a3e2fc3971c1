from __future__ import annotations

from django.urls import path

from zhengling.kernel.exchange import difference_views, views

urlpatterns = [
    path("", views.index, name="exchange"),
    path("awaited/", views.awaited, name="exchange-awaited"),
    path("sets/<str:name>/", views.data_set, name="exchange-set"),
    path("sets/<str:name>/template.xlsx", views.template, name="exchange-template"),
    path("sets/<str:name>/upload/", views.upload, name="exchange-upload"),
    path("sets/<str:name>/send/", views.send, name="exchange-send"),
    path("sets/<str:name>/differences/", difference_views.listed, name="exchange-differences"),
    path("sets/<str:name>/decide/", difference_views.decide, name="exchange-decide"),
    path("differences/<uuid:pk>/", difference_views.one, name="exchange-difference"),
    path("files/<uuid:pk>/", views.file, name="exchange-file"),
    path("files/<uuid:pk>/state/", views.state, name="exchange-state"),
    path("files/<uuid:pk>/problems.xlsx", views.problems, name="exchange-problems"),
    path("files/<uuid:pk>/<slug:act>/", views.act, name="exchange-act"),
]
