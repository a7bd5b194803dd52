"""The base class of inspectors: what it reads and what it records."""

import numpy as np
import pytest
from mmaction.registry import MODELS

from mmvkp.recognition.inspection import Inspector

from ..bright_dot import dot_config, write_dot


class HeadInspector(Inspector):
    """Records the features that the head is given."""

    def find_module(self, model):
        return model.cls_head

    def collect(self, clip, seen):
        return clip, seen


@pytest.fixture(scope='module')
def given(tmp_path_factory):
    video = write_dot(
        tmp_path_factory.mktemp('inspection') / 'dot.mp4', (96, 64), (30, 24), 12
    )
    config = dot_config()
    return str(video), HeadInspector(MODELS.build(config.model).eval(), config)


def test_frames_scores_and_features_of_one_clip(given):
    video, inspector = given
    clip, seen = inspector(video)
    assert clip.frames.shape[1:] == (64, 96, 3) and clip.box == (0, 0, 96, 64)
    assert len(clip.numbers) == len(clip.frames)
    assert seen.scores.shape == (3,) and np.isfinite(seen.scores).all()
    # The head's features went in, its logits came out.
    assert len(seen.given[0]) == len(seen.returned) == 1


def test_parts_of_a_video_differ(given):
    video, inspector = given
    first, last = (inspector(video, i, 3)[0].numbers for i in (0, 2))
    assert first.max() < last.max() and first.min() < last.min()
    assert inspector.clips_to_cover(video) == 3


def test_missing_videos_are_named(given):
    with pytest.raises(FileNotFoundError, match='no video file gone.mp4'):
        given[1]('gone.mp4')
