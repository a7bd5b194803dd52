"""Decoding in pipelines, compared with MMAction2's decoders."""

import decord
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose

from mmvkp.video import read_frames, transforms

from .made_videos import make_video, truncate


def run(init, decode, path, indices):
    """Results of a pair of transforms."""
    results = TRANSFORMS.build(init)(dict(filename=path))
    results['frame_inds'] = np.array(indices)
    return TRANSFORMS.build(decode)(results)


UPRIGHT = (dict(type='UprightVideoInit'), dict(type='UprightVideoDecode'))


@pytest.mark.parametrize(
    'name, kind, host',
    [
        ('a.mp4', dict(gop=8), 'Decord'),
        ('a.mp4', dict(gop=8), 'OpenCV'),
        ('a.avi', dict(codec='mpeg4', gop=6), 'Decord'),
        ('a.webm', dict(codec='libvpx-vp9', deadline='realtime'), 'OpenCV'),
        ('jpeg.mp4', dict(codec='mjpeg', pixels='yuvj420p'), 'OpenCV'),
    ],
)
def test_same_frames_as_the_host(tmp_path, name, kind, host):
    path = make_video(tmp_path / name, **kind)
    indices = [4, 29, 4, 0, 17, 2]
    given = run(*UPRIGHT, path, indices)
    wanted = run(dict(type=f'{host}Init'), dict(type=f'{host}Decode'), path, indices)
    for key in ('img_shape', 'original_shape'):
        assert given[key] == tuple(wanted[key])
    assert given['total_frames'] == wanted['total_frames'] == 30
    if host == 'Decord':
        assert given['avg_fps'] == pytest.approx(wanted['avg_fps'])
    assert isinstance(given['imgs'], list) and len(given['imgs']) == 6
    difference = np.stack(given['imgs']).astype(int) - np.stack(wanted['imgs'])
    assert abs(difference).max() <= 2  # rounding in the conversion of colours
    assert given['video_reader'] is None


@pytest.mark.parametrize('rotation', [90, 180, 270])
def test_turned_as_decord(tmp_path, rotation):
    # Its batches of turned frames fail, and small frames get a fourth channel.
    path = make_video(tmp_path / 'a.mp4', rotation=rotation, size=(240, 320))
    wanted = decord.VideoReader(path, num_threads=1)[7].asnumpy()
    given = run(*UPRIGHT, path, [7])['imgs'][0].astype(int)
    assert given.shape == wanted.shape and abs(given - wanted).max() <= 2


def test_boxes_become_pixels(tmp_path):
    path = make_video(tmp_path / 'a.mp4', rotation=90, count=2)
    results = TRANSFORMS.build(UPRIGHT[0])(dict(filename=path[:-4]))
    box = np.array([[0.5, 0.25, 1, 1]])
    results.update(frame_inds=np.array([1]), gt_bboxes=box, proposals=None)
    results = TRANSFORMS.build(UPRIGHT[1])(results)
    assert results['gt_bboxes'].tolist() == [[24, 16, 48, 64]]
    assert results['proposals'] is None and box.max() == 1


def test_a_damaged_file_is_named_once(tmp_path, monkeypatch):
    options = {'movflags': 'faststart'}
    path = truncate(make_video(tmp_path / 'a.mp4', gop=5, file_options=options))
    pipeline = Compose([UPRIGHT[0], dict(type='UniformSample', clip_len=4), UPRIGHT[1]])
    said = []
    monkeypatch.setattr(transforms, 'print_log', lambda text, *_: said.append(text))
    for _ in range(2):
        results = pipeline(dict(filename=path, start_index=0))
        frames = read_frames(path, results['frame_inds'])
        assert (np.stack(results['imgs']) == frames).all()
    assert len(said) == 1 and 'a.mp4 is damaged: ' in said[0]
    assert f'{results["total_frames"]} frames can be read' in said[0]


def test_wrong_options():
    with pytest.raises((TypeError, ValueError), match='UprightVideoInit: num_threads'):
        TRANSFORMS.build(dict(type='UprightVideoInit', num_threads=-1))
