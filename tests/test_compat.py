"""Repairs of the hosts: needed, sufficient, and safe."""

import io
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer, MessageHub
from mmengine.optim.scheduler import OneCycleParamScheduler
from mmengine.utils import digit_version

from mmvkp import compat

# Before torch 2.6 the fault is not there, and files load as the host has it.
new_torch = pytest.mark.skipif(
    digit_version(torch.__version__) < digit_version('2.6'),
    reason='torch.load has the older default',
)


class Payload:
    """An object whose unpickling calls a function."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def load_bytes(pickled):
    """Load a raw pickle the way a checkpoint's inside is read."""
    from torch import _weights_only_unpickler

    return _weights_only_unpickler.load(io.BytesIO(pickled), encoding='utf-8')


def run(code):
    """Run code in a fresh interpreter and return its last line."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split('\n')[-2]


def test_host_imports_after_ours_and_nothing_is_registered_twice():
    """In a fresh process, because this one imported everything already."""
    code = (
        'import mmvkp, mmaction.models as m, mmaction.datasets, '
        'mmaction.evaluation, mmaction.engine; print(m.Recognizer3D.__name__)'
    )
    assert run(code) == 'Recognizer3D'


def test_drn_is_replaced_only_if_its_folder_is_missing(tmp_path, monkeypatch):
    """A host that ships DRN keeps its own."""
    home = tmp_path / 'mmaction'
    drn = home / 'models' / 'localizers' / 'drn'
    drn.mkdir(parents=True)

    class Spec:
        submodule_search_locations = [str(home)]

    monkeypatch.setattr(compat.importlib.util, 'find_spec', lambda _: Spec)
    for name in [n for n in sys.modules if 'mmaction.models.localizers' in n]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(compat, '_torchvision_works', lambda: True)
    (drn / 'drn.py').touch()
    assert not compat.provide_drn_stand_in()
    assert 'mmaction.models.localizers.drn' not in sys.modules
    # The folder is there but torchvision is not.
    monkeypatch.setattr(compat, '_torchvision_works', lambda: False)
    assert compat.provide_drn_stand_in()
    for name in [n for n in sys.modules if 'mmaction.models.localizers' in n]:
        monkeypatch.delitem(sys.modules, name)
    (drn / 'drn.py').unlink()
    assert compat.provide_drn_stand_in()
    assert sys.modules['mmaction.models.localizers.drn.drn'].DRN


def checkpoint():
    """Everything that MMEngine puts into a checkpoint."""
    hub = MessageHub('compat-test')
    for value in (0.5, 0.25):
        hub.update_scalar('train/loss', value, count=2)
    hub.update_scalar('train/lr', np.float64(0.1))
    hub.update_info('iter', 7)
    layer = torch.nn.Linear(2, 3)
    optimizer = torch.optim.AdamW(layer.parameters())
    layer(torch.rand(1, 2)).sum().backward()
    optimizer.step()
    return dict(
        meta=dict(epoch=2, seed=0, cfg='model = 1'),
        message_hub=hub.state_dict(),
        optimizer=optimizer.state_dict(),
        state_dict=layer.state_dict(),
        extra=dict(
            number=np.float32(1.5),
            count=np.int64(4),
            flag=np.bool_(True),
            array=np.arange(6.0).reshape(2, 3),
        ),
    )


@new_torch
def test_a_whole_checkpoint_is_read(tmp_path):
    path = str(tmp_path / 'epoch_1.pth')
    torch.save(checkpoint(), path)
    loaded = torch.load(path, weights_only=True)
    buffer = loaded['message_hub']['log_scalars']['train/loss']
    assert type(buffer) is HistoryBuffer
    assert buffer.current() == 0.25
    assert buffer.mean() == (0.5 + 0.25) / 4  # sum of values over counts
    assert buffer.statistics('max') == 0.5
    assert loaded['message_hub']['runtime_info']['iter'] == 7
    assert loaded['extra']['array'].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert loaded['extra']['number'] == 1.5 and loaded['extra']['count'] == 4
    hub = MessageHub('compat-test-resumed')
    hub.load_state_dict(loaded['message_hub'])
    assert hub.get_scalar('train/loss').current() == 0.25


SCHEDULERS = dict(
    ConstantLR=dict(),
    CosineAnnealingLR=dict(T_max=5),
    CosineRestartLR=dict(periods=[4, 4], restart_weights=[1, 0.5], eta_min=0),
    ExponentialLR=dict(gamma=0.9),
    LinearLR=dict(),
    MultiStepLR=dict(milestones=[2]),
    OneCycleLR=dict(eta_max=1.0, total_steps=5),
    PolyLR=dict(),
    ReduceOnPlateauLR=dict(monitor='loss'),
    StepLR=dict(step_size=2),
)


@new_torch
@pytest.mark.parametrize('name', SCHEDULERS)
@pytest.mark.filterwarnings('ignore')
def test_every_schedule_is_resumed(name, tmp_path):
    from mmengine.registry import PARAM_SCHEDULERS

    def build():
        layer = torch.nn.Linear(2, 2)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        config = dict(SCHEDULERS[name], type=name)
        return optimizer, PARAM_SCHEDULERS.build(
            config, default_args=dict(optimizer=optimizer)
        )

    def step(scheduler):
        scheduler.step(*[dict(loss=1.0)] * (name == 'ReduceOnPlateauLR'))
        return scheduler.get_last_value()

    path = str(tmp_path / 'epoch_1.pth')
    optimizer, scheduler = build()
    step(scheduler)
    torch.save(
        dict(
            optimizer=optimizer.state_dict(), param_schedulers=[scheduler.state_dict()]
        ),
        path,
    )
    loaded = torch.load(path)
    resumed_optimizer, resumed = build()
    resumed_optimizer.load_state_dict(loaded['optimizer'])
    resumed.load_state_dict(loaded['param_schedulers'][0])
    assert [step(resumed) for _ in range(3)] == [step(scheduler) for _ in range(3)]


@new_torch
def test_a_checkpoint_of_the_other_numpy_is_read():
    """NumPy 2 writes another module name than NumPy 1."""
    text = pickle.dumps(np.arange(3.0), protocol=2)
    for there, here in (
        (b'numpy.core.multiarray', b'numpy._core.multiarray'),
        (b'numpy._core.multiarray', b'numpy.core.multiarray'),
    ):
        assert load_bytes(text.replace(there, here)).tolist() == [0, 1, 2]


@new_torch
def test_what_is_saved_again_does_not_need_this_package():
    buffer = load_bytes(pickle.dumps(HistoryBuffer([1.0], [1]), protocol=2))
    assert b'mmvkp' not in pickle.dumps(buffer, protocol=2)


@new_torch
@pytest.mark.parametrize(
    'function, args',
    [
        (os.system, ('echo pwned',)),
        (eval, ('1 + 1',)),
        (getattr, ('{0.__class__}', 'format')),
        (getattr, (np.ndarray, 'tofile')),
        (getattr, (OneCycleParamScheduler, '__init__')),
        (subprocess.check_output, (['true'],)),
        (np.dtype, ('O',)),
        (np.dtype, ([('field', 'O')],)),
        (np.load, ('file.npy',)),
    ],
)
def test_a_malicious_checkpoint_is_refused(tmp_path, function, args):
    path = str(tmp_path / 'bad.pth')
    torch.save(dict(checkpoint(), evil=Payload(function, *args)), path)
    with pytest.raises((pickle.UnpicklingError, TypeError)):
        torch.load(path)
    from mmengine.runner import CheckpointLoader

    with pytest.raises((pickle.UnpicklingError, TypeError)):
        CheckpointLoader.load_checkpoint(path)


@new_torch
def test_a_history_cannot_bring_statistics_of_its_own():
    """`HistoryBuffer.__setstate__` would put them into a shared dict."""
    before = dict(HistoryBuffer._statistics_methods)
    bad = HistoryBuffer([1.0], [1])
    bad._statistics_methods = dict(before, mean=torch.Size)
    load_bytes(pickle.dumps(bad, protocol=2))
    assert HistoryBuffer._statistics_methods == before
    assert HistoryBuffer([1.0], [1]).statistics('mean') == 1


def test_the_list_is_extended_only_where_reading_fails():
    assert compat._reads_own_history()  # by now it works
    assert not compat.allow_mmengine_checkpoints()


def test_a_missing_mmdet_is_named():
    """In a fresh process that does not see MMDetection."""
    text = run(
        'import importlib.util, sys\n'
        'find = importlib.util.find_spec\n'
        'importlib.util.find_spec = lambda name, *a: (\n'
        '    None if name == "mmdet" else find(name, *a))\n'
        'sys.modules["mmdet"] = None\n'
        'import mmvkp\n'
        'from mmaction.registry import METRICS, MODELS\n'
        'from mmengine.registry import init_default_scope\n'
        'init_default_scope("mmaction")\n'
        'found = []\n'
        'for registry in (MODELS, METRICS):\n'
        '    try: registry.build(dict(type="mmdet.Thing"))\n'
        '    except KeyError as error: found.append(str(error))\n'
        'print(*found)'
    )
    message = 'type=mmdet.Thing belongs to the package mmdet, which is not installed'
    assert text.count(message) == 2
    assert 'mim install mmdet' in text


def test_the_state_of_autocast_and_compilation():
    """The functions of torch for it differ between 2.1, 2.4 and newer."""
    assert not compat.is_cpu_autocast_enabled() and not compat.is_compiling()
    with torch.autocast('cpu', dtype=torch.bfloat16):
        assert compat.is_cpu_autocast_enabled()
    assert not compat.is_cpu_autocast_enabled()
