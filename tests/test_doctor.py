"""`mmvkp doctor` with the fault that each check is for."""

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import mmvkp_doctor as doctor

from .cli import run

ROOT = Path(doctor.__file__).parent
SOUND = {
    'torch': '2.13.0+cpu',
    'numpy': '1.26.4',
    'setuptools': '80.10.2',
    'mmcv': '2.1.0',
    'mmdet': '3.3.0',
    'mmaction2': '1.2.0',
    'mmengine': '0.10.7',
}


def installed(monkeypatch, **versions):
    """Pretend that these distributions are installed; `_` stands for `-`."""
    known = {name.replace('_', '-'): text for name, text in versions.items()}
    monkeypatch.setattr(doctor, 'version', known.get)


def loading(monkeypatch, **modules):
    """Pretend that imports give these modules, or these errors."""
    known = {name.replace('_', '.'): found for name, found in modules.items()}
    monkeypatch.setattr(doctor, 'load', lambda name: known.get(name, ModuleType(name)))


def states(check):
    return [(each.state, each.fix) for each in check()]


@pytest.mark.parametrize(
    'found, limits, good',
    [
        ('1.26.4', '<2', True),
        ('2.0.0', '<2', False),
        ('2.13.0+cpu', '>=2.1', True),
        ('2.0.1', '>=2.1', False),
        ('80.10.2', '>=77.0.3,<81', True),
        ('81.0.0rc1', '>=77.0.3,<81', False),
        ('2.1.0', '==2.1.0', True),
        ('5', '', True),
    ],
)
def test_limits_of_versions(found, limits, good):
    assert doctor.fits(found, limits) is good


def test_limits_agree_with_the_requirements():
    """A version inside the files of `requirements/` is accepted, their end is not."""
    text = {
        name: (ROOT / f'requirements/{name}.txt').read_text()
        for name in ('build', 'mminstall', 'optional')
    }
    assert re.search(r'^setuptools>=77.0.3(,<81)$', text['build'], re.M)
    assert doctor.LIMITS['setuptools'] == '<81'
    assert doctor.MMCV in text['mminstall'].splitlines()
    assert doctor.fits('2.1.0', doctor.LIMITS['mmcv'])
    assert 'mmdet' + doctor.LIMITS['mmdet'] in text['optional'].splitlines()
    assert doctor.requirements()['numpy'] == '<2'


def test_requirements_of_a_wheel_are_in_its_metadata(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor, 'ROOT', tmp_path)
    lines = ['numpy<2', 'av>=14.2', 'pytest>=8; extra == "tests"']
    monkeypatch.setattr(importlib.metadata, 'requires', lambda name: lines)
    installed(monkeypatch, mmvkp='0.1.0')
    expected = {'numpy': '<2', 'av': '>=14.2', **doctor.LIMITS}
    assert doctor.requirements() == expected


@pytest.mark.parametrize(
    'name, found, fix',
    [
        ('torch', '2.0.1', 'install "torch>=2.1"'),
        ('numpy', '2.4.0', 'install "numpy<2"'),
        ('setuptools', '81.0.0', 'install "setuptools<81"'),
        ('mmcv', '2.2.0', 'install --no-cache-dir --no-build-isolation mmcv==2.1.0'),
        ('mmdet', '3.2.0', 'install "mmdet>=3.3.0"'),
        ('mmaction2', None, 'install "mmaction2>=1.2.0"'),
    ],
)
def test_versions_outside_the_limits(monkeypatch, name, found, fix):
    limits = {each: doctor.requirements()[each] for each in SOUND}
    monkeypatch.setattr(doctor, 'requirements', lambda: limits)
    installed(monkeypatch, **SOUND)
    assert states(doctor.check_versions) == [('ok', '')]
    installed(monkeypatch, **{**SOUND, name: found})
    problem, rest = sorted(doctor.check_versions(), reverse=True)
    assert problem.state == 'problem' and name in problem.text
    assert fix in problem.fix and rest.state == 'ok'


@pytest.mark.parametrize('python, state', [((3, 11, 7), 'ok'), ((3, 13, 0), 'problem')])
def test_version_of_python(monkeypatch, python, state):
    monkeypatch.setattr(sys, 'version_info', python)
    assert [each.state for each in doctor.check_python()] == [state]


