"""One import registers everything, quickly and without the optional stack."""
import subprocess
import sys

import pytest
from mmaction import registry

COMPONENTS = dict(
    MODELS=('MFNet', 'KPSEM'),
    TRANSFORMS=('ShuffleFrames', ),
    METRICS=('PairAccMetric', ),
    HOOKS=('DataCheckHook', ))


@pytest.mark.parametrize('name', COMPONENTS)
def test_components_are_found_by_their_plain_names(name):
    for component in COMPONENTS[name]:
        found = getattr(registry, name).get(component)
        assert found.__module__.startswith('mmvkp.')


def run(code):
    """Run code in a fresh interpreter and return what it printed."""
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', code],
                          capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_without_mmdet_and_compiled_operators():
    run('import sys\n'
        'sys.modules["mmdet"] = None\n'
        'sys.modules["mmcv.ops"] = None\n'
        'import mmvkp\n'
        'from mmaction.registry import MODELS\n'
        'MODELS.build(dict(type="KPSEM", in_channels=8))')


def test_import_brings_nothing_heavy_of_its_own():
    """What ours adds to the imports of the host is ours, and no `mmdet`."""
    added = run('import sys\n'
                'import torch, mmengine, mmcv, mmaction.registry\n'
                'import mmengine.logging, mmengine.evaluator\n'
                'import mmcv.transforms, mmcv.cnn, mmaction.utils\n'
                'import torch.utils.flop_counter, mmengine.hooks\n'
                'import mmengine.runner, mmengine.dataset\n'
                'before = set(sys.modules)\n'
                'import mmvkp\n'
                'print(*sorted({name.split(".")[0] for name in '
                'set(sys.modules) - before}))')
    assert set(added.split()) <= {'mmvkp', 'mmaction', 'torch'}


def test_import_leaves_no_files_and_prints_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, '-B', '-W', 'ignore', '-c', 'import mmvkp'],
        capture_output=True,
        text=True,
        cwd=tmp_path)
    assert done.returncode == 0 and done.stdout == ''
    assert list(tmp_path.iterdir()) == []
