from __future__ import annotations

from django.urls import path

from zhengling.services.medical import views

urlpatterns = [
    path("medical/estimate/", views.estimate, name="medical-estimate"),
    path("medical/apply/", views.apply, name="medical-apply"),
    path("medical/survey/<str:number>/", views.survey, name="medical-survey"),
    path("medical/survey/<str:number>/send/", views.send_survey, name="medical-survey-send"),
]
