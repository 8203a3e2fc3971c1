from __future__ import annotations

from django.urls import include, path

from zhengling.services.medical import views

urlpatterns = [
    path("medical/", views.desk_page, name="medical"),
    path("medical/clearing/", include("zhengling.services.medical.clearing.urls")),
    path("medical/identities/", include("zhengling.services.medical.identities.urls")),
    path("medical/estimate/", views.estimate, name="medical-estimate"),
    path("medical/apply/", views.apply, name="medical-apply"),
    path("medical/forms/<str:number>.pdf", views.form_pdf, name="medical-form-pdf"),
    path("medical/lists/<str:number>.pdf", views.poster_pdf, name="medical-poster-pdf"),
    path("medical/survey/worker.js", views.survey_worker, name="medical-survey-worker"),
    path("medical/survey/<str:number>/", views.survey, name="medical-survey"),
    path("medical/survey/<str:number>/send/", views.send_survey, name="medical-survey-send"),
    path("medical/premium/", include("zhengling.services.medical.premium.urls")),
    path("medical/", include("zhengling.services.medical.recovery.urls")),
    path("", include("zhengling.services.medical.policy.urls")),
]
