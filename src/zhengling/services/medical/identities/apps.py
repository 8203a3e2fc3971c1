from django.apps import AppConfig


class IdentitiesConfig(AppConfig):
    name = "zhengling.services.medical.identities"
    label = "medical_identities"

    def ready(self) -> None:
        """Make the part known: its data sets, its register, what follows from a change of class."""
        from zhengling.kernel.exchange import declaration
        from zhengling.kernel.law import references
        from zhengling.services.medical import desk
        from zhengling.services.medical.identities import (
            kinds,
            lists,
            marks,
            opening,
            receivers,  # noqa: F401 - registers its handler
            views,
        )

        declaration.register(*lists.DATA_SETS, marks.MARKS, marks.CHANGES, *opening.DATA_SETS)
        references.describe("register", kinds.REGISTERS)
        desk.register(views.TILE)
