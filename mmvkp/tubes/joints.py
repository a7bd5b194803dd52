"""Files with the joints of actors."""

import os.path as osp
from os import PathLike
from typing import NamedTuple, Optional, Union

import numpy as np

from ..files import path_inside
from .limits import BoundedArrays
from .mat_files import load_mat_variable

# Joints of the JHMDB puppet (Jhuang et al., ICCV 2013).
NUM_PUPPET_JOINTS = 15


class TubeJoints(NamedTuple):
    """Joints of all tubes of a video.

    Args:
        points (np.ndarray): (M, n, K, 2) float32 for M tubes and n frames, (x, y)
            in pixels from 0. Frame 1 comes first. Tubes are sorted by class;
            tubes of one class keep the order of the annotations.
        visible (np.ndarray): (M, n, K) bool.
    """

    points: np.ndarray
    visible: np.ndarray


def find_joints(folder: str, video: str) -> Optional[str]:
    """Find the file with the joints of a video.

    Args:
        folder (str): Folder of all joints.
        video (str): Name of the video.

    Returns:
        str, optional: `FOLDER/VIDEO/joint_positions.mat` of JHMDB, or
        `FOLDER/VIDEO.npz`; None if both are missing.

    Raises:
        ValueError: If the name of the video leads out of the folder.
    """
    place = path_inside(folder, video)
    for path in (osp.join(place, 'joint_positions.mat'), f'{place}.npz'):
        if osp.isfile(path):
            return path
    return None


def load_joint_positions(path: Union[str, PathLike]) -> np.ndarray:
    """Read the joints of one video of JHMDB.

    Args:
        path (str | PathLike): A `joint_positions.mat`; its `pos_img` is
            (2, 15, n), x before y, in pixels from 1.

    Returns:
        np.ndarray: (n, 15, 2) float32, (x, y) in pixels from 0; frame 1 comes
        first. Joints may be outside the image.

    Raises:
        FileNotFoundError: If the file does not exist.
        ValueError: If the file is damaged or has another format.
    """
    joints = load_mat_variable(path, 'pos_img')
    if joints is None:
        raise ValueError(
            f'{path}: the variable pos_img of a joint_positions.mat is missing.'
        )
    joints = np.asarray(joints)
    if (
        joints.dtype.kind not in 'fiu'
        or joints.ndim not in (2, 3)
        or joints.shape[:2] != (2, NUM_PUPPET_JOINTS)
    ):
        raise ValueError(
            f'{path}: pos_img is {joints.dtype} of shape {joints.shape}; '
            f'numbers of shape (2, {NUM_PUPPET_JOINTS}, frames) are required.'
        )
    # MATLAB drops the last axis of a single frame.
    joints = joints.reshape(2, NUM_PUPPET_JOINTS, -1)
    return joints.transpose(2, 1, 0).astype(np.float32) - 1


def load_tube_joints(path: Union[str, PathLike]) -> TubeJoints:
    """Read the joints of a video.

    Args:
        path (str | PathLike): A `joint_positions.mat` of one actor, or an `.npz`
            with the arrays of MMAction2's skeleton data: `keypoint`
            (M, n, K, 2) in pixels from 0 and, optionally, `keypoint_score`
            (M, n, K); joints with a score of 0 are invisible.

    Returns:
        TubeJoints: Joints that are not finite are invisible, at (0, 0).

    Raises:
        ValueError: If the file is damaged or has another format.
    """
    score: np.ndarray
    if str(path).endswith('.mat'):
        points = load_joint_positions(path)[None]
        score = np.ones(points.shape[:3])
    else:
        try:
            arrays = BoundedArrays(path)
            points = arrays.read('keypoint').astype(np.float32)
            score = (
                arrays.read('keypoint_score').astype(np.float32)
                if 'keypoint_score' in arrays
                else np.ones(points.shape[:3])
            )
        except OSError:
            raise
        except Exception as error:
            raise ValueError(
                f'{path}: not a readable .npz with an array of numbers '
                f'named keypoint ({type(error).__name__}: {error}).'
            ) from error
    if points.ndim != 4 or points.shape[3] != 2 or score.shape != points.shape[:3]:
        raise ValueError(
            f'{path}: keypoint has shape {points.shape} and keypoint_score '
            f'{score.shape}; (tubes, frames, joints, 2) and the same without '
            'the last axis are required.'
        )
    known = np.isfinite(points).all(-1)
    return TubeJoints(np.where(known[..., None], points, 0), known & (score > 0))
