"""Skipping gives what a loop over frames gives, and computes no more."""

import mmvkp  # noqa: F401, isort: skip
import itertools

import pytest
import torch
from mmaction.models.backbones.resnet_tsm import TemporalShift
from torch import nn

from mmvkp.afnet import focal_unit
from mmvkp.afnet.focal_unit import FocalUnit

T = 4
MASKS = ([0] * 8, [1] * 8, [1, 0, 0, 1, 0, 1, 1, 1], [0, 0, 0, 0, 1, 0, 0, 0])


def unit(skipped='identity', shift=False, project=False, relu=True, seed=0):
    """A unit whose norms have statistics, so that zeros are answered."""
    torch.manual_seed(seed)
    path = nn.Sequential(
        nn.Conv2d(8, 8, 1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
    )
    shortcut = (
        nn.Sequential(nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8))
        if project
        else nn.Identity()
    )
    for norm in path:
        if isinstance(norm, nn.BatchNorm2d):
            nn.init.normal_(norm.bias)
            norm.running_mean.normal_()
            norm.running_var.uniform_(0.5, 2)
    return FocalUnit(path, shortcut, relu, T if shift else 0, skipped).eval()


def frame_by_frame(module, x, mask):
    """Reference of the unit: one frame at a time."""
    moved = TemporalShift.shift(x, T, 8) if module.shift_segments else x
    rows = []
    for frame, shifted, keep in zip(x, moved.contiguous(), mask):
        row = module.shortcut(frame[None])
        if keep:
            row = row + module.path(shifted[None])
        elif module.skipped == 'zeros':
            row = row + module.path(torch.zeros_like(frame[None]))
        rows.append(row.relu() if module.relu else row)
    return torch.cat(rows)


def features(memory=torch.contiguous_format):
    """Features of two views, out of a ReLU."""
    torch.manual_seed(1)
    return torch.randn(8, 8, 5, 6).relu().contiguous(memory_format=memory)


@pytest.mark.parametrize(
    'skipped, shift, project, relu',
    list(itertools.product(('identity', 'zeros'), *[(False, True)] * 3)),
)
def test_equals_a_loop_over_frames(skipped, shift, project, relu):
    module = unit(skipped, shift, project, relu)
    for mask, memory in itertools.product(
        MASKS, (torch.contiguous_format, torch.channels_last)
    ):
        x = features(memory)
        with torch.no_grad():
            expected = frame_by_frame(module, x, mask)
            out = module(x, torch.tensor(mask, dtype=torch.float32))
        torch.testing.assert_close(out, expected, rtol=1e-5, atol=1e-5)
        assert out.is_contiguous(memory_format=memory)


@pytest.mark.parametrize('skipped', ['identity', 'zeros'])
def test_dense_equals_the_loop_as_well(skipped):
    module = unit(skipped, shift=True)
    module.sparse_eval = False
    x = features()
    for mask in MASKS:
        out = module(x, torch.tensor(mask, dtype=torch.float32))
        torch.testing.assert_close(
            out, frame_by_frame(module, x, mask), rtol=1e-5, atol=1e-5
        )


def test_only_selected_frames_are_computed():
    module = unit()
    seen = []
    module.path.register_forward_pre_hook(lambda _, args: seen.append(len(args[0])))
    with torch.no_grad():
        for mask in MASKS:
            module(features(), torch.tensor(mask, dtype=torch.float32))
    assert seen == [8, 5, 1]


def test_everything_selected_pays_for_no_gather(monkeypatch):

    def refuse(*args):
        raise AssertionError('gathered')

    for name in ('select_rows', 'shift_selected'):
        monkeypatch.setattr(focal_unit, name, refuse)
    for shift in (False, True):
        unit(shift=shift)(features(), torch.ones(8))


@pytest.mark.parametrize('skipped', ['identity', 'zeros'])
@pytest.mark.parametrize('mask', MASKS)
def test_neither_input_nor_inner_outputs_are_modified(skipped, mask):
    """A hook keeps the tensors themselves, not copies."""
    for grad, project in itertools.product((False, True), repeat=2):
        module, kept = unit(skipped, project=project), []
        for layer in (module.path, module.shortcut, *module.path):
            # The ReLU of this test works in-place on the norm before it.
            if (
                not isinstance(layer, (nn.ReLU, nn.BatchNorm2d))
                or layer is module.path[-1]
            ):
                layer.register_forward_hook(
                    lambda _, args, out: kept.append((out, out.clone()))
                )
        x = features()
        with torch.set_grad_enabled(grad):
            module(x, torch.tensor(mask, dtype=torch.float32))
        assert torch.equal(x, features())
        assert kept and all(torch.equal(out, copy) for out, copy in kept)


