"""The picture of a procedure, laid out from its declaration: stages as boxes from top to bottom, acts as arrows.

An act to the next stage goes straight down with its words beside it. Acts that skip stages leave on the right, acts
that send back leave on the left; each has a line of its own out to its lane, so words never lie on each other. Acts
that stay at a stage stand inside its box. Pure layout; units are SVG pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zhengling.kernel.casework.procedure import Act, Procedure

LINE = 18  # one line of small words
PORT = 20  # distance between two arrows on one side of a box
LANE = 16
PADDING = 12
NARROWEST = 150  # of a box
MARGIN = 8
WIDE = 13.0  # width of a Chinese character
NARROW = 6.8
TITLE = 14 / 12  # a stage is written larger than an act


@dataclass(frozen=True, slots=True)
class Box:
    """A stage. `inside` are the acts that stay there."""

    name: str
    label: str
    inside: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float
    closed: bool
    current: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def title_y(self) -> float:
        """Where the stage's name stands: in the middle, or above the words inside."""
        block = LINE * (1 + len(self.inside))
        return self.y + (self.height - block) / 2 + 14

    @property
    def lines(self) -> list[tuple[str, float]]:
        return [(word, self.title_y + (n + 1) * LINE) for n, word in enumerate(self.inside)]


@dataclass(frozen=True, slots=True)
class Arrow:
    """`points` from the stage of the act to where it leads; `words` at (`x`, `y`) beginning or ending there."""

    words: tuple[str, ...]
    points: tuple[tuple[float, float], ...]
    x: float
    y: float
    anchor: str
    back: bool

    @property
    def path(self) -> str:
        return " ".join(f"{'L' if n else 'M'}{x:g} {y:g}" for n, (x, y) in enumerate(self.points))

    @property
    def lines(self) -> list[tuple[str, float]]:
        return [(word, self.y + n * LINE) for n, word in enumerate(self.words)]


@dataclass(frozen=True, slots=True)
class Sentence:
    """The same as text: at a stage, an act, leading to a stage (empty: it stays)."""

    stage: str
    act: str
    to: str


@dataclass(frozen=True, slots=True)
class Diagram:
    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    text: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class _Jump:
    """An act between two stages that are not neighbours downwards."""

    label: str
    start: int
    end: int

    @property
    def span(self) -> range:
        return range(min(self.start, self.end), max(self.start, self.end) + 1)


def draw(procedure: Procedure, current: str = "") -> Diagram:
    """Lay out the procedure; `current` is the stage a case is at."""
    order = {stage.name: n for n, stage in enumerate(procedure.stages)}
    straight: dict[int, list[str]] = {}
    right: list[_Jump] = []
    left: list[_Jump] = []
    inside: dict[int, list[str]] = {}
    for act in procedure.acts:
        label = str(act.label)
        for stage in act.stages:
            start = order[stage]
            end = order[act.to] if act.to else start
            if end == start:
                inside.setdefault(start, []).append(label)
            elif end == start + 1:
                straight.setdefault(start, []).append(label)
            else:
                (right if end > start else left).append(_Jump(label, start, end))
    opening = str(procedure.opening.label)
    left_edge = MARGIN + _zone(left)
    width = _box_width(procedure)
    boxes = _boxes(
        procedure, current, (left_edge, width), inside=inside, straight=straight, sides=(right, left)
    )
    first = boxes[0].middle
    entry = Arrow(
        (opening,), ((first, MARGIN), (first, boxes[0].y)), first + 8, MARGIN + 16, "start", back=False
    )
    arrows = [
        entry,
        *(_down(boxes[n], boxes[n + 1], words) for n, words in straight.items()),
        *_side(right, boxes, outwards=1),
        *_side(left, boxes, outwards=-1),
    ]
    longest = max((_width(word) for words in straight.values() for word in words), default=0)
    whole = left_edge + width + max(_zone(right), longest - width / 2 + 20) + MARGIN
    return Diagram(
        whole, boxes[-1].y + boxes[-1].height + MARGIN, tuple(boxes), tuple(arrows), _text(procedure)
    )


