"""The desk of medical assistance: one page from which every part is reached, each with what waits in it.

Parts register their tile in their AppConfig.ready; the core knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise

from zhengling.kernel.accounts.actors import Actor

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on a tile: how many, of what, and whether it wants attention. `fen` is shown as money."""

    label: Text
    value: int
    fen: bool = False
    warn: bool = False


@dataclass(frozen=True, slots=True)
class Tile:
    """A part: the name of its page, one sentence, its article, who opens it, and what it counts for the actor."""

    label: Text
    summary: Text
    url: str
    citation: str
    roles: frozenset[str]
    figures: Callable[[Actor], Sequence[Figure]]
    rank: int = 100


_tiles: list[Tile] = []


def register(tile: Tile) -> None:
    if tile not in _tiles:
        _tiles.append(tile)


def tiles_for(actor: Actor) -> list[Tile]:
    """The tiles whose pages the actor may open, in the order of the regulation's course."""
    held = {role for role, _unit in actor.grants}
    return sorted((tile for tile in _tiles if tile.roles & held), key=lambda tile: tile.rank)
