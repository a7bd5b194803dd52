"""Frames, joints and annotations of the variants for detection."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import loadmat

from mmvkp.stick_action.classes import CLASSES, class_names
from mmvkp.stick_action.tube_clips import VARIANTS, make_tube_clip, sample_length
from mmvkp.tubes.annotations import load_tube_annotations
from mmvkp.tubes.data_checks import check_annotations
from mmvkp.tubes.file_checks import check_files
from mmvkp.tubes.joints import find_joints, load_joint_positions, load_tube_joints


def _redraw(out, split, index):
    """Class and content of a clip from the documented seed."""
    names = class_names(out.name == 'multi-label')
    name = names[index % len(names)]
    rng = np.random.default_rng([0, split, index, 1 + VARIANTS.index(out.name)])
    length = 16 if out.name == 'multi-label' else sample_length(16, rng)
    return name, make_tube_clip(name, out.name, length, (32, 32), rng)


@pytest.mark.parametrize('variant', VARIANTS[:2])
def test_ground_truth_agrees_with_the_frames(variants, variant):
    tubes = variants[variant]
    truth = load_tube_annotations(tubes / 'StickAction-GT.pkl')
    assert truth.labels == list(CLASSES)
    assert [len(truth.train_videos[0]), len(truth.test_videos[0])] == [12, 12]
    problems = check_annotations(truth)
    problems += check_files(truth, str(tubes / 'Frames'), truth.gttubes, '{:05d}.png')
    assert not problems
    for index in (4, 7):
        name, clip = _redraw(tubes, 2, index)
        video = f'{name}/test_{index:05d}'
        assert video in truth.test_videos[0]
        frames = clip.render()
        for number, frame in enumerate(frames, 1):
            path = tubes / f'Frames/{video}/{number:05d}.png'
            np.testing.assert_array_equal(cv2.imread(str(path)), frame)
        assert truth.nframes[video] == len(frames)
        found = truth.gttubes[video][index]
        assert len(found) == len(clip.actors)
        for tube, actor in zip(found, clip.actors):
            first, last = actor.spans[name]
            assert tube[[0, -1], 0].tolist() == [first + 1, last + 1]
            np.testing.assert_array_equal(tube[:, 1:], actor.boxes[first : last + 1])


def test_joints_of_several_actors(variants):
    tubes = variants['untrimmed']
    name, clip = _redraw(tubes, 2, 4)
    video = f'{name}/test_00004'
    path = find_joints(str(tubes / 'joint_positions'), video)
    points, visible = load_tube_joints(path)
    # In the order of the tubes of the ground truth.
    assert len(points) == len(
        load_tube_annotations(tubes / 'StickAction-GT.pkl').gttubes[video][4]
    )
    np.testing.assert_allclose(
        points, [actor.joints for actor in clip.actors], rtol=0, atol=1e-4
    )
    assert visible.all()
    assert not (variants['multi-label'] / 'joint_positions').exists()


def test_joints_as_jhmdb_has_them(variants):
    tubes = variants['trimmed']
    name, clip = _redraw(tubes, 0, 3)
    path = tubes / f'joint_positions/{name}/train_00003/joint_positions.mat'
    mat = loadmat(str(path))
    joints = clip.actors[0].joints
    assert mat['pos_img'].shape == (2, 15, len(joints))
    np.testing.assert_allclose(mat['pos_img'][0, 2, 5], joints[5, 2, 0] + 1)
    np.testing.assert_allclose(
        mat['pos_world'][1], (mat['pos_img'][1] / 32 - 0.5) / mat['scale']
    )
    assert mat['scale'].shape == (1, len(joints)) and 'viewpoint' in mat
    np.testing.assert_allclose(load_joint_positions(path), joints, rtol=0, atol=1e-4)


def test_mmaction_reads_the_tables(variants):
    from mmaction.datasets import AVADataset

    tubes = variants['multi-label']
    data = AVADataset(
        str(tubes / 'test.csv'),
        [],
        exclude_file=str(tubes / 'test_excluded_timestamps.csv'),
        label_file=str(tubes / 'action_list.pbtxt'),
        num_classes=15,
        custom_classes=list(range(1, 15)),
        data_prefix=dict(img=str(tubes / 'rawframes')),
        fps=8,
        timestamp_start=900,
        timestamp_end=902,
    )
    seen = 0
    for i in range(len(data)):
        info = data.get_data_info(i)
        assert info['timestamp'] == 901  # frame 8 from 0
        assert len(list(Path(info['frame_dir']).iterdir())) == 16
        _, clip = _redraw(tubes, 2, int(info['video_id'][-5:]))
        for box, labels, person in zip(
            info['gt_bboxes'], info['gt_labels'], info['entity_ids']
        ):
            actor = clip.actors[person]
            np.testing.assert_allclose(
                box * 32, actor.boxes[8] + (0, 0, 1, 1), atol=1e-4
            )
            doing = {
                class_names(True).index(name) + 1
                for name, (first, last) in actor.spans.items()
                if first <= 8 <= last
            }
            assert doing == set(np.flatnonzero(labels))
            assert 8 not in sum(actor.spans.values(), ())  # excluded
            seen += len(doing)
    assert seen > 8
