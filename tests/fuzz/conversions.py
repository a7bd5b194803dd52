"""Conversion of annotations in cases of the fuzzers, and checks of its result."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any, Callable, Optional

import numpy as np

from mmvkp.tubes.annotations import TubeAnnotations, load_tube_annotations
from mmvkp.tubes.convert import convert
from mmvkp.tubes.data_checks import check_annotations
from mmvkp.tubes.formats import FormatOptions
from mmvkp.tubes.formats.media import Media

from .harness import Refused

SIZE = (50, 60)
# Formats and options that make boxes between those of the source.
KEY_FRAMES = ('cvat-xml', 'label-studio', 'txt-folders')


def compare(given: Any, found: TubeAnnotations) -> Optional[str]:
    """Compare loaded annotations with the content of their file."""
    if not isinstance(given, dict):
        return 'no dict, but loaded'
    if [str(label) for label in given['labels']] != found.labels:
        return f'labels {found.labels}'
    for name in ('nframes', 'resolution', 'gttubes'):
        if len(given[name]) != len(getattr(found, name)):
            return f'entries of {name} are lost'
    for video, count in given['nframes'].items():
        if float(count) != found.nframes[str(video)]:
            return f'nframes of {video}'
    for video, classes in given['gttubes'].items():
        ours = found.gttubes[str(video)]
        if len(ours) != len(classes):
            return f'classes of {video} are lost'
        for label, tubes in classes.items():
            pairs = zip(tubes, ours[int(float(label))])
            if len(tubes) != len(ours[int(float(label))]) or not all(
                np.array_equal(np.asarray(a, np.float32), b, equal_nan=True)
                for a, b in pairs
            ):
                return f'tubes of {video}, class {label}'
    # The next step of a data set must not fail.
    check_annotations(found)
    return None


def conversion(
    name: str, source: str, setup: Optional[TubeAnnotations] = None, **options: Any
) -> Callable[[], Optional[str]]:
    """Convert a source; the result must load, pass the checks and equal `setup`."""
    out = Path('out.pkl')

    def run() -> Optional[str]:
        out.unlink(missing_ok=True)
        settings = FormatOptions(Media(None, None, SIZE, None), **options)
        lists = [] if settings.jhmdb_splits else [Path('test.txt')]
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            faults = convert(name, [Path(source)], out, settings, (), lists)
        if [each for each in Path().iterdir() if '.tmp.' in each.name]:
            return 'a temporary file is left'
        if faults:
            if out.exists():
                return 'faults, but a file'
            raise Refused(faults[0])
        found = load_tube_annotations(out)
        problems = check_annotations(found)
        if problems:
            return f'written with problems: {problems[0]}'
        wrong = _check_counts(printed.getvalue(), found, name in KEY_FRAMES)
        if wrong or setup is None:
            return wrong
        if setup is not None and found.gttubes.keys() != setup.gttubes.keys():
            return f'videos {list(found.gttubes)}'
        return compare(vars(setup), found)

    return run


def _check_counts(
    printed: str, found: TubeAnnotations, interpolates: bool
) -> Optional[str]:
    """Compare the printed table with the result: nothing is lost silently."""
    counts = {}
    for unit in ('videos', 'tracks', 'shapes'):
        match = re.search(rf'^{unit}((?: +\d+){{3}})$', printed, re.M)
        if match is None:
            return f'no counts of {unit}'
        read, converted, left = counts[unit] = [int(each) for each in match[1].split()]
        if read != converted + left or left < 0:
            return f'{unit}: {read} read, {converted} converted, {left} left out'
    tubes = [t for each in found.gttubes.values() for ts in each.values() for t in ts]
    rows, shapes = sum(map(len, tubes)), counts['shapes'][1]
    if rows < shapes or (rows > shapes and not interpolates):
        return f'{rows} rows of {shapes} shapes'
    if len(found.gttubes) != counts['videos'][1] or len(tubes) < counts['tracks'][1]:
        return f'{len(tubes)} tubes, {counts}'
    return None


def original(name: str, source: str, **options: Any) -> TubeAnnotations:
    """Result of an unchanged source; its own tests compare it with numbers."""
    run = conversion(name, source, **options)
    assert run() is None
    return load_tube_annotations('out.pkl')


def write_list(*videos: str) -> None:
    Path('test.txt').write_text(''.join(f'{video}\n' for video in videos))
