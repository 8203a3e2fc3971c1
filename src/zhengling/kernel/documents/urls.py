from __future__ import annotations

from django.urls import path, re_path

from zhengling.kernel.documents import applicant_views, archive_views, template_views, views

urlpatterns = [
    path("", views.index, name="letters"),
    path("export.xlsx", views.export, name="letters-export"),
    path("new/", views.new, name="letter-new"),
    path("templates/", template_views.index, name="letter-templates"),
    path("templates/export.xlsx", template_views.export, name="letter-templates-export"),
    path("templates/versions/<int:pk>/use/", template_views.use, name="letter-template-use"),
    path("templates/<str:name>/<str:code>/", template_views.template, name="letter-template"),
    path("templates/<str:name>/<str:code>/sample.pdf", template_views.sample, name="letter-template-sample"),
    path("archive/", archive_views.index, name="archive"),
    path("archive/export.xlsx", archive_views.export, name="archive-export"),
    path("archive/cases/<str:number>/", archive_views.close, name="archive-case"),
    path("archive/<int:pk>/package.zip", archive_views.package, name="archive-package"),
    path("archive/transfers/", archive_views.hand_over, name="archive-hand-over"),
    path("archive/transfers/<int:pk>/", archive_views.transfer, name="archive-transfer"),
    re_path(
        r"^archive/transfers/(?P<pk>\d+)/list\.(?P<ending>xlsx|pdf)$",
        archive_views.transfer_list,
        name="archive-transfer-list",
    ),
    path("<uuid:pk>/", views.letter, name="letter"),
    path("<uuid:pk>/edit/", views.edit, name="letter-edit"),
    path("<uuid:pk>/steps/<str:name>/", views.step, name="letter-step"),
    path("<uuid:pk>/letter.pdf", views.pdf, name="letter-pdf"),
    path("<uuid:pk>/followed/", applicant_views.followed, name="letter-followed"),
    path("<uuid:pk>/own.pdf", applicant_views.own, name="letter-own"),
    path("<uuid:pk>/letter.docx", views.docx, name="letter-docx"),
]
