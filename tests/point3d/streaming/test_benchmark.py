"""Functions of the benchmark; its table: tests/point3d/test_commands.py."""

import mmap

import numpy as np
import pytest
import torch

from mmvkp.point3d.streaming import benchmark as tool
from mmvkp.point3d.streaming.inferencer import TubeInferencer

from ..tiny_point3d import point3d_config, save_detector

BANK = dict(type='BankAttention', in_channels=8, mid_channels=8, window=6, causal=True)


@pytest.mark.parametrize('options', [dict(), dict(bank=BANK)])
def test_both_ways_do_the_same(tmp_path, options):
    """The timed whole clip and the timed frame give the same result."""
    config = point3d_config(**options)
    inferencer = TubeInferencer(*save_detector(tmp_path, config))
    if options:
        torch.nn.init.normal_(inferencer.model.bank.out.weight)
    frames = tool.make_frames(4, (64, 64))
    runs = tool.Runs(inferencer, frames, 'cpu')
    seen = []
    inferencer.model.clip_backbone.register_forward_hook(
        lambda module, given, out: seen.append(given[0].detach().numpy())
    )
    inferencer.finish()
    for frame in frames:
        inferencer.detect(frame)
    runs.whole_clip(3)
    assert len(seen) == 5
    assert seen[3] == pytest.approx(seen[4], rel=1e-3, abs=1e-7)
    # Frames that the point head gets: all of them, or the last one.
    counts = []
    inferencer.model.point_head.stacks[-1]['wh'].register_forward_hook(
        lambda module, given, out: counts.append(len(out))
    )
    runs.whole_clip(0)
    runs.whole_clip(3)
    runs.one_frame()
    assert counts == [4, 1, 1]
    names = {'rows of the bank', 'attention to the bank'}
    assert names & set(runs.parts()) == (names if options else set())
    for function in runs.all().values():
        function()


def test_actors_do_not_overlap():
    actors = tool.make_actors(3)
    assert len(actors) == 3 and actors.joints.shape == (3, 15, 2)
    assert (np.diff(actors.boxes[:, 0]) > 20).all()


def test_the_memory_of_this_process():
    before = tool.resident_bytes()
    # New from the system: an array may get memory that the process has.
    with mmap.mmap(-1, 2**24) as held:
        held.write(b'1' * 2**24)
        after = tool.resident_bytes()
    assert 2**23 < after - before < 2**26
