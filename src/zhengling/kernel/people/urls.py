from __future__ import annotations

from django.urls import path

from zhengling.kernel.people import views

urlpatterns = [
    # allauth looks for its sign-up page under this name
    path("register/", views.register, name="account_signup"),
]
