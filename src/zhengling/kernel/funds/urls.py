from __future__ import annotations

from django.urls import path

from zhengling.kernel.funds import payment_views, receivable_views, views

urlpatterns = [
    path("", views.index, name="funds"),
    path("batches/<uuid:pk>/", payment_views.batch, name="funds-batch"),
    path("batches/<uuid:pk>/<slug:act>/", payment_views.act, name="funds-batch-act"),
    path("payments/<int:pk>/answer/", payment_views.answer, name="funds-payment-answer"),
    path("payments/<int:pk>/follow-up/", payment_views.follow_up, name="funds-payment-follow-up"),
    path("payables/<uuid:pk>/source/", payment_views.change_source, name="funds-payable-source"),
    path("appropriations/<uuid:pk>/<slug:act>/", views.decide_appropriation, name="funds-appropriation-act"),
    path("<slug:code>/", views.unit, name="funds-unit"),
    path("<slug:code>/book/", views.book, name="funds-book"),
    path("<slug:code>/vouchers/", views.vouchers, name="funds-vouchers"),
    path("<slug:code>/vouchers/<int:seq>/", views.voucher, name="funds-voucher"),
    path("<slug:code>/appropriations/", views.appropriations, name="funds-appropriations"),
    path("<slug:code>/payables/", payment_views.payables, name="funds-payables"),
    path("<slug:code>/receivables/", receivable_views.receivables, name="funds-receivables"),
    path("<slug:code>/batches/", payment_views.batches_of, name="funds-batches"),
    path("<slug:code>/years/<int:year>/", views.year, name="funds-year"),
]
