"""Documentation that fails the build: everything is described, every link resolves, nothing local leaks.

Described means: every command, act, parameter and environment setting stands in ``code`` in docs/reference/
or a README. Links are the relative ones of Markdown files. Leaks are paths of the machine the work was done
on and, in lock files, addresses.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SETTING = re.compile(r"""environ(?:\.get\(|\[)"([A-Z_]+)"|(?:flag|number)\(environ, "([A-Z_]+)\"""")
LOCAL_PATH = re.compile(r"(?<![\w.<])(?:/work/(?:wt|main|shared|repo)\b|/(?:root|home)/[\w.])")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def named_in_reference() -> set[str]:
    """Everything in code marks or blocks of the reference and the READMEs, and each word of it."""
    named: set[str] = set()
    for path in [*ROOT.glob("docs/reference/**/*.md"), *ROOT.glob("README*.md")]:
        text = path.read_text()
        for code in [*FENCED.findall(text), *CODE.findall(text)]:
            named |= {code, *re.split(r"[\s=|,()<>]+", code)}
            named |= set(re.findall(r"zhengling(?: [a-z][a-z-]*)+", code))
    return named


def commands() -> Iterator[str]:
    import click

    from zhengling.__main__ import main

    def walk(name: str, command: click.Command, context: click.Context) -> Iterator[str]:
        if isinstance(command, click.Group):
            for child in command.list_commands(context):
                found = command.get_command(context, child)
                assert found is not None
                yield from walk(f"{name} {child}", found, context)
        else:
            yield name

    yield from walk("zhengling", main, click.Context(main))


def settings() -> set[str]:
    found = SETTING.findall((ROOT / "src/zhengling/configuration.py").read_text())
    return {name for pair in found for name in pair if name}


def acts() -> set[str]:
    from zhengling.kernel.casework import procedure

    return {act.name for declared in procedure.every() for act in declared.acts}


def parameters() -> set[str]:
    from zhengling.kernel.law.queries import every_parameter

    return {parameter.name for parameter in every_parameter()}


def undescribed() -> Iterator[str]:
    named = named_in_reference()
    for kind, names in [
        ("command", set(commands())),
        ("setting", settings()),
        ("act", acts()),
        ("parameter", parameters()),
    ]:
        yield from (f"{kind} {name!r} is not described in docs/reference/" for name in sorted(names - named))


def broken_links() -> Iterator[str]:
    for path in tracked("*.md"):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for target in LINK.findall(line):
                if "://" in target or target.startswith(("#", "mailto:")):
                    continue
                if not (path.parent / target.partition("#")[0]).exists():
                    yield f"{path.relative_to(ROOT)}:{number}: no such file: {target}"


def leaks() -> Iterator[str]:
    for path in tracked():
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, start=1):
            if LOCAL_PATH.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: a path of one machine"
            if path.suffix == ".lock" and "://" in line:
                yield f"{path.relative_to(ROOT)}:{number}: an address in a lock file"


def main() -> int:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zhengling.settings")
    django.setup()
    found = [*undescribed(), *broken_links(), *leaks()]
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
