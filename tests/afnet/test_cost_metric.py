"""Shares and MACs by hand, and the law in a test with a forced ratio."""

import pytest
import torch

from mmvkp.afnet.cost import measure_law, weightless_copy
from mmvkp.afnet.cost_metric import ComputeCostMetric

from .af_runs import MODEL, runner_of_a_test


def sample(masks, skips=True, **kwargs):
    """Result of a video with two focal blocks of 3 and 5 G."""
    return dict(
        frame_selection=torch.tensor(masks),
        selection_macs=dict(fixed=2 * 10**9, focal=[3 * 10**9, 5 * 10**9], skips=skips),
        **kwargs,
    )


def evaluate(*samples):
    """Metrics of some videos."""
    metric = ComputeCostMetric()
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_by_hand():
    """Kept 1 and 0.5 of 2 frames, then 0 and 0.5: 2 + 3 + 2.5 and 2 + 2.5."""
    result = evaluate(
        sample([[1.0, 1.0], [1.0, 0.0]]), sample([[0.0, 0.0], [0.0, 1.0]])
    )
    assert result == {
        'cost/kept': pytest.approx(0.5),
        'cost/kept_0': pytest.approx(0.5),
        'cost/kept_1': pytest.approx(0.5),
        'cost/GMACs': pytest.approx(6.0),
        'cost/GMACs_all': pytest.approx(10.0),
    }


def test_weights_skip_nothing():
    result = evaluate(sample([[0.2, 0.4], [0.3, 0.1]], skips=False))
    assert result['cost/GMACs'] == pytest.approx(10.0)
    assert result['cost/kept'] == 1


def test_regions_within_kept_frames():
    """Block 0: one of two frames with a quarter of its cells, an eighth."""
    regions = torch.zeros(2, 2, 2, 2)
    regions[:, :, 0, 0] = 1
    result = evaluate(sample([[1.0, 0.0], [0.0, 0.0]], region_selection=regions))
    assert result['cost/kept_0'] == pytest.approx(0.125)
    assert result['cost/GMACs'] == pytest.approx(2 + 3 / 8)


def test_the_hook_is_asked_for():
    with pytest.raises(KeyError, match='SelectionRecordHook'):
        evaluate(dict(pred_score=torch.zeros(2)))


@pytest.mark.parametrize('frames', [4, 8])
def test_a_forced_ratio_gives_the_law(tmp_path, frames):
    """Uniform frames at r = 0.5, one view and two."""
    model = dict(
        MODEL,
        backbone=dict(
            MODEL['backbone'],
            num_segments=4,
            selection_cfg=dict(policy='uniform', ratio=0.5),
        ),
        neck=dict(type='FrameSelectionNeck', num_segments=4),
    )
    runner = runner_of_a_test(
        tmp_path,
        [dict(type='SelectionRecordHook')],
        [dict(type='AccMetric'), dict(type='ComputeCostMetric')],
        model,
        frames=frames,
        batch_size=3,
    )
    result = runner.test()
    law = measure_law(weightless_copy(runner.model), (frames, 3, 16, 16))
    assert result['cost/kept'] == 0.5
    assert result['cost/GMACs'] * 1e9 == pytest.approx(law.at(0.5), abs=0.01)
    assert 'acc/top1' in result
