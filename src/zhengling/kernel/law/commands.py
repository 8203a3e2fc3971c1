"""`zhengling law`: check the map of the regulations, show a provision, import the official wording."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from zhengling import configuration
from zhengling.kernel.law import references
from zhengling.kernel.law.checks import check as check_city
from zhengling.kernel.law.citations import InvalidCitation, parse_citation
from zhengling.kernel.law.gazette_text import UnreadableGazette, read
from zhengling.kernel.law.instruments import City, Duty, Instrument, Provision, load_city
from zhengling.kernel.law.reading import InvalidRegulation


def _city() -> City:
    try:
        return load_city(configuration.read().city)
    except InvalidRegulation as error:
        raise click.ClickException(str(error)) from error


def _start_apps() -> None:
    """The apps register their acts, limits and pages when they are ready."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()


@click.group()
def law() -> None:
    """The regulations of the gazette, provision by provision."""


@law.command()
@click.option(
    "--gazette",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Plain text of the gazette; our summaries must not repeat its words.",
)
def check(gazette: Path | None) -> None:
    """Find dead references, missing marks, owners and limits, gaps and copied words."""
    _start_apps()
    references.register("rule", *references.rules_in(configuration.PACKAGE / "services"))
    city = _city()
    files = [gazette] if gazette else _gazettes_nearby()
    findings = check_city(city, configuration.read().city, [read(path) for path in files])
    for finding in findings:
        click.echo(str(finding), err=finding.error)
    errors = sum(finding.error for finding in findings)
    provisions = [item for instrument in city.instruments.values() for item in instrument.provisions]
    marks = [item.mark.value for item in provisions if item.mark]
    counts = ", ".join(f"{marks.count(mark)} {mark}" for mark in sorted(set(marks)))
    click.echo(f"{len(city.instruments)} instruments, {len(provisions)} places: {counts}; {errors} errors")
    if errors:
        sys.exit(1)


def _gazettes_nearby() -> list[Path]:
    """The seed beside the checkout, when this is a checkout and it lies there."""
    checkout = configuration.PACKAGE.parent.parent
    return sorted((checkout.parent / "shared" / "seed").glob("*.txt"))


@law.command()
@click.argument("citation")
@click.option("--language", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
def show(citation: str, language: str) -> None:
    """Show a provision or a whole instrument: YZCR-2021-01016/10(2), 《…》第十条, 永政办发〔2021〕23号."""
    city = _city()
    try:
        instrument = city.instrument(citation)
        provisions = instrument.provisions
    except KeyError:
        try:
            parsed = parse_citation(citation, city.titles)
            instrument = city.instrument(parsed.instrument)
            provisions = (city.provision(parsed),) if parsed.place else instrument.provisions
        except InvalidCitation as error:
            raise click.ClickException(str(error)) from error
        except KeyError as error:
            raise click.ClickException(f"there is no {error.args[0]}") from error
    click.echo(f"《{instrument.title.zh}》" if language == "zh" else instrument.title.en)
    click.echo(f"{instrument.document}  {instrument.yzcr}  {city.work_uri(instrument)}")
    for provision in provisions:
        click.echo("")
        _show(instrument, provision, language, city)


def _show(instrument: Instrument, provision: Provision, language: str, city: City) -> None:
    number = provision.place.zh() if language == "zh" else provision.place.en()
    click.echo(f"{number}  {provision.heading.in_language(language)}  [{instrument.eid(provision.place)}]")
    if provision.summary:
        click.echo(f"  {provision.summary.in_language(language)}")
    if provision.mark:
        click.echo(
            f"  {provision.mark.value}" + (f": {_reason(provision, language)}" if provision.reason else "")
        )
    for reference in provision.by:
        click.echo(f"  by {reference.kind} {reference.name}")
    for duty in provision.duties:
        click.echo(f"  {_duty(duty, language, city)}")
    if provision.note:
        click.echo(f"  ({provision.note.in_language(language)})")


def _reason(provision: Provision, language: str) -> str:
    assert provision.reason is not None
    return provision.reason.text.in_language(language)


def _duty(duty: Duty, language: str, city: City) -> str:
    names = duty.owners if language == "zh" else [city.owners.get(owner, owner) for owner in duty.owners]
    owners = "、".join(names) if language == "zh" else ", ".join(names)
    return f"{owners}: {duty.limit.in_language(language) if duty.limit else ''}"


@law.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
def import_file(file: Path) -> None:
    """Import the official wording from the gazette's plain text and say what could not be placed."""
    _start_apps()
    from zhengling.kernel.law.operations import import_gazette

    try:
        report = import_gazette(file)
    except UnreadableGazette as error:
        raise click.ClickException(str(error)) from error
    for title, rows in (
        ("provisions without wording", report.missing),
        ("text without provision", report.unplaced),
        ("problems", report.problems),
    ):
        if rows:
            click.echo(f"{title}:")
            for row in rows:
                click.echo(f"  {row}")
    instruments = {item.instrument for item in report.matched}
    click.echo(
        f"{len(report.matched)} provisions of {len(instruments)} instruments have their official wording"
    )
