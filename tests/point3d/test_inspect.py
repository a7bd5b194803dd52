"""Maps and boxes of test clips."""

import numpy as np
import pytest
import torch

from mmvkp.methods import METHODS, resolve
from mmvkp.point3d.inspect import PointMapInspector, clip_of_frame
from mmvkp.point3d.loading import load_detector
from mmvkp.tubes.annotations import load_tube_annotations, save_tube_annotations

from ..tubes import tube_data
from .tiny_point3d import CLASSES, RESIZE, point3d_config, save_detector


def make(root, *geometry, **options):
    """An inspector of the data of `tube_data.make_jhmdb`, and these data."""
    (root / 'data').mkdir(parents=True)
    tube_data.make_jhmdb(root / 'data')
    path = root / 'data/JHMDB-GT.pkl'
    data = load_tube_annotations(path)
    data.labels.append('sit')  # three classes, as the model
    save_tube_annotations(data, path)
    config = point3d_config(*geometry, **options)
    config.test_dataloader.dataset = dict(
        type='TubeDataset',
        ann_file=str(root / 'data/JHMDB-GT.pkl'),
        data_prefix=dict(img=str(root / 'data/Frames')),
        filename_tmpl='{:05}.png',
        test_clips='centered',
        clip_len=4,
        pipeline=config.test_dataloader.dataset.pipeline,
    )
    model = load_detector(config, save_detector(root, config)[1])
    inspector = PointMapInspector(model, config)
    return inspector, inspector.data


def test_a_clip(tmp_path):
    inspect, data = make(tmp_path, RESIZE)
    video = data.videos[0]
    index = clip_of_frame(data, video, 1)
    clip = inspect.inspect(index)
    # The clip begins before the video: frame 1 is there several times.
    assert clip.video == video
    assert clip.numbers.tolist() == [0, 1]
    assert clip.frames.shape == (2, 48, 64, 3)
    assert tube_data.bright_box(clip.frames[1]) == pytest.approx(
        clip.ground_truth.boxes[1]
    )
    assert clip.ground_truth.frames.tolist() == [1, 2]
    assert clip.center_heatmap.shape == clip.joint_heatmap.shape == (2, 16, 16)
    assert 0 <= clip.center_heatmap.min() < clip.center_heatmap.max() <= 1
    # 64 x 64 pixels of the network are all of 64 x 48.
    assert clip.box == pytest.approx((0, 0, 64, 48))
    found = clip.found
    assert set(found.boxes.frames.tolist()) == {1, 2}
    assert len(found.scores) == 2 * 6  # max_per_frame
    # Below the score of the centre by the probability of the class.
    assert found.scores.max() <= clip.center_heatmap.max()


@pytest.mark.parametrize('options', [dict(head=False), dict(actor=True)])
def test_other_heads(tmp_path, options):
    inspect, data = make(tmp_path, RESIZE, **options)
    clip = inspect.inspect(3)
    assert clip.center_heatmap.shape[1:] == (16, 16)
    assert set(clip.found.boxes.labels.tolist()) <= set(range(CLASSES))
    if not options.get('head', True):
        assert clip.found.scores.max() == pytest.approx(
            clip.center_heatmap.max(), abs=1e-6
        )


def test_scores_are_those_of_the_clip(tmp_path):
    """Probabilities, unless each actor has its own."""
    clip = make(tmp_path / 'a', RESIZE)[0].inspect(3)
    assert clip.scores.shape == (CLASSES,)
    assert clip.scores.sum() == pytest.approx(1, abs=1e-5)
    actors = make(tmp_path / 'b', RESIZE, actor=True)[0].inspect(3)
    assert actors.scores.shape == (CLASSES,)
    assert actors.scores.max() == pytest.approx(actors.found.scores.max())


def test_parts_of_a_video(tmp_path):
    """The clip of a part is the one around its middle frame."""
    inspect, data = make(tmp_path, RESIZE)
    video = data.videos[-1]
    count = data.annotations.nframes[video]
    assert inspect.clips_to_cover(video) == -(-count // 4)
    whole = inspect(video)
    assert (count + 1) // 2 - 1 in whole.numbers
    parts = inspect.clips_to_cover(video)
    numbers = np.concatenate([inspect(video, i, parts).numbers for i in range(parts)])
    assert sorted(set(numbers.tolist())) == list(range(count))
    for name in ('swim', 'jump/none'):
        with pytest.raises(ValueError, match=f"no test video '{name}'"):
            inspect(name)
        with pytest.raises(ValueError, match=f"no test video '{name}'"):
            inspect.clips_to_cover(name)


def test_the_table_of_methods_names_it():
    assert resolve(METHODS['Point3D'].inspector) is PointMapInspector


def test_models_and_data_that_do_not_fit(tmp_path):
    inspect, _ = make(tmp_path, RESIZE)
    config = point3d_config(RESIZE)
    with pytest.raises(TypeError, match='the model is a Linear; it must be a Point3D'):
        PointMapInspector(torch.nn.Linear(1, 1), config)
    config.test_dataloader.dataset.type = 'VideoDataset'
    with pytest.raises(TypeError, match='are VideoDataset; they must be a TubeData'):
        PointMapInspector(inspect.model, config)


def test_no_joints_and_maps_beyond_the_frame(tmp_path):
    """Without Resize 64 x 48 pixels are 16 x 12 cells."""
    head = dict(type='Point3DHead', in_channels=8, mid_channels=8, num_knots=0)
    inspect, data = make(tmp_path, point_head=head)
    clip = inspect.inspect(0)
    assert clip.joint_heatmap is None
    cells = np.array(clip.center_heatmap.shape[:0:-1])
    assert clip.box[2:] == pytest.approx(4 * cells)


def test_clips_of_frames(tmp_path):
    _, data = make(tmp_path, RESIZE)
    video = data.videos[-1]
    count = data.annotations.nframes[video]
    for frame in (1, 3, count):
        info = data.get_data_info(clip_of_frame(data, video, frame))
        assert info['video_id'] == video
        assert info['start'] + info['first_key'] == frame
    middle = data.get_data_info(clip_of_frame(data, video))
    assert middle['start'] + middle['first_key'] == (count + 1) // 2
    with pytest.raises(ValueError, match=f'has no frame {count + 1}; .* 1 to'):
        clip_of_frame(data, video, count + 1)
    with pytest.raises(ValueError, match="no test video 'swim' in split 1"):
        clip_of_frame(data, 'swim')


def test_bad_clips(tmp_path):
    inspect, data = make(tmp_path, RESIZE)
    for index in (-1, len(data)):
        with pytest.raises(ValueError, match=f'clip {index} is missing'):
            inspect.inspect(index)
    crop = dict(type='CenterCrop', crop_size=32)
    inspect, data = make(tmp_path / 'b', crop)
    with pytest.raises(ValueError, match='crops or flips'):
        inspect.inspect(0)
