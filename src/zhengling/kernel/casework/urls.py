from __future__ import annotations

from django.urls import path

from zhengling.kernel.casework import common_views, following, list_views, views

urlpatterns = [
    path("work/", list_views.workbench, name="workbench"),
    path("work/batch/", list_views.batch, name="batch"),
    path("work/units/", list_views.units, name="units"),
    path("work/copies/read/", list_views.read, name="copies-read"),
    path("work/lists/<str:tab>/", list_views.workbench, name="workbench-list"),
    path("work/lists/<str:tab>/export.xlsx", list_views.export, name="workbench-export"),
    path("work/open/<str:name>/", views.opening, name="case-open"),
    path("work/procedures/<str:name>/", views.procedure, name="procedure"),
    path("work/cases/<str:number>/", views.case, name="case"),
    path("work/cases/<str:number>/print/", views.printed, name="case-print"),
    path("work/cases/<str:number>/acts/<str:name>/", views.act, name="case-act"),
    path("work/cases/<str:number>/transfer/", common_views.transfer, name="case-transfer"),
    path("work/cases/<str:number>/urge/", common_views.urge, name="case-urge"),
    path("work/cases/<str:number>/recall/", common_views.recall, name="case-recall"),
    path("work/cases/<str:number>/papers/", common_views.attach, name="case-attach"),
    path("work/cases/<str:number>/papers/<int:pk>/", common_views.scan, name="case-scan"),
    path("follow/", following.follow, name="follow"),
    path("follow/<str:number>/", following.follow, name="follow-case"),
]
