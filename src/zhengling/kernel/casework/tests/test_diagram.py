"""The picture of a procedure: everything is on it, and nothing lies on anything else."""

from __future__ import annotations

from itertools import combinations

import pytest

from zhengling.kernel.casework import procedure as procedures
from zhengling.kernel.casework.diagram import _width, draw
from zhengling.kernel.casework.tests import toy

toy.register()


@pytest.fixture(params=procedures.every(), ids=lambda declared: declared.name)
def declared(request):
    return request.param


def test_every_stage_and_act_is_on_it(declared):
    diagram = draw(declared)
    assert [box.name for box in diagram.boxes] == [stage.name for stage in declared.stages]
    words = [word for arrow in diagram.arrows for word in arrow.words] + [
        w for box in diagram.boxes for w in box.inside
    ]
    assert {str(act.label) for act in declared.acts} <= set(words)
    assert len(diagram.text) == sum(len(act.stages) for act in declared.acts)


def test_boxes_do_not_touch_and_all_lies_inside(declared):
    diagram = draw(declared)
    for upper, lower in zip(diagram.boxes, diagram.boxes[1:], strict=False):
        assert upper.y + upper.height < lower.y
    for arrow in diagram.arrows:
        assert all(0 <= x <= diagram.width and 0 <= y <= diagram.height for x, y in arrow.points)


def test_words_do_not_lie_on_each_other(declared):
    boxes = []
    for arrow in draw(declared).arrows:
        for word, y in arrow.lines:
            width = _width(word)
            x = arrow.x if arrow.anchor == "start" else arrow.x - width
            boxes.append((x, y - 12, x + width, y))
    for (ax, ay, bx, by), (cx, cy, dx, dy) in combinations(boxes, 2):
        assert bx <= cx or dx <= ax or by <= cy or dy <= ay


def test_the_place_of_the_case_is_marked():
    diagram = draw(toy.TOY, "county")
    assert [box.name for box in diagram.boxes if box.current] == ["county"]


def test_an_act_that_sends_back_is_on_the_left():
    back = next(arrow for arrow in draw(toy.TOY).arrows if "back" in arrow.words)
    assert back.back and back.points[1][0] < back.points[0][0]
    assert back.points[-1][1] < back.points[0][1]
