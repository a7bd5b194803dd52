"""Memory of long runs: 20 000 frames through the linker and a tiny model."""

import gc
import tracemalloc

import numpy as np
import pytest

from mmvkp.point3d.streaming.inferencer import TubeInferencer
from mmvkp.tubes.online_linker import OnlineLinker
from mmvkp.tubes.online_tubes import FrameDetections, LinkOptions
from mmvkp.video import Frame

from ..tiny_point3d import CLIP_LEN, moving_frames, point3d_config, save_detector

FRAMES = 20000
CUES = LinkOptions(
    min_length=2,
    max_gap=3,
    max_rows=50,
    motion=True,
    appearance='colour',
    occlusion=0.5,
    class_thresholds=0.4,
)


def scene(rng, t):
    """One actor stays, one leaves every 40 frames, and noise comes and goes."""
    left = [50 + 20 * np.sin(t / 30), 200 + t % 40, rng.uniform(0, 2000)]
    count = 2 + (t % 5 == 0) - (t % 40 > 30)
    boxes = np.float32([(x, 50, x + 20, 90) for x in left[:count]])
    acts = 0.6 if t % 100 < 70 else 0.1
    return FrameDetections(
        boxes,
        np.full(count, 0.9, np.float32),
        np.full((count, 3), acts, np.float32),
        np.zeros((count, 15, 2), np.float32),
        np.zeros((count, 15), np.float32),
        rng.uniform(size=(count, 8)).astype(np.float32),
    )


def rows_of(linker):
    """Stored rows of all tracks."""
    return sum(len(track.rows) for track in linker.tubes)


@pytest.mark.slow
@pytest.mark.parametrize(
    'options', [CUES, LinkOptions(max_rows=50, max_gap=3)], ids=['cues', 'plain']
)
def test_the_linker_is_bounded(options):
    """After a tenth of the frames nothing grows: tracks, rows and bytes."""
    rng, linker, held, returned = np.random.default_rng(0), OnlineLinker(options), [], 0
    tracemalloc.start()
    try:
        for t in range(1, FRAMES + 1):
            result = linker.update(t, scene(rng, t))
            returned += len(result.ended)
            assert len(linker.tubes) < 20 and rows_of(linker) <= 20 * 60
            if t in (FRAMES // 10, FRAMES):
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert returned > 300
    assert held[1] < held[0] + 100_000


@pytest.mark.slow
def test_a_model_is_bounded(tmp_path):
    """Kept objects are counted, which is faster here than to trace each allocation."""
    paths = save_detector(tmp_path, point3d_config(twa=None, head=False))
    link = CUES._replace(start_score=0, keep_score=0)
    inferencer = TubeInferencer(*paths, size=(32, 32), delay='centered', link=link)
    frames, held = moving_frames(20, 32, 32), []
    for t in range(1, FRAMES + 1):
        inferencer.feed(Frame(t, t / 25, frames[t % 20]))
        tracks = inferencer.linker.tubes
        assert len(inferencer.ring) <= CLIP_LEN
        assert len(inferencer.state.waiting) <= inferencer.delay
        assert len(tracks) < 100 and rows_of(inferencer.linker) <= 60 * len(tracks)
        if t in (FRAMES // 10, FRAMES):
            gc.collect()
            held.append(len(gc.get_objects()))
    # Less than one object for every three frames.
    assert held[1] < held[0] + 0.3 * FRAMES
