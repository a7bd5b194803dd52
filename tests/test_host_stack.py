"""The package without PyTorch and the hosts."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# A finder that refuses some packages, as if they were not installed.
GUARD = """
    import sys
    class Guard:
        def find_spec(self, name, path=None, target=None):
            if name.split('.')[0] in {refused!r}:
                raise ModuleNotFoundError(f'No module named {{name!r}}', name=name)
    sys.meta_path.insert(0, Guard())
"""
HOSTS = ('torch', 'mmcv', 'mmengine', 'mmaction', 'mmdet')
OTHERS = ('cv2', 'matplotlib', 'PIL', 'scipy', 'decord', 'onnx', 'onnxscript')


def run_without(code, refused=HOSTS + OTHERS, *args):
    """Run code in a process in which packages cannot be imported."""
    text = textwrap.dedent(GUARD).format(refused=refused) + textwrap.dedent(code)
    return subprocess.run(
        [sys.executable, '-c', text, *args], cwd=ROOT, capture_output=True, text=True
    )


def test_import_registers_nothing_and_works():
    code = """
        import mmvkp
        assert mmvkp.__version__
        import mmvkp.runtime, mmvkp.video, mmvkp.tubes
        from mmvkp.tubes import OnlineLinker
        from mmvkp.recognition.video_inferencer import VideoInferencer
        assert not {name.split('.')[0] for name in sys.modules} & {
            'torch', 'mmcv', 'mmengine', 'mmaction', 'cv2'}
    """
    done = run_without(code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize('refused', [HOSTS, ('mmcv',), ('mmengine', 'mmaction')])
def test_components_raise_one_error(refused):
    code = """
        import importlib, mmvkp
        def asks(statement):
            try:
                exec(statement)
            except ImportError as error:
                assert 'mmvkp.runtime' in str(error), error
                assert 'which cannot be imported' in str(error), error
                print(error)
        for each in (
            'mmvkp.kpsem', 'import mmvkp.kpsem', 'from mmvkp.kpsem import KPSEM',
            'from mmvkp import afnet', 'import mmvkp.point3d.detector',
            'from mmvkp.recognition import Inferencer', 'import mmvkp.deploy',
            'from mmvkp.tubes import TubeMetric',
            'from mmvkp.video import UprightVideoDecode',
        ):
            asks(each)
    """
    done = run_without(code, refused)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 9
    assert all(
        ', '.join(sorted(refused)[:1]) in line or 'torch' in line for line in lines
    )


def test_unknown_names_are_attribute_errors():
    code = """
        import mmvkp, mmvkp.tubes
        assert not hasattr(mmvkp, 'nothing') and not hasattr(mmvkp.tubes, 'nothing')
    """
    done = run_without(code)
    assert done.returncode == 0, done.stderr
