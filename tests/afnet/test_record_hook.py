"""Masks and MACs in the results of a test."""

from copy import deepcopy

import pytest
import torch
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from mmvkp.recognition.complexity import count_macs

from .af_runs import MODEL, RandomFrames, runner_of_a_test

HOOK = dict(type='SelectionRecordHook')


@METRICS.register_module(force=True)
class KeepResults(BaseMetric):
    """Hands the results out."""

    def process(self, data_batch, data_samples):
        self.results.extend(data_samples)

    def compute_metrics(self, results):
        KeepResults.last = results
        return dict(number=len(results))


def run(tmp_path, model=MODEL, **data):
    """Test a network whose navigation modules decide either way."""
    torch.manual_seed(0)
    runner = runner_of_a_test(tmp_path, [HOOK], dict(type='KeepResults'), model, **data)
    for name, each in runner.model.named_parameters():
        if name.endswith('mix.bias'):
            torch.nn.init.normal_(each)
    runner.test()
    return runner.model, KeepResults.last


@pytest.mark.parametrize('frames, batch_size', [(2, 1), (2, 3), (6, 2)])
def test_every_video_has_its_own_masks(tmp_path, frames, batch_size):
    model, results = run(tmp_path, frames=frames, batch_size=batch_size, num=5)
    assert len(results) == 5
    seen = set()
    for index, result in enumerate(results):
        x = RandomFrames(frames=frames)[index]['inputs']
        with torch.no_grad():
            expected = model((x[None].float() - 128) / 64, stage='backbone')[-1]
        assert torch.equal(result['frame_selection'], expected)
        seen |= set(expected.flatten().tolist())
    assert seen == {0.0, 1.0}


def test_macs_are_those_of_the_video(tmp_path):
    """The first two videos are larger; fixed plus focal is what runs."""
    model, results = run(tmp_path, frames=4, batch_size=2, num=4, num_large=2)
    assert [each['selection_macs']['fixed'] for each in results][::2] != [
        results[0]['selection_macs']['fixed']
    ] * 2
    for index, result in enumerate(results):
        x = RandomFrames(frames=4, num_large=2)[index]['inputs']
        cost = result['selection_macs']
        spent = count_macs(model, (x[None].float() - 128) / 64, stage='head')
        shares = result['frame_selection'].mean(0).tolist()
        assert spent == cost['fixed'] + sum(
            a * b for a, b in zip(cost['focal'], shares)
        )
        assert cost['skips']


def test_nothing_stays_behind(tmp_path):
    model, _ = run(tmp_path)
    assert not model._forward_hooks and not model.backbone._forward_hooks
    sample = RandomFrames()[0]
    result = model.test_step(
        dict(inputs=[sample['inputs']], data_samples=[sample['data_samples']])
    )
    assert 'frame_selection' not in result[0]


@pytest.mark.parametrize('selection', [dict(policy='soft'), dict(sparse_eval=False)])
def test_what_is_multiplied_is_not_skipped(tmp_path, selection):
    model = deepcopy(MODEL)
    model['backbone']['selection_cfg'] = selection
    _, results = run(tmp_path, model)
    assert not results[0]['selection_macs']['skips']


def test_masks_of_regions(tmp_path):
    model = deepcopy(MODEL)
    model['backbone']['spatial_cfg'] = dict(grid=3, policy='center', ratio=5 / 9)
    model['neck']['with_regions'] = True
    _, results = run(tmp_path, model, frames=4)
    assert results[0]['region_selection'].shape == (4, 2, 3, 3)
    assert results[0]['region_selection'].sum((2, 3)).eq(5).all()


def test_a_backbone_without_selection(tmp_path):
    model = dict(
        MODEL,
        backbone=dict(type='ResNet', depth=18),
        neck=None,
        cls_head=dict(type='TSNHead', in_channels=512, num_classes=3),
    )
    with pytest.raises(ValueError, match='a ResNet, which does not select frames'):
        run(tmp_path, model)