@pytest.mark.parametrize('shift', [False, True])
def test_weights_count_as_in_the_dense_computation(shift):
    module = unit(shift=shift)
    weight = torch.tensor([0.5, 0, 1, 0.25, 0, 0, 0.75, 1])
    sparse = module(features(), weight)
    module.sparse_eval = False
    torch.testing.assert_close(sparse, module(features(), weight))


@pytest.mark.parametrize('skipped', ['identity', 'zeros'])
@pytest.mark.parametrize('sparse', [False, True])
@pytest.mark.parametrize('rest', [0.0, 1.0])
def test_a_mask_of_nan_gives_one_frame_of_nan(skipped, sparse, rest):
    module = unit(skipped)
    module.sparse_eval = sparse
    mask = torch.full((8,), rest)
    expected = module(features(), mask)
    mask[3] = float('nan')
    with torch.no_grad():
        out = module(features(), mask)
    assert out[3].isnan().all()
    expected[3] = float('nan')
    torch.testing.assert_close(out, expected, equal_nan=True)


@pytest.mark.parametrize('skipped', ['identity', 'zeros'])
def test_a_skipped_frame_ignores_values_that_are_not_finite(skipped):
    """With the shift, the path of frame 1 sees the infinite frame 2."""
    module, x = unit(skipped, shift=True), features()
    x[2] = float('inf')
    mask = torch.tensor([1.0, 0, 1, 1, 1, 1, 1, 1])
    for sparse in (True, False):
        module.sparse_eval = sparse
        assert module(x, mask)[1].isfinite().all()
        assert not module(x, mask)[2].isfinite().all()


def test_in_eval_gradients_are_those_of_the_loop():
    mask = torch.tensor(MASKS[2], dtype=torch.float32)
    for skipped in ('identity', 'zeros'):
        module = unit(skipped, shift=True)
        grads = []
        for run in (module, lambda x, m: frame_by_frame(module, x, m)):
            x = features().requires_grad_()
            run(x, mask).square().sum().backward()
            grads.append((x.grad, module.path[0].weight.grad.clone()))
            module.zero_grad()
        torch.testing.assert_close(grads[0], grads[1], rtol=1e-4, atol=1e-4)


class TestAnswerToZeros:
    """The constant of the released code's reading."""

    def answer(self, module):
        """Answer of a skipped frame of zeros, through the unit."""
        with torch.no_grad():
            return module(torch.zeros(4, 8, 5, 6), torch.zeros(4))[:1]

    def fresh(self, module):
        """The same, straight from the convolutions."""
        with torch.no_grad():
            return module.path(torch.zeros(1, 8, 5, 6)).relu()

    def test_nothing_is_stored_between_calls(self):
        module = unit('zeros')
        before = {name: repr(value) for name, value in vars(module).items()}
        with torch.no_grad():
            for size in (5, 7, 9):
                module(torch.zeros(4, 8, size, 6), torch.zeros(4))
        assert {name: repr(value) for name, value in vars(module).items()} == before

    def test_a_step_of_the_optimizer_is_noticed(self):
        module = unit('zeros')
        before = self.answer(module)
        with torch.no_grad():
            module.path[1].bias.add_(1.0)
        assert not torch.allclose(before, self.answer(module))
        torch.testing.assert_close(self.answer(module), self.fresh(module))

    def test_loaded_weights_are_noticed(self):
        module = unit('zeros')
        self.answer(module)
        module.load_state_dict(unit('zeros', seed=5).state_dict())
        torch.testing.assert_close(self.answer(module), self.fresh(module))

    def test_copied_data_are_noticed(self):
        """MMEngine's EMAHook swaps averaged weights in this way."""
        module, averaged = unit('zeros'), unit('zeros', seed=5)
        self.answer(module)
        for tensor, other in zip(
            module.state_dict(keep_vars=True).values(), averaged.state_dict().values()
        ):
            tensor.data.copy_(other.data)
        torch.testing.assert_close(self.answer(module), self.fresh(averaged))
        torch.testing.assert_close(self.answer(module), self.fresh(module))

    def test_inference_mode_leaves_nothing_harmful(self):
        module = unit('zeros')
        with torch.inference_mode():
            module(torch.zeros(4, 8, 5, 6), torch.zeros(4))
        x = features().requires_grad_()
        module(x, torch.zeros(8)).sum().backward()
        torch.testing.assert_close(self.answer(module), self.fresh(module))
