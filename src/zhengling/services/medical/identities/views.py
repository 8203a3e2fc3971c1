"""The register of marks: who is marked, one person's history and class, questions to the departments."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from zhengling.kernel import clock
from zhengling.kernel.accounts.access import for_audience, holders_of
from zhengling.kernel.accounts.actors import Actor, actor_of
from zhengling.kernel.audit.models import Action
from zhengling.kernel.audit.operations import record_access
from zhengling.kernel.exchange.pages import excel
from zhengling.kernel.exchange.presentation import summary
from zhengling.kernel.people.masking import mask_id_number
from zhengling.kernel.people.operations import unsealed
from zhengling.kernel.people.queries import find_by_id_number
from zhengling.kernel.spreadsheets import spreadsheet
from zhengling.services.medical.desk import Figure, Tile
from zhengling.services.medical.identities import queries
from zhengling.services.medical.identities.forms import RegisterFilter, SearchForm
from zhengling.services.medical.identities.kinds import LAW, article_of, code_of, words_of
from zhengling.services.medical.models import BenefitYear, Identity

ROLES = frozenset({"reviewer", "approver", "supervisor", "auditor"})
READERS = holders_of(*ROLES)
ROWS = 50


def figures(actor: Actor) -> list[Figure]:
    """What waits in the register: marks that hold, differences with the lists, questions without answer."""
    rows = queries.narrowed(queries.register(actor), clock.today())
    return [
        Figure(gettext_lazy("marks"), queries.totals(rows).marks),
        Figure(gettext_lazy("differences with the lists"), queries.differences(actor), warn=True),
        Figure(gettext_lazy("questions without answer"), queries.questions(actor).count()),
    ]


TILE = Tile(
    label=gettext_lazy("Marks of persons"),
    summary=gettext_lazy(
        "Lists of the departments compared, who is marked and why, marks for the platform, opening load"
    ),
    url="medical-identities",
    citation=f"{LAW}/5",
    roles=ROLES,
    figures=figures,
    rank=10,
)


@for_audience(READERS)
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Marks that hold on a day, by county, kind and class."""
    return _register(request, SearchForm())


def _register(request: HttpRequest, search_form: SearchForm, status: int = 200) -> HttpResponse:
    actor = actor_of(request)
    form = RegisterFilter(request.GET, units=queries.units(actor))
    chosen = dict(form.cleaned_data) if form.is_valid() else {}
    day = chosen.pop("day", None) or clock.today()
    rows = queries.narrowed(queries.register(actor), day, **chosen)
    totals = queries.totals(rows)
    if request.GET.get("format") == "xlsx":
        return _export(request, list(rows), totals)
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "search": search_form,
        "page": page,
        "rows": [(row, words_of(code_of(row)), article_of(row.kind)) for row in page.object_list],
        "totals": totals,
        "day": day,
        "reads": bool(queries.paths(actor)),
    }
    return render(request, "medical_identities/register.html", context, status=status)


def _export(request: HttpRequest, rows: list[Identity], totals: queries.Totals) -> HttpResponse:
    """The list as filtered, masked as on the screen."""
    heading = [
        _("Unit"), _("Person"), _("identity number"), _("kind of mark"), _("Class"), _("from"), _("until"),
        _("Said by"), _("evidence"),
    ]  # fmt: skip
    lines: list[list[object]] = [
        [
            row.unit.label if row.unit else "",
            row.person.masked_name,
            mask_id_number(unsealed(row.person, "id_number")),
            words_of(code_of(row)),
            row.assistance_class or "",
            row.valid_from,
            row.valid_to,
            row.source,
            row.evidence,
        ]
        for row in rows
    ]
    lines.append([_("Total"), totals.persons, "", totals.marks])
    record_access(actor_of(request), Action.EXPORT, "identities", "", ["name"], _("register of marks"))
    return excel(f"{_('Register of marks')}-{clock.today():%Y%m%d}", spreadsheet(heading, lines))


@sensitive_post_parameters("id_number")
@for_audience(READERS)
@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """Find a person by the whole number. That somebody searched is recorded, found or not."""
    actor, form = actor_of(request), SearchForm(request.POST)
    if not form.is_valid():
        return _register(request, form, 422)
    found = find_by_id_number(form.cleaned_data["id_number"])
    person = queries.persons(actor).filter(pk=found.pk).first() if found else None
    purpose = form.cleaned_data["purpose"]
    record_access(
        actor, Action.SEARCH, "person", person.pk if person else "", ["id_number"], purpose,
        succeeded=person is not None,
    )  # fmt: skip
    if person is None:
        form.add_error("id_number", _("nobody with this number is marked, listed or resident here"))
        return _register(request, form, 422)
    return redirect("medical-identity-person", pk=person.pk)


@for_audience(READERS)
@require_safe
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One person: class of today and why, all marks, what the lists say, the year, open cases."""
    actor = actor_of(request)
    found = get_object_or_404(queries.persons(actor), pk=pk)
    today = clock.today()
    changes = list(found.medical_class_changes.select_related("identity__unit"))
    cases = list(queries.open_cases(found))
    newest = changes[0] if changes else None
    context = {
        "person": found,
        "number": mask_id_number(unsealed(found, "id_number")),
        "explained": queries.explain(found, today),
        "history": queries.history(found),
        "listed": queries.listed(found),
        "changes": changes,
        "years": BenefitYear.objects.filter(person=found).order_by("-year"),
        "cases": [
            (case, newest is not None and queries.consequence(newest.before, newest.after, case))
            for case in cases
        ],
        "differences": [(row, summary(row)) for row in queries.open_differences(actor, found)],
        "today": today,
    }
    record_access(actor, Action.VIEW, "person", found.pk, ["name", "identities"], "register of marks")
    return render(request, "medical_identities/person.html", context)


@for_audience(READERS)
@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """What was asked of the departments and waits for a list that answers it."""
    rows = queries.questions(actor_of(request))
    page = Paginator(rows, ROWS).get_page(request.GET.get("page"))
    context = {"page": page, "rows": [(row, summary(row.difference)) for row in page.object_list]}
    return render(request, "medical_identities/questions.html", context)
