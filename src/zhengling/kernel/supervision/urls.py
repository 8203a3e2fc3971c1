from __future__ import annotations

from django.urls import path

from zhengling.kernel.supervision import law_views, order_views, views

urlpatterns = [
    path("supervision/", views.board, name="supervision"),
    path("supervision/export.xlsx", views.export_board, name="supervision-export"),
    path("supervision/charts/<str:kind>.svg", views.chart, name="supervision-chart"),
    path("supervision/today/", views.today, name="supervision-today"),
    path("supervision/today/<str:name>/", views.section, name="supervision-section"),
    path("supervision/limits/<str:name>/", views.listed, name="supervision-list"),
    path("supervision/limits/<str:name>/export.xlsx", views.export_list, name="supervision-list-export"),
    path("supervision/units/<str:code>/", views.scorecard, name="scorecard"),
    path("supervision/urge/", order_views.urge, name="urge"),
    path("supervision/orders/", order_views.orders, name="urging-orders"),
    path("supervision/orders/export.xlsx", order_views.export_orders, name="urging-orders-export"),
    path("supervision/orders/<uuid:pk>/", order_views.order, name="urging-order"),
    path("supervision/orders/<uuid:pk>/order.pdf", order_views.pdf, name="urging-order-pdf"),
    path("supervision/orders/<uuid:pk>/answer/", order_views.answer, name="urging-order-answer"),
    path("supervision/orders/<uuid:pk>/close/", order_views.close, name="urging-order-close"),
    path("supervision/articles/", law_views.articles, name="articles"),
    path("supervision/articles/<str:key>/", law_views.matrix, name="article-matrix"),
    path("supervision/articles/<str:key>/export.xlsx", law_views.export_matrix, name="article-matrix-export"),
    path("supervision/integrity/", law_views.integrity, name="integrity"),
]
