"""Maxima and means of regions, against a naive twin and by hand."""

import pytest
import torch

from mmvkp.kpsem import region_pooling
from mmvkp.kpsem.region_pooling import region_argmax, regional_mean

from .naive_regions import LINES, MAPS, lines_of, maps, naive_argmax, naive_mean


@pytest.fixture(params=['eager', 'exported'])
def way(request, monkeypatch):
    """Eager torch calls poolings on a CPU; exports record operations for all lines."""
    if request.param == 'exported':
        monkeypatch.setattr(region_pooling, 'is_exporting', lambda: True)


@pytest.mark.parametrize('num_lines', [0, 1, 2, 3])
@pytest.mark.parametrize('place', LINES)
@pytest.mark.parametrize('kind', MAPS)
def test_fast_equals_naive(kind, place, num_lines, way):
    x = maps(kind, (2, 3, 3, 6, 7))
    lines = lines_of(place, 2, 3, 2, num_lines, 7, 6)
    assert torch.equal(region_argmax(x, lines), naive_argmax(x, lines))
    torch.testing.assert_close(
        regional_mean(x, lines).double(), naive_mean(x, lines), atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize('size', [(2, 2), (3, 14), (9, 4)])
def test_fast_equals_naive_on_other_sizes(size, way):
    height, width = size
    x = maps('random', (1, 2, 2, height, width))
    lines = lines_of('anywhere', 1, 2, 3, 1, width, height)
    assert torch.equal(region_argmax(x, lines), naive_argmax(x, lines))


@pytest.mark.parametrize('channels', [1, 3])
def test_other_layouts_give_the_same(channels, way):
    """Channels last, a slice, and a map with a gradient, which is not changed."""
    x = maps('tied', (2, channels, 4, 6, 7))
    lines = lines_of('anywhere', 2, 2, 2, 1, 7, 6)
    expected = naive_argmax(x[:, :, ::2], lines)
    means = naive_mean(x[:, :, ::2], lines).float()
    for other in (
        x.contiguous(memory_format=torch.channels_last_3d)[:, :, ::2],
        x[:, :, ::2],
        x[:, :, ::2].clone().requires_grad_(),
    ):
        before = other.detach().clone()
        assert torch.equal(region_argmax(other, lines), expected)
        torch.testing.assert_close(regional_mean(other, lines), means)
        assert torch.equal(other, before)


@pytest.mark.filterwarnings('ignore')
def test_traced_equals_eager():
    """MMAction2's FLOPs counter traces, and a bit view cannot be."""

    class Find(torch.nn.Module):
        def forward(self, x, lines):
            return region_argmax(x, lines)

    lines = lines_of('anywhere', 2, 3, 2, 1, 7, 6)
    x = maps('random', (2, 3, 3, 6, 7))
    traced = torch.jit.trace(Find(), (x, lines))
    for kind in MAPS:
        other = maps(kind, (2, 3, 3, 6, 7))
        assert torch.equal(traced(other, lines), naive_argmax(other, lines))
    # Neighbouring, denormal, huge and infinite numbers; NaN is the largest.
    tiny = torch.tensor(1e-45)
    steps = torch.tensor(
        [
            -float('inf'),
            -3e38,
            -1.0,
            -1 + 2**-24,
            -tiny,
            0.0,
            tiny,
            2 * tiny,
            1e-38,
            1.0,
            1 + 2**-23,
            3e38,
            float('inf'),
        ]
    )
    for order in (steps, steps.flip(0)):
        row = order.view(1, 1, 1, 1, -1).expand(1, 1, 2, 1, -1)
        no_lines = torch.zeros(1, 2, 1, 2, 0)
        find = torch.jit.trace(Find(), (row, no_lines))
        for cut in range(1, len(steps)):
            part = torch.where(row > steps[cut], steps[0], row)
            assert torch.equal(find(part, no_lines), naive_argmax(part, no_lines))


@pytest.mark.parametrize('dtype', [torch.half, torch.bfloat16, torch.double])
def test_other_precisions_find_the_same_points(dtype):
    x = maps('tied', (1, 2, 2, 6, 6)).to(dtype)
    lines = lines_of('anywhere', 1, 2, 2, 1, 6, 6)
    assert torch.equal(region_argmax(x, lines), naive_argmax(x.float(), lines))


def test_regional_mean_is_linear_in_a_line():
    """A unit column right of the line counts with its covered part."""
    x = torch.zeros(1, 1, 2, 2, 4)
    x[..., 2] = 1
    lines = torch.tensor([2.25, 1.0]).view(1, 1, 1, 2, 1).repeat(1, 2, 1, 1, 1)
    lines.requires_grad_()
    mean = regional_mean(x, lines)
    # Left of the line 2.25 cells, of which 0.25 are bright; right of it 1.75
    # cells, of which 0.75 are.
    torch.testing.assert_close(
        mean[0, 0, 0, 0],
        torch.tensor([0.25 / 2.25, 0.75 / 1.75, 0.25 / 2.25, 0.75 / 1.75]),
    )
    mean[0, 0, 0, 0, 0].backward()
    # d/dl of (l - 2) / l is 2 / l^2; the other axis has no contrast.
    torch.testing.assert_close(
        lines.grad[0, 0, 0].flatten(), torch.tensor([2 / 2.25**2, 0.0])
    )


def test_gradient_of_the_mean_is_that_of_finite_differences():
    x = maps('random', (1, 2, 2, 5, 5)).double().requires_grad_()
    lines = lines_of('anywhere', 1, 2, 1, 2, 5, 5).double()
    lines.requires_grad_()

    def in_double(x, lines):
        # `regional_mean` computes in float32; its arithmetic is the same.
        return regional_mean(x, lines).double()

    mean = in_double(x, lines)
    direction = torch.rand_like(mean)
    grad_x, grad_lines = torch.autograd.grad((mean * direction).sum(), (x, lines))
    step = 1e-3
    for tensor, grad in ((x, grad_x), (lines, grad_lines)):
        move = torch.rand_like(tensor)
        with torch.no_grad():
            moved = [
                in_double(
                    *(
                        (tensor + s * move, lines)
                        if tensor is x
                        else (x, tensor + s * move)
                    )
                )
                for s in (step, -step)
            ]
        numeric = ((moved[0] - moved[1]) * direction).sum() / (2 * step)
        torch.testing.assert_close((grad * move).sum(), numeric, rtol=2e-2, atol=2e-3)
