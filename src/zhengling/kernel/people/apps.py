from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "zhengling.kernel.people"
