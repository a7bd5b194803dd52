"""Packed boxes and joints match the pixels of the transformed frames."""

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose

from ..tube_data import bright_box, tube
from .tube_clip import loaded_clip

CHAINS = {
    'nothing': [],
    'resize': [dict(type='Resize', scale=(96, 80), keep_ratio=False)],
    'shrink': [dict(type='Resize', scale=(40, 36), keep_ratio=False)],
    'flip': [dict(type='Flip', flip_ratio=1)],
    'resize and flip': [
        dict(type='Resize', scale=(128, 64), keep_ratio=False),
        dict(type='Flip', flip_ratio=1),
    ],
    'flip and resize': [
        dict(type='Flip', flip_ratio=1),
        dict(type='Resize', scale=(100, 100), keep_ratio=False),
    ],
    'rescale and crop': [
        dict(type='RandomRescale', scale_range=(60, 90)),
        dict(type='RandomCrop', size=56),
        dict(type='FilterTubes'),
        dict(type='Flip', flip_ratio=0.5),
    ],
    'expand': [dict(type='TubeExpand', prob=1)],
    'resized crop': [
        dict(type='RandomResizedCrop', area_range=(0.5, 1.0)),
        dict(type='FilterTubes'),
        dict(type='Resize', scale=(64, 64), keep_ratio=False),
    ],
    'all': [
        dict(type='TubeExpand', prob=0.5),
        dict(type='TubeCrop'),
        dict(type='FilterTubes'),
        dict(type='Resize', scale=(160, 160), keep_ratio=False),
        dict(type='Flip'),
        dict(type='RandomCrop', size=144),
        dict(type='FilterTubes'),
    ],
}
PACK = [
    dict(type='FormatShape', input_format='NCTHW', collapse=True),
    dict(type='PackTubeInputs'),
]


@pytest.mark.parametrize('name', CHAINS)
def test_round_trip(name):
    np.random.seed(len(name))
    chain = Compose([TRANSFORMS.build(step) for step in CHAINS[name] + PACK])
    checked = 0
    for _ in range(12):
        x, y = np.random.randint(1, 20, 2)
        packed = chain(loaded_clip([tube(1, 4, (x, y, x + 24, y + 20), (3, 2))]))
        if packed is None:
            continue
        actors = packed['data_samples'].gt_instances
        scale = packed['data_samples'].scale_factor
        height, width = packed['data_samples'].img_shape
        for t in torch.nonzero(actors.bbox_valid[0])[:, 0].tolist():
            image = packed['inputs'][:, t].permute(1, 2, 0).numpy()
            seen, box = bright_box(image), actors.bboxes[0, t].numpy()
            # A coordinate is the first of the pixels that a pixel of the
            # video has become; sides on the border are where they are cut.
            inner = (seen > 0) & (seen < np.tile([width, height], 2) - 1)
            last = np.append(np.zeros(2), scale - 1)
            assert (np.abs(seen - box - last) <= 1)[inner].all()
            checked += inner.sum()
            # The joints are the corners of the box and its centre.
            joints = actors.keypoints[0, t].numpy()
            shown = actors.keypoints_visible[0, t].numpy()
            low, high = joints[:2].min(0), joints[:2].max(0)
            assert np.abs(np.append(low, high) - box)[inner].max() < 0.01
            if inner.all():
                assert shown.all()
                assert np.abs(joints[2] - (box[:2] + box[2:]) / 2).max() < 0.01
    assert checked > 40


def test_flipped_coordinates_by_hand():
    # Pixel x of 64 is pixel 63 - x of the mirrored image, and after that the
    # width of 128 doubles it.
    chain = Compose(
        [
            TRANSFORMS.build(step)
            for step in [
                dict(type='Flip', flip_ratio=1, left_kp=[0], right_kp=[1]),
                dict(type='Resize', scale=(128, 48), keep_ratio=False),
            ]
            + PACK
        ]
    )
    points = np.float32([[[[0, 5], [20, 6], [63, 7]]] * 4])
    packed = chain(loaded_clip([tube(1, 4, (0, 5, 20, 15))], joint_points=points))
    actors = packed['data_samples'].gt_instances
    assert actors.bboxes[0, 0].tolist() == [86, 5, 126, 15]
    # The first two joints are a left and a right one.
    assert actors.keypoints[0, 0].numpy() == pytest.approx(
        np.array([[86, 6], [126, 5], [0, 7]]), abs=0.01
    )


def test_boxes_divided_by_the_scale_are_those_of_the_video():
    boxes = [tube(1, 4, (3, 4, 30, 41), (1, 1)), tube(2, 3, (40, 6, 63, 47))]
    chain = Compose(
        [
            TRANSFORMS.build(step)
            for step in [dict(type='Resize', scale=(100, 90), keep_ratio=False)] + PACK
        ]
    )
    sample = chain(loaded_clip(boxes))['data_samples']
    actors = sample.gt_instances
    scale = torch.from_numpy(sample.scale_factor).repeat(2)
    back = actors.bboxes / scale
    assert np.allclose(back[0], boxes[0][:, 1:], atol=1e-4)
    assert np.allclose(back[1, 1:3], boxes[1][:, 1:], atol=1e-4)
    assert actors.bbox_valid.tolist() == [[True] * 4, [False, True, True, False]]
    assert (actors.bboxes[1, [0, 3]] == 0).all()
    assert not actors.keypoints_visible[1, [0, 3]].any()


def test_what_is_packed():
    chain = Compose(
        [
            TRANSFORMS.build(step)
            for step in (PACK[0], dict(PACK[1], meta_keys=('modality',)))
        ]
    )
    packed = chain(loaded_clip([tube(1, 4)]))
    sample = packed['data_samples']
    assert packed['inputs'].shape == (3, 4, 48, 64)
    assert sample.modality == 'RGB' and sample.video_id == 'v'
    assert sample.frame_inds.tolist() == [1, 2, 3, 4]
    assert sample.scale_factor.tolist() == [1, 1]
    assert sample.frame_labeled.dtype == bool
    assert set(sample.gt_instances.keys()) == {
        'bboxes',
        'labels',
        'bbox_valid',
        'keypoints',
        'keypoints_visible',
    }


def test_no_actors_and_no_joints():
    chain = Compose([TRANSFORMS.build(step) for step in CHAINS['flip'] + PACK])
    actors = chain(loaded_clip([]))['data_samples'].gt_instances
    assert len(actors) == 0
    assert actors.bboxes.shape == (0, 4, 4)
    assert actors.labels.shape == (0,) and actors.labels.dtype == torch.int64
    assert actors.keypoints.shape == (0, 4, 3, 2)
    actors = chain(loaded_clip([tube(1, 4)], joints=False))['data_samples'].gt_instances
    assert 'keypoints' not in actors and len(actors) == 1


def test_missing_step_is_named():
    pack = TRANSFORMS.build(dict(type='PackTubeInputs'))
    with pytest.raises(KeyError, match='put LoadTubes directly after the deco'):
        pack(dict(imgs=np.zeros((3, 4, 8, 8))))
    assert repr(pack) == 'PackTubeInputs(meta_keys=())'


@pytest.mark.parametrize('keys', [0.5, 'path', [1]])
def test_bad_arguments(keys):
    with pytest.raises(TypeError, match='PackTubeInputs: meta_keys='):
        TRANSFORMS.build(dict(type='PackTubeInputs', meta_keys=keys))
