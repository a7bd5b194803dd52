"""Exported detectors give the tubes of torch, also where torch is missing."""

import mmvkp  # noqa: F401, isort: skip
import json
import shutil

import numpy as np
import pytest
import torch

from mmvkp.deploy import export_model
from mmvkp.point3d import TubeInferencer
from mmvkp.runtime import Recognizer, TubeDetector, open_model
from mmvkp.tubes import LinkOptions
from mmvkp.video import Frame
from mmvkp.video.files import write_picture

from ..cli import run
from ..point3d.tiny_point3d import RESIZE, moving_frames, point3d_config, save_detector
from ..test_host_stack import HOSTS, OTHERS, run_without

for _name in ('onnx', 'onnxruntime', 'onnxscript'):
    pytest.importorskip(_name, reason=f'{_name} (extra `deploy`) is missing')

LINK = LinkOptions(
    min_length=1, start_score=0, keep_score=0, motion=True, appearance='network'
)
BANK = dict(
    type='BankAttention',
    in_channels=8,
    mid_channels=8,
    num_centers=2,
    window=5,
    causal=True,
)


def saved(folder, **model):
    """Config and checkpoint; the last layer of a bank is not 0."""
    config, checkpoint = save_detector(folder, point3d_config(RESIZE, **model))
    state = torch.load(checkpoint)['state_dict']
    generator = torch.Generator().manual_seed(0)
    for name in [each for each in state if each.startswith('bank.out')]:
        state[name] = torch.randn(state[name].shape, generator=generator)
    torch.save(dict(state_dict=state), checkpoint)
    return config, checkpoint


def compare(ours, theirs):
    """Equal tubes of a frame or of a stream."""
    assert len(ours) == len(theirs)
    for one, two in zip(ours, theirs):
        assert (one.id, one.label, one.frames.tolist()) == (
            *(two.id, two.label),
            two.frames.tolist(),
        )
        np.testing.assert_allclose(one.boxes, two.boxes, atol=1e-4)
        np.testing.assert_allclose(one.joints, two.joints, atol=1e-4)
        np.testing.assert_allclose(one.class_scores, two.class_scores, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    'model, batch, delay',
    [
        (dict(bank=BANK, interval=2), None, 2),
        (dict(bank=BANK, point_input='twa'), 1, 'centered'),
        (dict(head=False), None, 0),
    ],
    ids=['frame', 'twa', 'no head'],
)
def test_streams_equal_torch(tmp_path, model, batch, delay):
    config, checkpoint = saved(tmp_path, **model)
    out = str(tmp_path / 'm.onnx')
    lines = export_model(config, checkpoint, out, batch=batch)
    assert any('100.000 %' in line for line in lines)
    assert (tmp_path / 'm.clip.onnx').exists() == model.get('head', True)
    ours = TubeDetector(out, LINK, delay=delay)
    theirs = TubeInferencer(config, checkpoint, link=LINK, delay=delay)
    assert ours.classes == ['run', 'sit', 'wave']
    count = 0
    for number, image in enumerate(moving_frames(9, 48, 80), 1):
        frame = Frame(number, number / 25, image)
        for (_, mine), (_, other) in zip(ours.feed(frame), theirs.feed(frame)):
            assert mine.ids.tolist() == other.ids.tolist()
            np.testing.assert_allclose(mine.boxes, other.boxes, atol=1e-4)
            count += len(mine.ids)
    assert count > 20
    compare(ours.finish(), theirs.finish())


@pytest.mark.slow
def test_the_command_without_torch(tmp_path, capsys):
    config, checkpoint = saved(tmp_path, point_input='twa')
    folder, out = tmp_path / 'frames', tmp_path / 'm.onnx'
    for number, image in enumerate(moving_frames(6, 48, 96), 1):
        write_picture(str(folder / f'{number:05}.png'), image)
    assert run('export', config, checkpoint, out, '--precision', 'fp16') == 0
    assert 'm.clip.onnx' in capsys.readouterr().out
    assert run('export', config, checkpoint, out) == 0
    options = ('--score-threshold', 0, '--json')
    model = ('--model', config, '--weights', checkpoint)
    assert run('predict', folder, *model, *options, tmp_path / 'a.json') == 0
    code = """
        import mmvkp_cli
        sys.exit(mmvkp_cli.main(['predict', *sys.argv[1:]]))
    """
    # Reading of pictures, and linking by motion.
    refused = [each for each in OTHERS if each not in ('cv2', 'scipy')]
    model = ('--runtime', 'onnx', '--model', str(out))
    given = [str(each) for each in (folder, *model, *options, tmp_path / 'b.json')]
    done = run_without(code, (*HOSTS, *refused), *given)
    assert done.returncode == 0, done.stderr
    theirs, ours = (
        json.loads((tmp_path / name).read_text()) for name in ('a.json', 'b.json')
    )
    assert ours['videos']['frames'] and ours == theirs
    given += ['--no-motion', '--appearance', 'none']
    done = run_without(code, (*HOSTS, *refused, 'scipy'), *given)
    assert done.returncode == 0, done.stderr
    # Sizes are fixed, and both files must be of one export.
    assert run('predict', folder, *model, '--size', 32, 32) == 1
    assert 'size has no effect' in capsys.readouterr().err
    assert open_model(str(tmp_path / 'm.clip.onnx')).finds_tubes
    with pytest.raises(ValueError, match='is a detector; open it with'):
        Recognizer(str(tmp_path / 'm.frame.onnx'))
    shutil.copy(tmp_path / 'm.frame.onnx', tmp_path / 'n.frame.onnx')
    export_model(config, checkpoint, str(out))
    shutil.copy(tmp_path / 'm.clip.onnx', tmp_path / 'n.clip.onnx')
    with pytest.raises(ValueError, match='parts of different exports'):
        TubeDetector(str(tmp_path / 'n.onnx'))


def test_refusals(tmp_path):
    out = str(tmp_path / 'm.onnx')
    config, checkpoint = save_detector(tmp_path, point3d_config(actor=True))
    with pytest.raises(ValueError, match="cls_mode='actor'.*cannot be exported"):
        export_model(config, checkpoint, out)
    config, checkpoint = save_detector(tmp_path, point3d_config())
    with pytest.raises(ValueError, match='give --video of this size, or --size'):
        export_model(config, checkpoint, out)
    with pytest.raises(FileNotFoundError, match='m.onnx'):
        open_model(out)
    assert not list(tmp_path.glob('*.onnx'))
