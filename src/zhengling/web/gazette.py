"""Taking in the official text of the gazette, so that its wording stands beside our summary."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.law.gazette_text import UnreadableGazette
from zhengling.kernel.law.operations import import_gazette

MAX_BYTES = 5 * 1024 * 1024


class GazetteForm(forms.Form):
    file = forms.FileField(
        label=_("Plain text of the gazette"), help_text=_("UTF-8 or GB18030; an earlier import is replaced")
    )

    def clean_file(self) -> str:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("the file is larger than 5 MB; it should be plain text"))
        data: bytes = file.read()
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
        raise forms.ValidationError(_("the file is not text; save it as plain text in UTF-8"))


@for_audience(holders_of("policy_officer", "system_admin"))
def gazette(request: HttpRequest) -> HttpResponse:
    """The drop field, and after it what was matched and what was not."""
    form = GazetteForm(request.POST or None, request.FILES or None)
    report = None
    if request.method == "POST" and form.is_valid():
        try:
            report = import_gazette(form.cleaned_data["file"])
        except UnreadableGazette as error:
            form.add_error("file", str(error))
    return render(request, "web/gazette.html", {"form": form, "report": report})
