"""System fonts that cover a text, and text rendered with them by Pillow.

OpenCV draws ASCII only. It uses the fonts of Matplotlib, which is always installed and
covers Latin, Greek and Cyrillic, and all fonts that the system knows.
"""

import logging
import os
import unicodedata
from functools import cache, lru_cache
from typing import Any, FrozenSet, List, Set, Tuple

import numpy as np

from ..host_stack import print_log

# Height of capitals of fonts without Latin letters, as a share of the font size.
_CAP_SHARE = 0.72
_warned: Set[str] = set()


@cache
def _font_files() -> Tuple[str, ...]:
    """Paths of all fonts, Matplotlib's first."""
    from matplotlib import font_manager, get_data_path

    own = os.path.join(get_data_path(), 'fonts', 'ttf', 'DejaVuSans.ttf')
    return (own, *sorted(font_manager.findSystemFonts()))


@cache
def _charmap(path: str) -> FrozenSet[int]:
    """Characters of a font; empty if it cannot be drawn at any size."""
    from matplotlib.ft2font import FT2Font

    try:
        font = FT2Font(path)
    except (OSError, RuntimeError):
        return frozenset()
    return frozenset(font.get_charmap()) if font.scalable else frozenset()


@lru_cache(maxsize=256)
def fonts_for(characters: FrozenSet[str]) -> Tuple[str, ...]:
    """Fonts that together cover as many characters as possible.

    A warning names characters that no font has, once for each of them.

    Args:
        characters (frozenset[str]): The characters of a text.

    Returns:
        tuple[str, ...]: Paths; the font with the most characters comes first.
    """
    left = {ord(each) for each in characters if not each.isspace()}
    chosen: List[str] = []
    while left:
        best = max(_font_files(), key=lambda path: len(left & _charmap(path)))
        if not left & _charmap(best):
            break
        chosen.append(best)
        left -= _charmap(best)
    new = sorted(each for each in map(chr, left) if each not in _warned)
    if new:
        _warned.update(new)
        names = ', '.join(f'{each} (U+{ord(each):04X})' for each in new[:10])
        more = f' and {len(new) - 10} more' if len(new) > 10 else ''
        print_log(
            f'no installed font has {names}{more}; question marks are drawn. Install '
            'a font of this script, such as the package fonts-noto-cjk.',
            logger='current',
            level=logging.WARNING,
        )
    return tuple(chosen) or _font_files()[:1]


def font_families(text: str) -> List[str]:
    """Names of fonts for a text in a figure of Matplotlib.

    Args:
        text (str): All texts of the figure.
    """
    from matplotlib import font_manager

    families = ['DejaVu Sans']
    if not text.isascii():
        for path in fonts_for(frozenset(text)):
            font_manager.fontManager.addfont(path)
            families.append(font_manager.FontProperties(fname=path).get_name())
    return families


def clean_text(text: str) -> str:
    """Text on one line, with composed accents and without control characters."""
    text = unicodedata.normalize('NFC', text)
    return ''.join(
        ' ' if unicodedata.category(each) in ('Cc', 'Cs', 'Zl', 'Zp') else each
        for each in text
    )


@lru_cache(maxsize=64)
def _font(path: str, height: int) -> Any:
    """Font of Pillow with capitals of this height in pixels."""
    from PIL import ImageFont

    share = _CAP_SHARE
    if ord('H') in _charmap(path):
        box = ImageFont.truetype(path, 100).getbbox('H')
        share = (box[3] - box[1]) / 100
    return ImageFont.truetype(path, max(1, round(height / share)))


def _runs(text: str, height: int) -> List[Tuple[str, Any]]:
    """Parts of a text and their fonts."""
    fonts = fonts_for(frozenset(text))
    runs: List[Tuple[str, str]] = []
    for each in text:
        path = next((p for p in fonts if ord(each) in _charmap(p)), '')
        if not path and not each.isspace():
            each = '?'
        path = path or (runs[-1][1] if runs else fonts[0])
        if ord(each) not in _charmap(path):
            path = _font_files()[0]
        if runs and runs[-1][1] == path:
            runs[-1] = (runs[-1][0] + each, path)
        else:
            runs.append((each, path))
    return [(part, _font(path, height)) for part, path in runs]


@lru_cache(maxsize=1024)
def rendered_width(text: str, height: int) -> int:
    """Width of a text in pixels.

    Args:
        text (str): One line.
        height (int): Height of capitals in pixels.
    """
    return round(sum(font.getlength(part) for part, font in _runs(text, height)))


@lru_cache(maxsize=256)
def render(text: str, height: int, stroke: int = 0) -> Tuple[np.ndarray, int, int]:
    """Opacity of a text.

    Args:
        text (str): One line.
        height (int): Height of capitals in pixels.
        stroke (int): Added thickness in pixels.

    Returns:
        tuple[np.ndarray, int, int]: Opacity (h, w) in [0, 1], float32; x and y of the
        start of the baseline in it.
    """
    from PIL import Image, ImageDraw

    left, baseline = height + stroke, 2 * height + stroke
    size = (rendered_width(text, height) + 2 * left, 3 * height + 2 * stroke)
    picture = Image.new('L', size)
    draw, x = ImageDraw.Draw(picture), float(left)
    for part, font in _runs(text, height):
        draw.text((x, baseline), part, 255, font, 'ls', stroke_width=stroke)
        x += font.getlength(part)
    return np.asarray(picture, np.float32) / 255, left, baseline
