from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "zhengling.kernel.files"
