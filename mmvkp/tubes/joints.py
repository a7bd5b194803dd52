"""Joints of the actors in tubes, as files beside the annotations."""

import os.path as osp
from os import PathLike
from typing import NamedTuple, Optional, Union

import numpy as np

from .annotations import load_joint_positions


class TubeJoints(NamedTuple):
    """Joints of all tubes of a video.

    Args:
        points (np.ndarray): (M, n, K, 2) float32 for M tubes and n frames, x
            before y, pixels counted from 0. Frame 1 comes first. The tubes
            are in the order of their class; those of one class are in the
            order of the annotations.
        visible (np.ndarray): (M, n, K) bool.
    """

    points: np.ndarray
    visible: np.ndarray


def find_joints(folder: str, video: str) -> Optional[str]:
    """File with the joints of a video.

    Args:
        folder (str): Folder of all joints.
        video (str): Name of the video.

    Returns:
        str, optional: ``<folder>/<video>/joint_positions.mat``, as JHMDB has
        them, or ``<folder>/<video>.npz``; None if there is neither.
    """
    for name in (osp.join(video, 'joint_positions.mat'), f'{video}.npz'):
        path = osp.join(folder, name)
        if osp.isfile(path):
            return path
    return None


def load_tube_joints(path: Union[str, PathLike]) -> TubeJoints:
    """Read the joints of a video.

    Args:
        path (str | PathLike): A ``joint_positions.mat``, which has one actor,
            or a ``.npz`` with ``keypoint`` (M, n, K, 2) in pixels counted
            from 0 and, optionally, ``keypoint_score`` (M, n, K), where
            joints with a score of 0 are invisible: the names and axes of
            MMAction2's skeleton data.

    Returns:
        TubeJoints: Joints that are no numbers are invisible, and at (0, 0).

    Raises:
        ValueError: If the file is damaged or holds something else.
    """
    if str(path).endswith('.mat'):
        points = load_joint_positions(path)[None]
        score = np.ones(points.shape[:3])
    else:
        try:
            with np.load(path, allow_pickle=False) as file:
                points = np.float32(file['keypoint'])
                score = (
                    np.float32(file['keypoint_score'])
                    if 'keypoint_score' in file
                    else np.ones(points.shape[:3])
                )
        except Exception as error:
            raise ValueError(
                f'{path}: this is no readable .npz with an array of numbers '
                f'named keypoint ({type(error).__name__}: {error}).'
            ) from error
    if points.ndim != 4 or points.shape[3] != 2 or score.shape != points.shape[:3]:
        raise ValueError(
            f'{path}: keypoint has shape {points.shape} and keypoint_score '
            f'{score.shape}; (tubes, frames, joints, 2) and the same without '
            'the last axis are needed.'
        )
    known = np.isfinite(points).all(-1)
    return TubeJoints(np.where(known[..., None], points, 0), known & (score > 0))