def test_a_torchvision_for_another_torch(monkeypatch):
    torch = SimpleNamespace(__version__='2.13.0')
    error = 'RuntimeError: operator torchvision::nms does not exist'
    loading(monkeypatch, torch=torch, torchvision=error)
    installed(monkeypatch, torch='2.13.0')
    assert states(doctor.check_torch) == [('ok', '')]
    installed(monkeypatch, torch='2.13.0', torchvision='0.16.0')
    _, problem = doctor.check_torch()
    assert problem.state == 'problem' and error in problem.text
    assert problem.fix == 'python -m pip uninstall --yes torchvision'


def test_a_torch_that_does_not_load(monkeypatch):
    loading(monkeypatch, torch='OSError: libcudart.so.12: cannot open')
    (problem,) = doctor.check_torch()
    assert problem.state == 'problem' and 'libcudart' in problem.text


@pytest.mark.parametrize(
    'versions, error, state, text',
    [
        (dict(mmcv='2.1.0'), {}, 'ok', 'with its operators'),
        ({}, {}, 'problem', 'mmcv is missing'),
        (dict(mmcv_lite='2.1.0'), {}, 'warning', 'Point3D does not'),
        (dict(mmcv='2.1.0', mmcv_lite='2.1.0'), {}, 'problem', 'same folder'),
        (
            dict(mmcv='2.1.0'),
            dict(mmcv_ops="ModuleNotFoundError: No module named 'mmcv._ext'"),
            'problem',
            "do not load (ModuleNotFoundError: No module named 'mmcv._ext')",
        ),
        (dict(mmcv='2.1.0'), dict(mmcv='ImportError: x'), 'problem', 'ImportError: x'),
    ],
)
def test_operators_of_mmcv(monkeypatch, versions, error, state, text):
    installed(monkeypatch, **versions)
    loading(monkeypatch, **error)
    (found,) = doctor.check_operators()
    assert found.state == state and text in found.text
    assert (state == 'ok') == (found.fix == '')


def test_the_set_up_script_adds_operators(monkeypatch, tmp_path):
    """In a checkout; pip elsewhere."""
    installed(monkeypatch, mmcv_lite='2.1.0')
    loading(monkeypatch)
    (found,) = doctor.check_operators()
    assert found.fix == f'bash {ROOT}/tools/setup_env.sh --active --full'
    monkeypatch.setattr(doctor, 'SETUP', tmp_path / 'setup_env.sh')
    (found,) = doctor.check_operators()
    assert doctor.MMCV in found.fix and found.fix.endswith('"mmdet>=3.3.0"')


@pytest.mark.parametrize('complete', [False, True])
def test_the_incomplete_wheel_of_mmaction2(monkeypatch, tmp_path, complete):
    if complete:
        path = tmp_path / 'models/localizers/drn/drn.py'
        path.parent.mkdir(parents=True)
        path.touch()
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr(doctor.importlib.util, 'find_spec', lambda name: spec)
    installed(monkeypatch, mmaction2='1.2.0', mmdet='3.3.0')
    loading(monkeypatch)
    found = [each.state for each in doctor.check_wheel()]
    assert found == ['warning'] * (not complete)
    assert states(doctor.check_imports) == [('ok', '')] * 3


def test_an_import_that_fails(monkeypatch):
    loading(monkeypatch, mmvkp='AttributeError: module numpy has no attribute Inf')
    *_, problem = doctor.check_imports()
    assert problem.state == 'problem' and 'no attribute Inf' in problem.text


def test_a_package_that_registers_nothing(monkeypatch):
    package = SimpleNamespace(host_stack=SimpleNamespace(MISSING=('torch', 'mmcv')))
    monkeypatch.setattr(doctor, 'load', lambda name: package)
    (problem,) = doctor.check_imports()
    assert problem.state == 'problem'
    assert 'import mmvkp fails (no component without torch, mmcv)' in problem.text


def test_light_installation(monkeypatch):
    loading(monkeypatch)
    installed(monkeypatch, mmaction2='1.2.0')
    *_, found = doctor.check_imports()
    assert found.state == 'warning' and 'mmdet is missing' in found.text


