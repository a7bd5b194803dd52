"""Non-finite values are found, and count as wrong."""

import pytest
import torch
from mmaction.datasets.transforms import PackActionInputs
from mmaction.structures import ActionDataSample
from mmengine.structures import InstanceData

from mmvkp.recognition.non_finite import add_paths, all_finite, count_as_wrong, path_of

NAN = float('nan')


@pytest.mark.parametrize(
    'values, finite',
    [
        (torch.ones(2), True),
        (torch.tensor([1.0, float('inf')]), False),
        ([torch.ones(()), [torch.tensor(NAN)]], False),
        (dict(a=torch.tensor([3])), True),
        (InstanceData(scores=torch.tensor([NAN])), False),
        ([], True),
        (torch.zeros(0), True),
        (None, True),
    ],
)
def test_finite_values(values, finite):
    assert all_finite(values) is finite


def sample_of(scores, labels):
    return ActionDataSample().set_pred_score(scores).set_gt_label(labels)


@pytest.mark.parametrize('bad', [NAN, float('inf'), -float('inf')])
def test_the_true_classes_rank_last(bad):
    sample = sample_of(torch.tensor([0.2, bad, 0.5]), [0])
    assert not count_as_wrong(sample_of(torch.ones(3), 0), True)
    assert count_as_wrong(sample, False) and not sample.pred_score.isfinite().all()
    assert count_as_wrong(sample, True)
    assert sample.pred_score.tolist() == [-1, 0, 0]
    clips = sample_of(torch.full((2, 3), bad), [1])
    assert count_as_wrong(clips, True)
    assert clips.pred_score.tolist() == [[0, -1, 0]] * 2


def test_instances_are_removed():
    found = InstanceData(bboxes=torch.full((2, 4), NAN), scores=torch.ones(2))
    truth = InstanceData(bboxes=torch.ones(1, 4))
    sample = ActionDataSample(pred_instances=found, gt_instances=truth)
    assert count_as_wrong(sample, True)
    assert len(sample.pred_instances) == 0 and len(sample.gt_instances) == 1


def test_names_of_videos():
    assert path_of(ActionDataSample(metainfo=dict(filename='a.mp4'))) == 'a.mp4'
    assert path_of(dict(video_id='v')) == 'v'
    assert path_of(object()) == 'an unnamed video'


def test_paths_are_packed():
    class Wrapper:
        def __init__(self, **values):
            vars(self).update(values)

    pack = PackActionInputs(collect_keys=())
    inside = Wrapper(pipeline=Wrapper(transforms=[pack]))
    for _ in range(2):
        add_paths(Wrapper(datasets=[Wrapper(dataset=inside)]))
    assert pack.meta_keys[-2:] == ('filename', 'frame_dir')
    assert len(pack.meta_keys) == len(set(pack.meta_keys))
