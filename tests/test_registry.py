"""One import registers everything, quickly and without the optional stack."""

import subprocess
import sys
from pathlib import Path

import pytest
from mmaction import registry

import mmvkp

COMPONENTS = dict(
    MODELS=(
        'MFNet',
        'KPSEM',
        'AFResNet',
        'AFMobileNetV3',
        'FrameSelectionNeck',
        'SelectionRatioLoss',
        'ResNetTDN',
        'SlimResNet',
        'SlimResNetTSM',
        'AKNet',
        'AKHead',
        'AKViT',
        'HeatmapSparsityLoss',
        'Point3D',
        'Point3DHead',
        'Point3DClsHead',
        'ResNeXt3d',
        'TapBackbone',
        'TimeWiseAttention',
    ),
    DATASETS=('TubeDataset',),
    TRANSFORMS=(
        'FilterTubes',
        'LoadTubes',
        'PackTubeInputs',
        'SampleKeyClip',
        'SampleSegmentFrames',
        'SampleTubeFrames',
        'ShuffleFrames',
        'StackSegmentFrames',
        'TubeCrop',
        'TubeExpand',
    ),
    METRICS=('ComputeCostMetric', 'PairAccMetric', 'TubeMetric'),
    HOOKS=(
        'DataCheckHook',
        'SampleSeedHook',
        'ActivationCheckpointHook',
        'FiniteCheckHook',
        'ResumeValidationHook',
        'SelectionAnnealHook',
        'SelectionRecordHook',
    ),
    OPTIM_WRAPPERS=('JointOptimWrapperDict',),
    OPTIM_WRAPPER_CONSTRUCTORS=('PartOptimWrapperConstructor',),
)


@pytest.mark.parametrize('name', COMPONENTS)
def test_components_are_found_by_their_plain_names(name):
    for component in COMPONENTS[name]:
        found = getattr(registry, name).get(component)
        assert found.__module__.startswith('mmvkp.')


def run(code):
    """Run code in a fresh interpreter and return its output."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_without_mmdet_and_compiled_operators():
    run(
        'import sys\n'
        'sys.modules["mmdet"] = None\n'
        'sys.modules["mmcv.ops"] = None\n'
        'import mmvkp\n'
        'from mmaction.registry import MODELS\n'
        'MODELS.build(dict(type="KPSEM", in_channels=8))'
    )


def test_import_brings_nothing_heavy_of_its_own():
    """The import adds our modules only, and not `mmdet`."""
    folder = Path(mmvkp.__file__).parent
    added = run(
        'import sys, types\n'
        'package = sys.modules["mmvkp"] = types.ModuleType("mmvkp")\n'
        f'package.__path__ = [{str(folder)!r}]\n'
        'import mmvkp.compat\n'
        'del sys.modules["mmvkp"]\n'
        'import torch.utils.flop_counter, torch.distributed.nn\n'
        'import mmcv.transforms, mmcv.cnn, mmengine.runner\n'
        'import mmaction.datasets, mmaction.models, mmaction.utils\n'
        'import mmaction.evaluation, mmaction.engine\n'
        'before = set(sys.modules)\n'
        'import mmvkp\n'
        'print(*sorted({name.split(".")[0] for name in '
        'set(sys.modules) - before}))'
    )
    # PyAV brings the runtime of Cython, whose name has a version.
    names = {each for each in added.split() if not each.startswith('_cython')}
    allowed = {'av', 'click', 'mmvkp', 'mmaction', 'torch'}
    assert names - sys.stdlib_module_names <= allowed


def test_import_leaves_no_files_and_prints_nothing(tmp_path):
    done = subprocess.run(
        [sys.executable, '-B', '-W', 'ignore', '-c', 'import mmvkp'],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0 and done.stdout == ''
    assert list(tmp_path.iterdir()) == []


def test_the_scope_of_the_package_finds_its_components_and_those_of_the_host():
    from mmvkp.registry import REGISTRIES

    models = REGISTRIES['MODELS']
    assert models.scope == 'mmvkp' and not models.module_dict
    assert models.get('KPSEM') is mmvkp.kpsem.KPSEM
    assert models.get('Recognizer3D') is registry.MODELS.get('Recognizer3D')
    assert models.get('no such type') is None