def refuse(path):
    raise RuntimeError('no frames')


@pytest.mark.parametrize(
    'name, first, expected',
    [
        ('PyAV in mmvkp', lambda path: (48, 64, 3), 'problem'),
        ('PyAV in mmvkp', refuse, 'problem'),
        ('decord', refuse, 'warning'),
        ('decord', lambda path: (48, 64, 3), 'ok'),
    ],
)
def test_decoders(monkeypatch, name, first, expected):
    module, _, package = doctor.DECODERS[name]
    monkeypatch.setitem(doctor.DECODERS, name, (module, first, package))
    (found,) = (each for each in doctor.check_decoders() if name in each.text)
    assert found.state == expected
    assert (package in found.fix) == (expected != 'ok')


def test_the_rotation_of_the_trial_video(tmp_path):
    """Our reader sees a rotation, and the stored frames are not turned."""
    from mmvkp.video import video_info

    path = str(tmp_path / 'a.mp4')
    doctor.write_rotated(path)
    info = video_info(path)
    assert info.rotation in (90, 270) and info.num_frames == 8
    assert (info.width, info.height) == (48, 64)


def test_a_missing_pyav(monkeypatch):
    monkeypatch.setitem(sys.modules, 'av', None)
    (problem,) = doctor.check_decoders()
    assert problem.state == 'problem' and 'av>=14.2' in problem.fix


def fake_torch(visible, cuda):
    device = SimpleNamespace(
        is_available=lambda: visible,
        device_count=lambda: 1,
        get_device_name=lambda index: 'H200',
    )
    version = SimpleNamespace(cuda=cuda)
    return SimpleNamespace(cuda=device, version=version, __version__='2.13.0')


@pytest.mark.parametrize(
    'visible, cuda, seen, text',
    [
        (True, '12.6', ['GPU 0'], 'compiled without CUDA'),
        (False, None, [], 'no GPU'),
        (False, None, ['GPU 0: H200'], 'is a CPU build, but there is GPU 0: H200'),
        (False, '12.6', ['GPU 0: H200'], "(CUDA_VISIBLE_DEVICES='')"),
    ],
)
def test_visibility_of_gpus(monkeypatch, visible, cuda, seen, text):
    operators = SimpleNamespace(get_compiling_cuda_version=lambda: 'not available')
    loading(monkeypatch, torch=fake_torch(visible, cuda), mmcv_ops=operators)
    monkeypatch.setattr(doctor, 'devices', lambda: seen)
    monkeypatch.setenv('CUDA_VISIBLE_DEVICES', '')
    *_, found = doctor.check_gpu()
    assert text in found.text
    assert found.state == ('warning' if seen else 'ok')


def test_folders_that_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / 'file').touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'file/torch'))
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'new'))
    here, torch, mmvkp = doctor.check_write_access()
    assert (here.state, torch.state, mmvkp.state) == ('ok', 'problem', 'ok')
    assert 'export TORCH_HOME=' in torch.fix
    assert [each.name for each in tmp_path.iterdir()] == ['file']


GUARD = """
import sys

class Refused:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {names}:
            raise ImportError(f'{{name}} is refused')

sys.meta_path.insert(0, Refused())
import mmvkp_cli
sys.exit(mmvkp_cli.main(['doctor']))
"""


@pytest.mark.parametrize(
    'names',
    [
        ('torch', 'mmengine', 'mmcv', 'mmaction', 'mmdet'),
        pytest.param(('mmcv', 'mmaction', 'mmdet'), marks=pytest.mark.slow),
    ],
)
def test_runs_where_the_hosts_cannot_be_imported(names):
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', GUARD.format(names=names)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert not done.stderr
    assert f'({"ImportError: " + names[0]} is refused)' in done.stdout
    assert 'problem  check_wheel stopped (ImportError' in done.stdout
    assert 'problem  mmcv does not load (ImportError: mmcv is refused)' in done.stdout


def test_this_installation_is_sound(capsys):
    assert run('doctor') == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.match(r'problems: 0, warnings: \d$', lines[-1])
    assert all(
        re.match('(ok|warning|problem|problems:) | {9}->', each) for each in lines
    )
    assert any('PyAV in mmvkp turns rotated videos upright' in each for each in lines)
