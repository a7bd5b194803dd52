"""All steps of the page "Train Point3D on your own videos"."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmvkp.tubes.annotations import load_tube_annotations

from .cli import lines_of, run
from .meta_networks import network

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / 'configs/detection/point3d/own_videos.md').read_text()
WIDTH, HEIGHT, FRAMES, SIDE = 64, 48, 14, 16
# The config of the page with smaller clips, for one epoch, in this process.
SHORTER = """
pipeline[4].update(scale=(64, 64))
train_dataloader['dataset'].update(clip_len=4, clip_stride=2)
for loader in (train_dataloader, val_dataloader, test_dataloader):
    loader['dataset'].update(clip_len=4)
    loader.update(num_workers=0, persistent_workers=False)
model.update(backbone=dict(base_channels=8), neck=dict(in_channels=32))
train_cfg = dict(max_epochs=1, val_begin=1)
"""


def place(video, frame):
    """Left and top edge of the square, which moves right or down."""
    return (4 + 2 * frame, 10) if video % 2 else (20, 2 + 2 * frame)


def cvat(video, label):
    """One track of *CVAT for video 1.1*; edges of pixels, frames from 0."""
    boxes = ''
    for frame in range(FRAMES):
        x, y = place(video, frame)
        boxes += (
            f'<box frame="{frame}" outside="0" occluded="0" '
            f'keyframe="1" xtl="{x}.0" ytl="{y}.0" '
            f'xbr="{x + SIDE}.0" ybr="{y + SIDE}.0" z_order="0"/>\n'
        )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations>'
        f'<version>1.1</version>\n<track id="0" label="{label}">\n{boxes}'
        '</track>\n</annotations>\n'
    )


def draw(path, video):
    """A grey video with a moving bright square."""
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter_fourcc(*'MJPG'), 25, (WIDTH, HEIGHT)
    )
    for frame in range(FRAMES):
        image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        x, y = place(video, frame)
        image[y : y + SIDE, x : x + SIDE] = (40, 220, 250)
        writer.write(image)
    writer.release()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The folder of the page, and the configs of the checkout."""
    monkeypatch.chdir(tmp_path)
    Path('configs').symlink_to(ROOT / 'configs')
    for name in ('my/videos', 'my/annotations'):
        Path(name).mkdir(parents=True)
    for video, name in enumerate(('kitchen', 'hall', 'garden', 'street')):
        draw(f'my/videos/{name}.avi', video)
        Path(f'my/annotations/{name}.xml').write_text(
            cvat(video, ('down', 'right')[video % 2])
        )
    Path('my/test.txt').write_text('garden\nstreet\n')
    return tmp_path


def config_of_the_page():
    """Content of my_config.py."""
    code = re.search(r'```python\n(_base_ = .*?)```', PAGE, re.DOTALL)[1]
    assert len(code.splitlines()) <= 32
    return code


def commands():
    """Command lines of the page for the shorter config, in their order."""
    changes = {'my/videos/garden.mp4': 'my/videos/garden.avi'}
    for words in lines_of(PAGE):
        assert words[0] == 'mmvkp', words
        yield [changes.get(each, each.replace('epoch_20', 'epoch_1')) for each in words]


def test_the_page(here, capsys):
    Path('my_config.py').write_text(config_of_the_page() + SHORTER)
    said = {}
    for _, *words in commands():
        assert run(*words) == 0, words
        name = ' '.join(words[: 2 if words[0] in ('data', 'draw', 'evaluate') else 1])
        said[name] = capsys.readouterr().out
    assert list(said) == [
        'data convert',
        'data check',
        'draw tubes',
        'train',
        'test',
        'evaluate tubes',
        'predict',
    ]
    assert 'no problems' in said['data check']
    assert 'stad/frame_mAP@0.5' in said['test']
    truth = load_tube_annotations('my/tubes.pkl')
    assert truth.labels == ['down', 'right']
    assert truth.test_videos == [['garden', 'street']]
    assert truth.resolution['hall'] == (HEIGHT, WIDTH)
    (tube,) = truth.gttubes['hall'][1]
    # Pixels with both ends inside, frames from 1.
    assert tube[:2].tolist() == [[1, 4, 10, 19, 25], [2, 6, 10, 21, 25]]
    assert cv2.VideoCapture('garden.mp4').read()[0]
    assert set(json.loads(Path('my/tubes.json').read_text())['videos']) == {
        'garden',
        'street',
    }
    found = json.loads(Path('result.json').read_text())
    assert found['labels'] == ['down', 'right']
    assert found['info']['num_frames'] == FRAMES
    assert cv2.VideoCapture('result.mp4').read()[0]


def test_the_wider_network_of_the_page(here):
    code = re.search(r'```python\n(model = .*?)```', PAGE, re.DOTALL)[1]
    Path('my_config.py').write_text(config_of_the_page())
    Path('wider.py').write_text(f"_base_ = 'my_config.py'\n{code}")
    model = Config.fromfile('wider.py').model
    assert (
        model.backbone.init_cfg.checkpoint
        == 'https://download.pytorch.org/models/resnet18-f37072fd.pth'
    )
    built = network(json.dumps(model.to_dict()))
    out, scores = built(torch.empty(1, 3, 16, 256, 256, device='meta'))
    assert out['center_heatmap'].shape == (16, 1, 64, 64)
    assert scores.shape == (1, 2)
