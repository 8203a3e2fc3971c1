from django.apps import AppConfig


class IdentitiesConfig(AppConfig):
    name = "zhengling.services.medical.identities"
    label = "medical_identities"

    def ready(self) -> None:
        """Make the part known: its data sets, its register, what follows from a change of class."""
        from zhengling.kernel.exchange import declaration
        from zhengling.kernel.law import references
        from zhengling.services.medical import desk
        from zhengling.services.medical.identities import lists, marks, opening, receivers, views  # noqa: F401 - its handler

        declaration.register(*lists.DATA_SETS, marks.MARKS, marks.CHANGES, *opening.DATA_SETS)
        references.register(
            "register", "medical.identities", "medical.lists", "medical.marks", "medical.opening"
        )
        desk.register(views.TILE)
