"""SelectionRatioLoss by hand, and in two processes."""

import pytest
import torch
import torch.multiprocessing as mp
from mmaction.registry import MODELS
from torch import distributed

from mmvkp.afnet.ratio_loss import SelectionRatioLoss


def masks_of(*kept, frames=4):
    """(1, M, frames) with the given numbers of frames kept."""
    masks = torch.zeros(1, len(kept), frames)
    for block, number in enumerate(kept):
        masks[:, block, :number] = 1
    return masks


@pytest.mark.parametrize(
    'kwargs, expected',
    [
        # Shares 1 and 0.25 around 0.5: squares 0.25 and 0.0625.
        (dict(), 0.25 * 0.3125),
        (dict(reduction='mean'), 0.5 * 0.15625),
        (dict(loss_weight=2.0), 2 * 0.3125),
        (dict(reduction='mean', loss_weight=2.0), 2 * 0.15625),
    ],
)
def test_by_hand(kwargs, expected):
    loss = MODELS.build(dict(type='SelectionRatioLoss', target_ratio=0.5, **kwargs))
    torch.testing.assert_close(loss(masks_of(4, 1)), torch.tensor(expected))


def test_the_share_is_that_of_the_batch():
    """Two videos that keep all and nothing are at a target of 0.5."""
    masks = torch.stack((torch.ones(1, 4), torch.zeros(1, 4)))
    assert SelectionRatioLoss(0.5)(masks) == 0


def test_the_current_target_counts():
    loss = SelectionRatioLoss(0.5)
    loss.current_ratio = 1.0
    assert loss(masks_of(4)) == 0


def test_masks_of_regions():
    """3 of 4 cells at a target of 0.25: 0.5 * 0.25."""
    masks = torch.ones(2, 1, 3, 2, 2)
    masks[..., 0, 0] = 0
    torch.testing.assert_close(SelectionRatioLoss(0.25)(masks), torch.tensor(0.125))


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(target_ratio=0), ValueError, r'target_ratio=0 is outside \(0, 1\]'),
        (dict(target_ratio=1.1), ValueError, r'target_ratio=1.1 is outside'),
        (dict(target_ratio='half'), TypeError, r"target_ratio='half'"),
        (dict(target_ratio=0.5, reduction='none'), ValueError, r"reduction='none'"),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        SelectionRatioLoss(**kwargs)


def parts():
    """Weights of masks, and batches of 3 and 1 videos for two processes."""
    torch.manual_seed(0)
    x = torch.rand(4, 2, 5)
    return torch.tensor([0.3, 0.7]), x[:3], x[3:]


def loss_and_gradient(weight, x):
    """Loss of the masks ``weight * x``."""
    weight = weight.clone().requires_grad_()
    loss = SelectionRatioLoss(0.8)(weight[:, None] * x)
    loss.backward()
    return loss.detach(), weight.grad


def in_a_process(rank, store, folder):
    """One of two processes; its gradient is averaged as DDP does it."""
    distributed.init_process_group(
        'gloo', init_method=f'file://{store}', rank=rank, world_size=2
    )
    weight, *batches = parts()
    loss, grad = loss_and_gradient(weight, batches[rank])
    distributed.all_reduce(grad)
    torch.save((loss, grad / 2), f'{folder}/{rank}.pth')
    distributed.destroy_process_group()


def test_two_processes_equal_one_with_the_joint_batch(tmp_path):
    """The batches differ in size: means of means would be wrong."""
    mp.start_processes(
        in_a_process,
        (str(tmp_path / 'store'), str(tmp_path)),
        nprocs=2,
        start_method='fork',
    )
    weight, *batches = parts()
    expected = loss_and_gradient(weight, torch.cat(batches))
    for rank in (0, 1):
        got = torch.load(tmp_path / f'{rank}.pth', weights_only=True)
        torch.testing.assert_close(got, expected)


@pytest.mark.parametrize('weight, error', [(-1.0, ValueError), ('1', TypeError)])
def test_bad_weights(weight, error):
    with pytest.raises(error, match='SelectionRatioLoss: loss_weight='):
        SelectionRatioLoss(0.5, loss_weight=weight)
