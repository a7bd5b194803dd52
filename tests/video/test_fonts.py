"""System fonts are found by the characters that they cover."""

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from mmvkp.video import fonts
from mmvkp.video.text import put_text


@pytest.fixture
def warnings(monkeypatch):
    """Warnings of an installation without other fonts than Matplotlib's."""
    found = []
    own = fonts._font_files()[:1]
    monkeypatch.setattr(fonts, '_font_files', lambda: own)
    monkeypatch.setattr(fonts, '_warned', set())
    monkeypatch.setattr(fonts, 'print_log', lambda text, **options: found.append(text))
    clear()
    yield found
    clear()


def clear():
    for each in (fonts.fonts_for, fonts.rendered_width, fonts.render):
        each.cache_clear()


def write_font(path, character):
    """A font with one letter: a square of half the font size."""
    pen = TTGlyphPen(None)
    pen.moveTo((0, 0))
    for corner in ((0, 500), (500, 500), (500, 0)):
        pen.lineTo(corner)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(['.notdef', 'square'])
    builder.setupCharacterMap({ord(character): 'square'})
    builder.setupGlyf({'.notdef': TTGlyphPen(None).glyph(), 'square': pen.glyph()})
    builder.setupHorizontalMetrics({'.notdef': (500, 0), 'square': (600, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable(dict(familyName='Square', styleName='Regular'))
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)


def drawn(text):
    canvas = np.zeros((60, 200, 3), np.uint8)
    put_text(canvas, text, (10, 10), 24)
    return canvas[..., 0] > 128


def test_missing_letters_are_named_once(warnings):
    questions, letters = drawn('é??'), drawn('é走跑')
    assert (questions == letters).all()
    drawn('é走')
    assert len(warnings) == 1
    assert '走 (U+8D70), 跑 (U+8DD1); question marks' in warnings[0]
    drawn('é泳')
    assert '泳' in warnings[1] and '走' not in warnings[1]


def test_a_font_of_the_system_is_used(warnings, monkeypatch, tmp_path):
    write_font(tmp_path / 'square.ttf', '走')
    (tmp_path / 'damaged.ttf').write_bytes(b'no font')
    own = fonts._font_files()
    monkeypatch.setattr(
        fonts,
        '_font_files',
        lambda: (*own, str(tmp_path / 'damaged.ttf'), str(tmp_path / 'square.ttf')),
    )
    rows, columns = np.nonzero(drawn('走'))
    # Half of the font size, 24 / 0.72 pixels.
    assert len(rows) == pytest.approx((24 / 0.72 / 2) ** 2, rel=0.15)
    assert rows.max() == pytest.approx(33, abs=1) and columns.min() >= 9
    # Letters of several fonts in one text.
    assert drawn('走é 1').sum() > len(rows)
    assert fonts.font_families('走') == ['DejaVu Sans', 'Square']
    assert not warnings


def test_control_characters_are_spaces():
    assert fonts.clean_text('a\nb\tc\x00') == 'a b c '
    assert fonts.clean_text('e\u0301') == 'é'
    assert fonts.font_families('abc') == ['DejaVu Sans']
