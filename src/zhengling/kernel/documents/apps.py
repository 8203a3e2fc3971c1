from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "zhengling.kernel.documents"

    def ready(self) -> None:
        """Show the letters of a case on its page; let the worker finish those of the short way."""
        from zhengling.kernel.casework import panels
        from zhengling.kernel.documents import (
            handlers,  # noqa: F401 - registers itself
            kinds,
        )
        from zhengling.kernel.documents.queries import letters_of_case, letters_to_applicant
        from zhengling.kernel.law import references

        panels.register("*", "documents/case_letters.html", letters_of_case)
        panels.register_followed("documents/followed_letters.html", letters_to_applicant)
        references.describe(
            "form", {f"documents.{kinds.APPLICATION_FORM.name}": kinds.APPLICATION_FORM.label}
        )
        references.describe("notice", {f"documents.{kinds.PUBLIC_LIST.name}": kinds.PUBLIC_LIST.label})
