"""A clip of moving bright rectangles, decoded and loaded."""

import numpy as np

from mmvkp.tubes.joints import TubeJoints
from mmvkp.tubes.transforms.load import LoadTubes
from mmvkp.tubes.transforms.sample import SampleTubeFrames

from ..tube_data import draw


def loaded_clip(tubes, size=(48, 64), nframes=4, joints=True, joint_points=None):
    """A clip of all frames; the joints of each actor are the corners of its
    box and its centre, unless given."""
    rows = {0: tubes}
    if joints and joint_points is None:
        joint_points = np.zeros((len(tubes), nframes, 3, 2), dtype=np.float32)
        for i, each in enumerate(tubes):
            for frame, x1, y1, x2, y2 in each:
                joint_points[i, int(frame) - 1] = [
                    (x1, y1),
                    (x2, y2),
                    ((x1 + x2) / 2, (y1 + y2) / 2),
                ]
    results = dict(
        start=1,
        first_key=0,
        last_key=nframes - 1,
        clip_len=nframes,
        frame_interval=1,
        nframes=nframes,
        start_index=0,
        video_id='v',
        modality='RGB',
        ori_shape=size,
        tubes=tubes,
        tube_labels=np.arange(len(tubes)),
    )
    if joints:
        visible = np.ones(joint_points.shape[:3], dtype=bool)
        results.update(
            joints=TubeJoints(joint_points, visible), num_joints=joint_points.shape[2]
        )
    results = SampleTubeFrames()(results)
    frames = draw(nframes, rows, size)
    results['imgs'] = [frames[i] for i in results['frame_inds']]
    results['img_shape'] = size
    return LoadTubes()(results)
