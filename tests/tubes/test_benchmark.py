"""The benchmark on a small data set."""

import pytest

from mmvkp.tubes.benchmark import BenchmarkSize, make_annotations, make_samples

from ..cli import run

SMALL = [
    '--videos',
    '40',
    '--frames',
    '1200',
    '--boxes',
    '20',
    '--classes',
    '3',
    '--scale',
    '0.1',
]


@pytest.mark.parametrize(
    'options', [[], ['--factored'], ['--linker', 'viterbi']], ids=str
)
def test_small(options, capsys):
    assert run('benchmark', 'tube-metric', *SMALL, *options) == 0
    out = capsys.readouterr().out
    assert '4 videos, ' in out and '20 boxes x 3 classes' in out
    assert 'peak memory: ' in out and 'metric in total: ' in out
    values = dict(
        line.split(': ') for line in out.splitlines() if line.startswith('stad/')
    )
    # Most boxes of the actors are found, so the tubes are linked.
    assert float(values['stad/frame_mAP@0.5']) > 30
    assert float(values['stad/video_mAP@0.2']) > 30


def test_same_data_for_the_same_seed():
    size = BenchmarkSize(videos=40, frames=1200, boxes=20, classes=3, scale=0.1)
    first, second = make_annotations(size), make_annotations(size)
    assert first.nframes == second.nframes
    one, two = (next(make_samples(first, size)) for _ in range(2))
    for name, value in one[0]['pred_instances'].items():
        assert (value == two[0]['pred_instances'][name]).all()
    assert len(one) == first.nframes['video0000']
