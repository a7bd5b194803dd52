"""Joint files of one and of several actors."""

import numpy as np
import pytest

from mmvkp.tubes.joints import find_joints, load_joint_positions, load_tube_joints

from .tube_data import tube, write_joints


def test_both_files_are_found(tmp_path):
    write_joints(tmp_path / 'jump/a', tube(1, 3), 3)
    np.savez(tmp_path / 'jump/b', keypoint=np.zeros((1, 3, 4, 2)))
    assert find_joints(str(tmp_path), 'jump/a').endswith('jump/a/joint_positions.mat')
    assert find_joints(str(tmp_path), 'jump/b').endswith('jump/b.npz')
    assert find_joints(str(tmp_path), 'jump/c') is None


def test_puppet(tmp_path):
    write_joints(tmp_path / 'v', tube(1, 3, (4, 6, 32, 34)), 3)
    joints = load_tube_joints(tmp_path / 'v/joint_positions.mat')
    assert joints.points.shape == (1, 3, 15, 2)
    assert joints.points[0, 0, 7].tolist() == [18, 20]
    assert joints.visible.shape == (1, 3, 15) and joints.visible.all()


def test_several_actors(tmp_path):
    points = np.arange(2 * 3 * 4 * 2.0).reshape(2, 3, 4, 2)
    points[1, 2, 3, 0] = np.nan
    score = np.ones((2, 3, 4))
    score[0, 1, 2] = 0
    path = tmp_path / 'x.npz'
    np.savez(path, keypoint=points, keypoint_score=score)
    joints = load_tube_joints(path)
    assert joints.points.dtype == np.float32
    assert joints.points[0, 1, 1].tolist() == [10, 11]
    assert joints.points[1, 2, 3].tolist() == [0, 0]
    assert np.argwhere(~joints.visible).tolist() == [[0, 1, 2], [1, 2, 3]]
    np.savez(path, keypoint=points)
    assert np.argwhere(~load_tube_joints(path).visible).tolist() == [[1, 2, 3]]


@pytest.mark.parametrize(
    'arrays, message',
    [
        (dict(other=np.zeros(3)), r'x\.npz: .*keypoint .KeyError'),
        (dict(keypoint=np.zeros((3, 4, 2))), r'shape \(3, 4, 2\)'),
        (dict(keypoint=np.zeros((1, 3, 4, 3))), r'\(tubes, frames, joints, 2\)'),
        (
            dict(keypoint=np.zeros((1, 3, 4, 2)), keypoint_score=np.zeros((1, 3))),
            r'keypoint_score \(1, 3\)',
        ),
        (dict(keypoint=np.array([print])), r'not a readable \.npz.*an array of object'),
    ],
)
def test_bad_files_are_named(tmp_path, arrays, message):
    np.savez(tmp_path / 'x.npz', **arrays)
    with pytest.raises(ValueError, match=message):
        load_tube_joints(tmp_path / 'x.npz')


def test_damaged_file_is_named(tmp_path):
    path = tmp_path / 'x.npz'
    np.savez(path, keypoint=np.zeros((1, 3, 4, 2)))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(ValueError, match=r'x\.npz: not a readable'):
        load_tube_joints(path)


def test_joint_positions(tmp_path):
    rows = tube(1, 7, (4, 6, 32, 34), (1, 2))
    write_joints(tmp_path / 'v', rows, 7)
    joints = load_joint_positions(tmp_path / 'v/joint_positions.mat')
    assert joints.shape == (7, 15, 2) and joints.dtype == np.float32
    # The first joint is in the top left corner of the box, from 0, and the
    # middle one in its centre; x comes first.
    assert joints[0, 0].tolist() == [4, 6]
    assert joints[2, 0].tolist() == [6, 10]
    assert joints[0, 7].tolist() == [18, 20]
    assert joints[0, 14].tolist() == [32, 34]


def test_joints_of_one_frame(tmp_path):
    from scipy.io import savemat

    path = tmp_path / 'one.mat'
    savemat(str(path), dict(pos_img=np.arange(30.0).reshape(2, 15)))
    joints = load_joint_positions(path)
    assert joints.shape == (1, 15, 2)
    assert joints[0, 3].tolist() == [2, 17]


def test_bad_joints_are_named(tmp_path):
    from scipy.io import savemat

    path = tmp_path / 'x.mat'
    cases = [
        (dict(other=1), 'the variable pos_img'),
        (dict(pos_img=np.zeros((15, 2, 4))), r'float64 of shape \(15, 2, 4\)'),
        (dict(pos_img=np.zeros((2, 17, 4))), r'\(2, 15, frames\) are required'),
        (dict(pos_img=np.array([[1, 'a']], dtype=object)), 'object of shape'),
        (dict(pos_img={'a': 1}), r'of shape \(1, 1\)'),
        (dict(pos_img='text'), '<U4 of shape'),
    ]
    for content, message in cases:
        savemat(str(path), content)
        with pytest.raises(ValueError, match=rf'x\.mat.*{message}'):
            load_joint_positions(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match=r'x\.mat: not a readable'):
        load_joint_positions(path)
    with pytest.raises(FileNotFoundError):
        load_joint_positions(tmp_path / 'none.mat')


def test_joints_outside_the_folder(tmp_path):
    (tmp_path / 'in').mkdir()
    np.savez(tmp_path / 'secret', keypoint=np.zeros((1, 3, 4, 2)))
    for video in ('../secret', str(tmp_path / 'secret')):
        with pytest.raises(ValueError, match='is not a name inside the folder'):
            find_joints(str(tmp_path / 'in'), video)
