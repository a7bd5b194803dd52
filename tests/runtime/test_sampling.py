"""Numbers of frames equal those of the transforms."""

import mmvkp  # noqa: F401, isort: skip
import numpy as np
import pytest
from mmaction.registry import TRANSFORMS

from mmvkp.runtime.sampling import frame_numbers

SAMPLERS = [
    dict(type='SampleFrames', clip_len=1, frame_interval=1, num_clips=8),
    dict(
        type='SampleFrames',
        clip_len=1,
        frame_interval=1,
        num_clips=8,
        twice_sample=True,
    ),
    dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=1),
    dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=10),
    dict(
        type='SampleFrames',
        clip_len=8,
        frame_interval=4,
        num_clips=3,
        out_of_bound_opt='repeat_last',
    ),
    dict(type='SampleFrames', clip_len=8, frame_interval=2, num_clips=4, target_fps=30),
    dict(type='SampleFramesOrStill', clip_len=16, frame_interval=2, num_clips=10),
    dict(type='SampleSegmentFrames', clip_len=5, num_clips=8, frame_interval=1),
    dict(
        type='SampleSegmentFrames',
        clip_len=5,
        num_clips=4,
        frame_interval=2,
        twice_sample=True,
    ),
    dict(type='UniformSample', clip_len=8, num_clips=1),
    dict(type='UniformSample', clip_len=8, num_clips=4),
]


@pytest.mark.parametrize('number', range(len(SAMPLERS)))
def test_equal_the_transform(number):
    given = SAMPLERS[number]
    transform = TRANSFORMS.build(dict(given, test_mode=True))
    for total in (1, 2, 3, 5, 7, 8, 9, 15, 16, 31, 32, 33, 64, 97, 250, 1001):
        for fps in (24.0, 25.0, 59.94):
            results = dict(total_frames=total, start_index=0, avg_fps=fps)
            expected = transform(results)['frame_inds']
            found = frame_numbers(given, total, fps)
            assert np.array_equal(found, expected), (total, fps)
