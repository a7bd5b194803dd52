"""The tables of a tiny detector."""

import mmap
import re
from pathlib import Path

import numpy as np
import pytest

from mmvkp.point3d.streaming import benchmark as tool
from mmvkp.point3d.streaming.inferencer import TubeInferencer

from ..tiny_point3d import RESIZE, point3d_config, save_detector

OPTIONS = ('--device', 'cpu', '--repeats', '1', '--size', '80', '48')


@pytest.mark.parametrize('head', [True, False])
def test_the_table(tmp_path, capsys, head):
    paths = save_detector(tmp_path, point3d_config(RESIZE, head=head))
    tool.main([paths[0], '--checkpoint', paths[1], '--memory', '5', *OPTIONS])
    out = capsys.readouterr().out
    rows = [
        line.split('|')[1].strip() for line in out.splitlines() if line.startswith('|')
    ]
    assert rows == [
        '',
        '---',
        'whole clip',
        'whole clip, last frame',
        'one more frame',
        'preparation',
        '2D network',
        'attention',
        'Point Head',
        *(['3D network'] if head else []),
        'linking',
    ]
    share = re.search(
        r'one more frame costs (\S+) of a whole clip; the goal '
        r'of at most 0.167 is (met|missed)',
        out,
    )
    assert (float(share[1]) <= 1 / 6) == (share[2] == 'met')
    held = re.search(
        r'over 5 frames: start (\S+) MB, end (\S+) MB, largest '
        r'(\S+) MB',
        out,
    )
    start, end, largest = (float(each) for each in held.groups())
    assert largest >= max(start, end) > 50
    assert 'clips of 4 x 80 x 48' in out


def test_both_ways_do_the_same(tmp_path):
    """What is timed as a whole clip and as one frame agrees."""
    inferencer = TubeInferencer(*save_detector(tmp_path, point3d_config()))
    frames = tool.make_frames(4, (64, 64))
    runs = tool.Runs(inferencer, frames, 'cpu')
    seen = []
    inferencer.model.clip_backbone.register_forward_hook(
        lambda module, given, out: seen.append(given[0].detach().numpy())
    )
    inferencer.finish()
    for frame in frames:
        inferencer.detect(frame)
    runs.whole_clip(3)
    assert len(seen) == 5
    assert seen[3] == pytest.approx(seen[4], rel=1e-3, abs=1e-7)
    # Frames that the Point Head sees: all of them, or the last one.
    counts = []
    inferencer.model.point_head.stacks[-1]['wh'].register_forward_hook(
        lambda module, given, out: counts.append(len(out))
    )
    runs.whole_clip(0)
    runs.whole_clip(3)
    runs.one_frame()
    assert counts == [4, 1, 1]


def test_people_side_by_side_do_not_overlap():
    actors = tool.stand_still(3)
    assert len(actors) == 3 and actors.joints.shape == (3, 15, 2)
    assert (np.diff(actors.boxes[:, 0]) > 20).all()


def test_the_memory_of_this_process():
    before = tool.resident_bytes()
    # New from the system: an array may get memory that the process has.
    with mmap.mmap(-1, 2**24) as held:
        held.write(b'1' * 2**24)
        after = tool.resident_bytes()
    assert 2**23 < after - before < 2**26


@pytest.mark.parametrize(
    'arguments, message',
    [
        (('none.py',), 'error: no config none.py'),
        (
            ('other.py',),
            'error: TubeInferencer: the model of the config is a Recognizer2D',
        ),
        (('--repeats', '0', 'none.py'), '--repeats 0 must be positive'),
        (('--size', '0', '4', 'none.py'), 'must be positive'),
    ],
)
def test_mistakes_are_one_line(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    Path('other.py').write_text("model = dict(type='Recognizer2D')")
    with pytest.raises(SystemExit) as error:
        tool.main([*arguments])
    assert message in str(error.value) + capsys.readouterr().err
