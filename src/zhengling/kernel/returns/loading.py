"""The city's forms: read from ``returns/*.yaml``, kept in the database by version."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from django.db import transaction
from django.utils.functional import lazy
from django.utils.translation import get_language

from zhengling.kernel import clock
from zhengling.kernel.canonical import canonical_json, digest
from zhengling.kernel.law.instruments import Text
from zhengling.kernel.law.reading import InvalidRegulation, read_yaml
from zhengling.kernel.returns.declaration import parse
from zhengling.kernel.returns.models import ReturnForm


@transaction.atomic
def load_forms(folder: Path) -> int:
    """Keep every form of the folder; returns how many versions were new.

    Raises `InvalidRegulation` for a broken form, and for one whose content changed while its version did not.
    """
    return sum(_load(path) for path in sorted(folder.glob("*.yaml")))


@lru_cache(maxsize=64)
def _title(path: Path) -> Text:
    return parse(read_yaml(path), str(path)).title


def title(path: Path) -> str:
    """The form's title, found when it is shown and in the language of that moment."""
    shown: str = lazy(lambda: _title(path).in_language(get_language() or ""), str)()
    return shown


def _load(path: Path) -> bool:
    # As JSON from the start: what is digested and kept is what will be read back.
    content = json.loads(canonical_json(read_yaml(path)))
    declaration = parse(content, str(path))
    if declaration.key != path.stem:
        raise InvalidRegulation(f"{path}: the file is called {declaration.key}.yaml")
    row, made = ReturnForm.objects.get_or_create(
        key=declaration.key,
        version=declaration.version,
        defaults={
            "valid_from": declaration.valid_from,
            "content": content,
            "digest": digest(content),
            "loaded_at": clock.now(),
        },
    )
    if row.digest != digest(content):
        raise InvalidRegulation(f"{path}: changed without a new version; raise {declaration.version} by one")
    return made
