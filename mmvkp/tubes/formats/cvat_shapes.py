"""Shapes of CVAT tracks, and the boxes of the frames between them."""

import math
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from .. import limits

# Shapes that need the option --hull.
HULLS = ('polygon', 'polyline', 'points', 'ellipse', 'cuboid', 'mask', 'skeleton')
KINDS = ('box', *HULLS)


class Shape(NamedTuple):
    """A shape of a track.

    Args:
        frame (int): Frame of the video, from 1.
        kind (str): One of `KINDS`.
        box (np.ndarray, optional): (5,) `x1, y1, x2, y2, rotation`: outer edges in
            pixels, and degrees clockwise around the centre. None if the actor is
            outside.
        place (str): File and line.
        label (str): Name of the class; empty without one.
        reason (str): Reason why a shape without a class is left out.
    """

    frame: int
    kind: str
    box: Optional[np.ndarray]
    place: str
    label: str = ''
    reason: str = ''


def number(text: str) -> float:
    """Finite number of an attribute.

    Raises:
        ValueError: If it is not one.
    """
    value = float(text)
    if not math.isfinite(value) or '_' in text:
        raise ValueError(f'{limits.short_text(text, 40)} is not a number')
    return value


def box_of(kind: str, attrs: Dict[str, str], points: Sequence[str]) -> np.ndarray:
    """Box of a shape.

    Args:
        kind (str): One of `KINDS`.
        attrs (dict[str, str]): Attributes of its element.
        points (Sequence[str]): Points of the visible elements of a skeleton.

    Returns:
        np.ndarray: (5,), see `Shape`. For other shapes than boxes it is the upright
        hull.

    Raises:
        KeyError: If an attribute is missing.
        ValueError: If a number cannot be read, or a box has no area.
    """
    angle = 0.0
    if kind == 'box':
        edges = [number(attrs[key]) for key in ('xtl', 'ytl', 'xbr', 'ybr')]
        angle = number(attrs.get('rotation', '0'))
    elif kind == 'mask':
        left, top, width, height = (
            number(attrs[key]) for key in ('left', 'top', 'width', 'height')
        )
        edges = [left, top, left + width, top + height]
    elif kind == 'ellipse':
        edges = _hull_of_ellipse(attrs)
    elif kind == 'cuboid':
        corners = [each + side for side in '12' for each in ('tl', 'bl', 'tr', 'br')]
        edges = _hull(
            [(number(attrs['x' + key]), number(attrs['y' + key])) for key in corners]
        )
    else:
        edges = _hull(_points(';'.join(points) if points else attrs['points']))
    width, height = edges[2] - edges[0], edges[3] - edges[1]
    # A hull without an area is left out later; a box without one is a fault.
    if min(width, height) < 0 or (kind == 'box' and not (width and height)):
        raise ValueError(f'{kind} {edges} is empty or inverted')
    return np.array([*edges, angle])


def _points(text: str) -> List[Tuple[float, float]]:
    """Points of `x,y;x,y`."""
    pairs = [pair.split(',') for pair in text.split(';')]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(f'{limits.short_text(text, 40)} is not x,y;x,y')
    return [(number(x), number(y)) for x, y in pairs]


def _hull(points: Sequence[Tuple[float, float]]) -> List[float]:
    """Upright hull of points."""
    xs, ys = zip(*points)
    return [min(xs), min(ys), max(xs), max(ys)]


def _hull_of_ellipse(attrs: Dict[str, str]) -> List[float]:
    """Upright hull of an ellipse: the extent of (rx cos t, ry sin t) after turning."""
    cx, cy, rx, ry = (number(attrs[key]) for key in ('cx', 'cy', 'rx', 'ry'))
    angle = math.radians(number(attrs.get('rotation', '0')))
    half_x = math.hypot(rx * math.cos(angle), ry * math.sin(angle))
    half_y = math.hypot(rx * math.sin(angle), ry * math.cos(angle))
    return [cx - half_x, cy - half_y, cx + half_x, cy + half_y]


class Span(NamedTuple):
    """Boxes from one shape to the next.

    Args:
        label (str): Name of the class.
        rows (np.ndarray): (n, 5) `frame, x1, y1, x2, y2`, pixels from 0, ends
            inclusive. The first row is the shape itself.
        rotated (bool): True if a box was turned.
    """

    label: str
    rows: np.ndarray
    rotated: bool


def spans(shapes: Sequence[Shape], step: int) -> Iterator[Span]:
    """Boxes of all frames between the shapes of a track.

    A box moves linearly to the next shape. It is held until the frame before a
    shape outside, on the grid of annotated frames. It ends at the last shape. Its
    class holds until the next shape.

    Args:
        shapes (Sequence[Shape]): Shapes with rising frames.
        step (int): Distance of annotated frames.

    Yields:
        Span: For each shape that is not outside.
    """
    for i, shape in enumerate(shapes):
        if shape.box is None:
            continue
        after = shapes[i + 1] if i + 1 < len(shapes) else None
        if after is None:
            frames, last = np.array([shape.frame]), shape.box
        elif after.box is None:
            held = (after.frame - 1 - shape.frame) // step * step
            frames, last = shape.frame + np.arange(held + 1), shape.box
        else:
            frames, last = np.arange(shape.frame, after.frame), after.box.copy()
            # The shorter way round.
            turn = (last[4] - shape.box[4] + 180) % 360 - 180
            last[4] = shape.box[4] + turn
        length = max(1, (after.frame if after else shape.frame) - shape.frame)
        share = (frames - shape.frame)[:, None] / length
        boxes = shape.box + share * (last - shape.box)
        yield Span(
            shape.label,
            np.column_stack([frames, upright(boxes) - (0, 0, 1, 1)]),
            bool((boxes[:, 4] % 180 != 0).any()),
        )


def upright(boxes: np.ndarray) -> np.ndarray:
    """Upright hulls of turned boxes.

    Args:
        boxes (np.ndarray): (n, 5) `x1, y1, x2, y2, rotation`, degrees clockwise
            around the centre.

    Returns:
        np.ndarray: (n, 4) `x1, y1, x2, y2`.
    """
    centre = (boxes[:, :2] + boxes[:, 2:4]) / 2
    half = (boxes[:, 2:4] - boxes[:, :2]) / 2
    angle = np.deg2rad(boxes[:, 4:])
    cos, sin = np.abs(np.cos(angle)), np.abs(np.sin(angle))
    turned = cos * half + sin * half[:, ::-1]
    upright = np.column_stack([centre - turned, centre + turned])
    # Without a rotation the edges stay exact.
    return np.where(boxes[:, 4:] % 180 == 0, boxes[:, :4], upright)
