"""Templates in versions: the city's first ones from its files, the office's own from the editing page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from zhengling.kernel import clock
from zhengling.kernel.accounts.actors import Actor
from zhengling.kernel.casework.errors import ActRefused, InvalidData, NotYours
from zhengling.kernel.documents import kinds
from zhengling.kernel.documents.compose import Wording
from zhengling.kernel.documents.models import Template
from zhengling.kernel.documents.wording import Problem, problems
from zhengling.kernel.law.reading import Fields, read_yaml
from zhengling.kernel.organisations.models import Organisation

EDITORS = ("secretary", "reviewer")


def active_template(kind: str, organ: Organisation) -> Template:
    """The wording an organ uses: its own, else that of a unit above it, else the city's. Raises `ActRefused`."""
    above = organ.path.strip("/").split("/")
    found = (
        Template.objects.filter(kind=kind, active=True, organ__code__in=above)
        .order_by("-organ__path")
        .first()
        or Template.objects.filter(kind=kind, active=True, organ=None).first()
    )
    if found is None:
        raise ActRefused(
            _("there is no template for “%(kind)s”; the document secretary can write one")
            % {"kind": kinds.get(kind).label}
        )
    return found


@transaction.atomic
def save_template(kind: str, organ: Organisation, wording: Wording, note: str, actor: Actor) -> Template:
    """Keep a new version for an organ and use it from now on. Letters already drafted keep theirs.

    Raises `NotYours` unless the actor is its document secretary or reviewer, `InvalidData` with the lines at fault.
    """
    if not any(actor.holds(role, organ.pk) for role in EDITORS):
        raise NotYours(_("templates are edited by the unit's document secretary or reviewer"))
    check_wording(kinds.get(kind), wording)
    return _new_version(kind, organ, wording, note, actor)


@transaction.atomic
def use_version(template: Template, actor: Actor) -> None:
    """Go back to an earlier version of an organ's template. Raises `NotYours`."""
    organ = template.organ
    if organ is None or not any(actor.holds(role, organ.pk) for role in EDITORS):
        raise NotYours(_("templates are edited by the unit's document secretary or reviewer"))
    Template.objects.filter(kind=template.kind, organ=organ, active=True).update(active=False)
    Template.objects.filter(pk=template.pk).update(active=True)


@transaction.atomic
def load_templates(folder: Path | None = None) -> int:
    """Bring the city's templates in; a text that changed becomes a new version. Returns how many were new."""
    made = 0
    for path in sorted((folder or settings.CITY / "documents/templates").glob("*.yaml")):
        fields = Fields(read_yaml(path), path.name)
        kind = fields.take("kind", str)
        wording = Wording(
            fields.take("title", str), fields.take("body", str), fields.optional("foot", str, "")
        )
        fields.end()
        check_wording(kinds.get(kind), wording)
        newest = Template.objects.filter(kind=kind, organ=None).order_by("-version").first()
        if newest is None or newest.wording != wording:
            _new_version(kind, None, wording, path.name, Actor(system=True))
            made += 1
    return made


def check_wording(kind: kinds.LetterKind, wording: Wording) -> None:
    """Raises `InvalidData` whose `errors` have one message per fault, by field, with its line."""
    errors: dict[str, list[str]] = {}
    checks: tuple[tuple[str, Iterator[Problem]], ...] = (
        ("title", problems(wording.title, kind.placeholders, inline=True)),
        ("body", problems(wording.body, kind.placeholders, boxes=kind.layout == "sheet")),
        ("foot", problems(wording.foot, kind.placeholders, inline=True)),
    )
    for name, found in checks:
        messages = [explain(problem, kind) for problem in found]
        if messages:
            errors[name] = messages
    if not wording.title.strip():
        errors.setdefault("title", []).append(_("a letter needs a title"))
    if errors:
        raise InvalidData(errors)


def explain(problem: Problem, kind: kinds.LetterKind) -> str:
    """The fault in the reader's language, with what to write instead."""
    known = "、".join(item.word for item in kind.placeholders if item.kind != "code")
    text = {
        "unknown": _("“%(word)s” is no value of this kind of letter; it has: %(known)s"),
        "unclosed": _("braces that do not belong together near “%(word)s”; write {{ value }}"),
        "unknown_form": _("“%(word)s” after the bar is not known; for amounts there is 大写"),
        "no_capitals": _("“%(word)s” is no amount and has no capital characters"),
        "not_for_text": _("“%(word)s” is drawn as a code and does not stand in the text"),
        "no_table_here": _("“%(word)s” is a table or a list and does not fit here"),
        "not_alone": _("“%(word)s” is a table or a list and needs a line of its own"),
        "no_boxes": _("boxes (｜) are for forms only"),
        "missing": _("“%(word)s” must appear: the law asks for it in this letter"),
    }[problem.code] % {"word": problem.word, "known": known}
    return _("line %(line)s: %(text)s") % {"line": problem.line, "text": text} if problem.line else text


def _new_version(
    kind: str, organ: Organisation | None, wording: Wording, note: str, actor: Actor
) -> Template:
    rows = Template.objects.select_for_update().filter(kind=kind, organ=organ).order_by("version")
    last = max(rows.values_list("version", flat=True), default=0)
    rows.filter(active=True).update(active=False)
    return Template.objects.create(
        kind=kind,
        organ=organ,
        version=last + 1,
        title=wording.title,
        body=wording.body,
        foot=wording.foot,
        note=note[:200],
        active=True,
        created_by=actor.user,
        created_at=clock.now(),
    )
