from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "zhengling.services.medical.policy"
    label = "medical_policy"

    def ready(self) -> None:
        """Make the part known to the kernel: its turn of the worker, its pages and acts."""
        from zhengling.kernel.jobs.operations import scheduled
        from zhengling.kernel.law import references
        from zhengling.services.medical.policy import trials, wording

        scheduled("medical_policy.work", "turn")(trials.work)
        references.describe("page", wording.PAGES)
        references.describe("act", wording.ACTS)
