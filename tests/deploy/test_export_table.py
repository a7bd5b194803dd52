"""Table of exports of a small network."""

import mmvkp  # noqa: F401, isort: skip
import pytest

from mmvkp.deploy.export_table import RECIPES
from mmvkp.recognition.recipes import find_recipes

from ..cli import run
from .small_models import write_small

for _name in ('onnx', 'onnxruntime', 'onnxscript'):
    pytest.importorskip(_name, reason=f'{_name} (extra `deploy`) is missing')


@pytest.mark.slow
def test_rows(tmp_path, capsys):
    config, checkpoint = write_small(tmp_path, 'tsm')
    out = tmp_path / 'files'
    out.mkdir()
    options = ('--weights', checkpoint, '--out', out, '--repeats', 2)
    assert run('benchmark', 'export', config, *options) == 0
    lines = capsys.readouterr().out.splitlines()
    lines = [line for line in lines if line.startswith('| tsm')]
    rows = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines]
    assert [row[:3] for row in rows] == [
        ['tsm', kind, precision]
        for kind in ('dynamic', 'static')
        for precision in ('fp32', 'fp16')
    ]
    for _, _, precision, logits, scores, megabytes, milliseconds in rows:
        limit = dict(fp32=1e-4, fp16=1e-2)[precision]
        assert 0 <= float(logits) <= limit and 0 <= float(scores) <= limit
        assert float(megabytes) > 0 and float(milliseconds) > 0
    assert len(list(out.glob('tsm-*.onnx'))) == 4


def test_default_recipes():
    assert set(RECIPES) <= set(find_recipes())
