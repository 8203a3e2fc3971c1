from __future__ import annotations

from django.urls import path

from zhengling.kernel.clients import views

urlpatterns = [
    path("", views.index, name="clients"),
    path("export.xlsx", views.export, name="clients-export"),
    path("new/", views.new, name="client_new"),
    path("<int:pk>/", views.detail, name="client"),
    path("<int:pk>/active/", views.set_active, name="client_active"),
    path("<int:pk>/tokens/", views.issue, name="client_token"),
    path("<int:pk>/tokens/<int:token_pk>/revoke/", views.revoke, name="client_token_revoke"),
    path("<int:pk>/webhooks/", views.add_webhook, name="client_webhook"),
    path("<int:pk>/webhooks/<uuid:hook_pk>/end/", views.end_webhook, name="client_webhook_end"),
]
