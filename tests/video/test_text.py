"""Text on pictures, and arrangement of pictures."""

import numpy as np
import pytest

from mmvkp.video.text import (
    caption,
    evenly,
    fit_into,
    fit_text,
    put_text,
    scale_to,
    side_by_side,
    stack_rows,
    text_width,
)


def drawn(text, **options):
    canvas = np.full((60, 300, 3), 50, np.uint8)
    put_text(canvas, text, (20, 20), 20, **options)
    return canvas


@pytest.mark.parametrize('text', ['Прыжок', 'Pirouetté', 'άλμα', 'a→b'])
def test_letters_beyond_ascii(text):
    picture = drawn(text)
    questions = ''.join(each if each.isascii() else '?' for each in text)
    assert (picture != drawn(questions)).any() and (picture == 255).any()
    # Different letters look different.
    assert (picture != drawn(text[::-1])).any()
    assert abs(np.nonzero((picture != 50).any((0, 2)))[0].max() - 20) <= (
        text_width(text, 20) + 2
    )


def test_capitals_beyond_ascii_have_the_same_height():
    rows = np.nonzero((drawn('Н') > 128).any((1, 2)))[0]  # Cyrillic
    assert abs(rows.min() - 20) <= 2 and abs(rows.max() - 40) <= 2


def test_text_at_the_border_is_cut():
    canvas = np.zeros((20, 30, 3), np.uint8)
    for place in ((-40, -5), (25, 15), (5, 100), (-500, 3)):
        put_text(canvas, 'Прыжок', place, 16, outline=True)
    assert canvas.any()


def test_outline():
    assert (drawn('Прыжок', outline=True) == 0).any()
    assert not (drawn('Прыжок') == 0).any()


def test_text_gets_smaller_then_shorter():
    text = 'a long name of a class'
    assert fit_text(text, 10000, 20) == (text, 20)
    width = text_width(text, 14)
    assert fit_text(text, width, 20) == (text, 14)
    short, height = fit_text(text, 60, 20)
    assert height == 9 and short.endswith('...') and text.startswith(short[:-3])
    assert text_width(short, height) <= 60
    assert fit_text(text, 2, 20)[0] == ''


def test_text_lies_below_its_place():
    canvas = np.zeros((60, 200, 3), np.uint8)
    put_text(canvas, 'H', (50, 20), 22)
    ys, xs = np.nonzero(canvas[..., 0] > 128)
    assert abs(ys.min() - 20) <= 2 and abs(ys.max() - 42) <= 2
    assert xs.min() >= 48
    bar = caption('name', 120, 10)
    assert bar.shape == (20, 120, 3) and bar.max() > 200


def test_sizes_and_gaps():
    frame = np.zeros((30, 40, 3), np.uint8)
    assert scale_to(frame, 60).shape == (60, 80, 3)
    assert scale_to(frame, 15).shape == (15, 20, 3)
    row = side_by_side([frame, frame], gap=4)
    assert row.shape == (30, 84, 3)
    assert (row[:, 40:44] == 255).all() and not row[:, 44:].any()
    both = stack_rows([row, frame], gap=4)
    assert both.shape == (64, 84, 3)
    assert (both[30:34] == 255).all() and (both[34:, 40:] == 255).all()
    assert not both[34:, :40].any()


def test_middles_of_equal_parts():
    assert evenly(8, 8).tolist() == list(range(8))
    assert evenly(16, 4).tolist() == [2, 6, 10, 14]
    assert evenly(3, 1).tolist() == [1]
    assert evenly(2, 5).tolist() == [0, 1]


def test_a_picture_is_fitted_into_another_size():
    picture = np.full((20, 10, 3), 7, np.uint8)
    larger = fit_into(picture, 16, 24)
    assert larger.shape == (24, 16, 3)
    assert (larger[2:22, 3:13] == 7).all()
    assert (larger == 7).all(-1).sum() == 200 and larger.max() == 255
    # Half as large: 5 x 10 pixels.
    assert (fit_into(picture, 30, 10) == 7).all(-1).sum() == 50
