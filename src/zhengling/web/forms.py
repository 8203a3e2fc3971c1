"""How every form of the house is drawn."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """``{{ form }}`` gives fields in the house's style; widgets may have templates in any app."""

    form_template_name = "web/form.html"
    field_template_name = "web/field.html"