def _boxes(
    procedure: Procedure,
    current: str,
    place: tuple[float, float],
    *,
    inside: dict[int, list[str]],
    straight: dict[int, list[str]],
    sides: tuple[Sequence[_Jump], Sequence[_Jump]],
) -> list[Box]:
    boxes: list[Box] = []
    x, width = place
    y: float = MARGIN + 34
    for n, stage in enumerate(procedure.stages):
        words = tuple(inside.get(n, ()))
        ports = max(sum((jump.start == n) + (jump.end == n) for jump in side) for side in sides)
        height = max(2 * PADDING + LINE * (1 + len(words)), ports * PORT + PADDING)
        boxes.append(
            Box(
                stage.name,
                str(stage.label),
                words,
                x,
                y,
                width,
                height,
                stage.closed,
                stage.name == current,
            )
        )
        y += height + max(26, 14 + LINE * len(straight.get(n, ())))
    return boxes


def _box_width(procedure: Procedure) -> float:
    """As wide as the longest name of a stage, or act that stays at one, needs."""
    names = [_width(str(stage.label)) * TITLE for stage in procedure.stages]
    names += [_width(str(act.label)) for act in procedure.acts if act.to is None]
    return max(NARROWEST, max(names) + 2 * PADDING)


def _down(start: Box, end: Box, words: list[str]) -> Arrow:
    top = start.y + start.height
    return Arrow(
        tuple(words),
        ((start.middle, top), (start.middle, end.y)),
        start.middle + 8,
        top + 17,
        "start",
        back=False,
    )


def _side(jumps: Sequence[_Jump], boxes: Sequence[Box], outwards: int) -> list[Arrow]:
    """Arrows on one side: out of the box along the words, up or down the lane, back into the target."""
    lanes = _lanes(jumps)
    ports = _ports(jumps, boxes)
    words_end = _longest(jumps) + 16
    arrows = []
    for n, jump in enumerate(jumps):
        start = boxes[jump.start]
        edge = start.x + (start.width if outwards > 0 else 0)
        lane = edge + outwards * (words_end + lanes[n] * LANE)
        out, into = ports[n]
        points = ((edge, out), (lane, out), (lane, into), (edge, into))
        anchor = "start" if outwards > 0 else "end"
        arrows.append(Arrow((jump.label,), points, edge + outwards * 8, out - 4, anchor, back=outwards < 0))
    return arrows


def _lanes(jumps: Sequence[_Jump]) -> list[int]:
    """A lane for each jump, so that two that run past the same box lie beside each other; short ones inside."""
    taken: list[set[int]] = []
    lanes = [0] * len(jumps)
    for n in sorted(range(len(jumps)), key=lambda n: len(jumps[n].span)):
        span = set(jumps[n].span)
        lane = next((k for k, used in enumerate(taken) if not used & span), len(taken))
        if lane == len(taken):
            taken.append(set())
        taken[lane] |= span
        lanes[n] = lane
    return lanes


def _ports(jumps: Sequence[_Jump], boxes: Sequence[Box]) -> list[tuple[float, float]]:
    """(height where it leaves, height where it arrives) for each jump, no two of a box at the same height."""
    used: dict[int, int] = {}

    def take(box: int) -> float:
        used[box] = used.get(box, 0) + 1
        return boxes[box].y + used[box] * PORT

    leaving = [take(jump.start) for jump in jumps]
    return [(out, take(jump.end)) for out, jump in zip(leaving, jumps, strict=True)]


def _zone(jumps: Sequence[_Jump]) -> float:
    """The room one side needs."""
    return _longest(jumps) + 16 + LANE * (max(_lanes(jumps)) + 1) if jumps else 0


def _longest(jumps: Sequence[_Jump]) -> float:
    return max((_width(jump.label) for jump in jumps), default=0)


def _width(text: str) -> float:
    return sum(WIDE if ord(char) > 0x2E7F else NARROW for char in text)


def _text(procedure: Procedure) -> tuple[Sentence, ...]:
    def sentence(stage: str, act: Act) -> Sentence:
        to = str(procedure.stage(act.to).label) if act.to and act.to != stage else ""
        return Sentence(str(procedure.stage(stage).label), str(act.label), to)

    return tuple(
        sentence(stage.name, act) for stage in procedure.stages for act in procedure.acts_at(stage.name)
    )
