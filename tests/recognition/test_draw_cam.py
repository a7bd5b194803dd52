"""Grad-CAM of two models with MMAction2's own"""

import sys

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.recognition.clip_reader import reader_of
from mmvkp.recognition.clips import video_source
from mmvkp.recognition.draw_cam import CamModel, cam_of

from ..bright_dot import dot_config, write_dot, write_model
from ..cli import run as run_command

LAYER = 'backbone/stages/1/0/conv2/conv'


def small_config(with_kpsem, clip_len=4):
    """A small MFNet with two stages of one unit, with or without KPSEM."""
    config = dot_config(dict(type='Resize', scale=(48, 48), keep_ratio=False))
    config.test_dataloader.dataset.pipeline[1].clip_len = clip_len
    config.model.backbone = dict(
        type='MFNet',
        base_channels=8,
        stage_blocks=(1, 1),
        num_fibers=2,
        out_indices=(0, 1) if with_kpsem else (1,),
    )
    config.model.cls_head.in_channels = 16
    if with_kpsem:
        config.model.neck.in_channels = 8
        # A quarter of 8 channels for the one shift between two frames.
        config.model.cls_head.in_channels = 16 + 2 * (clip_len // 2 - 1)
    else:
        config.model.pop('neck')
    return config


@pytest.fixture()
def given(tmp_path):
    video = write_dot(tmp_path / 'dot.mp4', (64, 64), (8, 24), 16, step=2)
    pairs = []
    for name in ('plain', 'kpsem'):
        folder = tmp_path / name
        folder.mkdir()
        files = write_model(folder, small_config(name == 'kpsem'))
        pairs.append(['--model', *files, LAYER])
    return video, *pairs


def run(*arguments):
    return run_command('draw', 'cam', *arguments)


def test_the_same_frames_of_both(given, tmp_path, capsys):
    video, plain, kpsem = given
    out = tmp_path / 'pair.png'
    before = sys.argv, sys.modules.get('moviepy.editor')
    assert run(video, *plain, *kpsem, '--out', out, '--frames', 2, '--height', 96) == 0
    assert before == (sys.argv, sys.modules.get('moviepy.editor'))
    # The middle clip of 16 frames is 6 to 9; two of four are its 7 and 9.
    assert 'frames [7, 9] -> ' in capsys.readouterr().out
    drawn = cv2.imread(str(out))
    assert drawn.shape == (2 * (96 + 18) + 4, 2 * 96 + 4, 3)
    # The dot is seen through the colours at its place in both rows: frame 9,
    # centre at x = 8 + 18 + 4 = 30 and y = 28 of 64.
    for top in (18, 18 + 96 + 22):
        frame = drawn[top : top + 96, 100:].astype(int).mean(-1)
        y, x = round(28 * 1.5), round(30 * 1.5)
        assert frame[y, x] > frame[y, x - 24] + 60
        assert frame[y, x] > frame[y, x + 24] + 60


def test_colours_equal_an_independent_grad_cam(given):
    video, _, (_, config, checkpoint, _) = given
    row = cam_of(video, CamModel('kpsem', config, checkpoint, LAYER))
    model = MODELS.build(small_config(True).model).eval()
    model.load_state_dict(torch.load(checkpoint)['state_dict'])
    clip = reader_of(small_config(True)).read(video_source(video, dict()))
    kept = {}
    layer = model.get_submodule(LAYER.replace('/', '.'))
    layer.register_forward_hook(
        lambda module, args, out: kept.update(map=out) or out.retain_grad()
    )
    x = model.data_preprocessor.forward_onesample(
        dict(inputs=[clip.sample['inputs']], data_samples=[clip.sample['data_samples']])
    )
    feature = model.extract_feat(x['inputs'][0][None])[0]
    scores = model.cls_head(feature)
    scores.max().backward()
    weights = kept['map'].grad.mean((3, 4), keepdim=True)
    heat = (weights * kept['map']).sum(1, keepdim=True).relu()
    heat = torch.nn.functional.interpolate(
        heat, size=(4, 48, 48), mode='trilinear', align_corners=False
    )[0, 0]
    heat = ((heat - heat.min()) / (heat.max() - heat.min())).detach().numpy()
    from matplotlib import colormaps

    wanted = 0.5 * colormaps['viridis'](heat)[..., :3]
    inputs = clip.sample['inputs'][0].permute(1, 2, 3, 0).numpy()
    wanted = 255 * (wanted + 0.5 * inputs / 255)
    assert np.abs(row.frames - wanted).max() <= 2
    assert heat.std() > 0.05


def test_user_errors(given, tmp_path, capsys):
    video, plain, kpsem = given
    assert run(video, *plain, *kpsem[:3], 'backbone/layer4') == 1
    assert run(video, *plain, *kpsem[:3], 'cls_head/fc_cls') == 1
    assert run('gone.mp4', *plain, *kpsem) == 1
    assert run(video, *plain, '--model', kpsem[1], plain[2], LAYER) == 1
    longer = tmp_path / 'longer'
    longer.mkdir()
    files = write_model(longer, small_config(True, 8))
    assert run(video, *plain, '--model', *files, LAYER) == 1
    lines = capsys.readouterr().err.splitlines()
    wanted = (
        'backbone has stem',
        'choose a layer whose output is a map',
        'no video file gone.mp4',
        'does not fit the config',
        'configs with the same clip_len',
    )
    assert [part in line for part, line in zip(wanted, lines)] == [True] * 5
    assert len(lines) == 5


@pytest.mark.parametrize(
    'options, message',
    [
        ([], 'for the baseline and for the method'),
        (['--model', 'c', 'w', 'l', '--name', 'a'], '1 names for 2 models'),
        (['--model', 'c', 'w', 'l', '--out', 'a.gif'], 'must end in .png'),
    ],
)
def test_wrong_options(capsys, options, message):
    assert run('v', '--model', 'c', 'w', 'l', *options) == 1
    assert message in capsys.readouterr().err
