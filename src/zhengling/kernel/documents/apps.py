from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "zhengling.kernel.documents"
