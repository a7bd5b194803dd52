"""Annotations from tracks: sizes, lengths, clipping and gaps."""

import numpy as np
import pytest

from mmvkp.tubes.formats.assemble import assemble
from mmvkp.tubes.formats.found import Found
from mmvkp.tubes.formats.media import Media
from mmvkp.tubes.formats.options import FormatOptions

from ...cli import run
from ..tube_conversion import convert, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _found(frames=(1, 2, 5), box=(1, 2, 30, 40), **changes):
    found = Found(**changes)
    found.add('v', 'a', {frame: np.array(box, float) for frame in frames}, 0)
    found.name_classes({'a': 'run'})
    return found


def _assemble(found, clip=False, **options):
    media = Media(resolution=(50, 60))
    return assemble(found, FormatOptions(media, **options), clip)


def test_gaps_are_counted():
    found = _found()
    truth = _assemble(found)
    assert [len(tube) for tube in truth.gttubes['v'][0]] == [2, 1]
    assert found.notes[:2] == [
        '1 tubes have one frame',
        '1 gaps split their track; see --max-gap',
    ]
    found = _found()
    assert [len(tube) for tube in _assemble(found, max_gap=2).gttubes['v'][0]] == [5]
    assert '1 gaps were interpolated' in found.notes


def test_lengths():
    found = _found()
    assert _assemble(found).nframes == {'v': 5}
    assert (
        'assumed to end at their last annotated frame (first: v, 5' in found.notes[-1]
    )
    found = _found(num_frames={'v': 9, 'empty': 3})
    assert _assemble(found).nframes == {'empty': 3, 'v': 9}
    assert found.notes[-1] == '1 videos have no tubes (first: empty)'
    found = _found(videos={'lost': None})
    assert list(_assemble(found).gttubes) == ['v']
    assert (
        'the length of the video is unknown (first: lost)' in found.tally.reasons()[0]
    )
    found = _found(num_frames={'v': 10**9})
    _assemble(found)
    assert found.faults == ['v: 1000000000 frames; a video has 1 to 1000000.']


def test_another_size_than_the_video(monkeypatch):
    media = Media(videos='videos')
    monkeypatch.setattr(Media, '_read', lambda self, video: ((50, 60), 9))
    found = _found(resolution={'v': (60, 50)}, num_frames={'v': 7})
    truth = assemble(found, FormatOptions(media), False)
    assert found.faults == [
        'v: the annotations are for 50 x 60 pixels, the video has 60 x 50 (rotated).'
    ]
    assert truth.nframes == {'v': 9}
    assert (
        'the annotations are for 7 frames, the video has 9; 9 is written'
        in found.notes[0]
    )


def test_shares_of_the_frame_are_refused_in_all_formats():
    with pytest.raises(ValueError, match='v: all boxes are inside the first 2 pixels'):
        _assemble(_found(box=(0.1, 0.2, 0.5, 0.9)))


@pytest.mark.parametrize('value', [np.nan, np.inf])
def test_faulty_boxes_are_not_clipped(value):
    """The checks of the result report them."""
    truth = _assemble(_found(box=(1, 2, value, 40)), clip=True)
    assert len(truth.gttubes['v'][0]) == 2


def test_boxes_that_leave_the_image(capsys):
    box = '<box frame="{}" xtl="{}" ytl="1" xbr="{}" ybr="9"/>'
    boxes = box.format(0, -20, 9) + box.format(1, -20, -9) + box.format(2, 5, 9)
    write('a.xml', f'<annotations><track label="x">{boxes}</track></annotations>')
    words = ('cvat-xml', 'a.xml', 'o.pkl', '--test', write('a.txt', 'a'))
    words += ('--resolution', '50', '60')
    assert run('data', 'convert', *words) == 1
    assert '--clip clips boxes that leave the image' in capsys.readouterr().err
    assert run('data', 'convert', *words, '--clip') == 0
    out = capsys.readouterr().out
    assert 'shapes          3          2         1' in out
    assert 'left out: 1 shapes: outside the image (first: a)' in out
    assert '1 boxes were clipped' in out and '2 tubes have one frame' in out
    assert run('data', 'convert', *words, '--clip', '--strict') == 1
    assert 'left out: 1 shapes' in capsys.readouterr().err


def test_names_that_differ_in_case_or_blanks(capsys):
    box = '<box frame="0" xtl="1" ytl="1" xbr="9" ybr="9"/>'
    tracks = ''.join(f'<track label="{name}">{box}</track>' for name in ('Run', 'run '))
    for video in ('a', 'A'):
        write(f'ann/{video}.xml', f'<annotations>{tracks}</annotations>')
    convert('cvat-xml', 'ann', 'out.pkl', '--resolution', '50', '60', test='a')
    out = capsys.readouterr().out
    assert "the classes 'Run' and 'run ' differ in case or blanks only" in out
    assert "the videos 'A' and 'a' differ in case or blanks only" in out
    write('list.txt', 'A.mp4\n b \n')
    words = ('cvat-xml', 'ann', 'out.pkl', '--resolution', '50', '60')
    write('ann/B.xml', f'<annotations>{tracks}</annotations>')
    assert run('data', 'convert', *words, '--test', 'list.txt') == 1
    err = capsys.readouterr().err
    assert "list.txt, line 2: the annotations have no video 'b'; 'B' differs" in err
