"""Time-wise attention: formula, saturation, precision, masks, cost."""

import math

import pytest
import torch
from mmaction.registry import MODELS

from mmvkp.point3d.attention import TimeWiseAttention
from mmvkp.recognition.complexity import count_macs, count_parameters

SCALES = ('none', 'sqrt', 'dim', 'cosine')


def build(**kwargs):
    return MODELS.build(dict(type='TimeWiseAttention', **kwargs))


def naive(x, scale, tau=0.1, mask=None):
    """The formula cell by cell, with Python numbers."""
    out = x.clone().double()
    clips, _, frames = x.shape[:3]
    for n in range(clips):
        rows = [x[n, :, t].reshape(-1).tolist() for t in range(frames)]
        for t in range(frames):
            weights = []
            for s in range(frames):
                logit = sum(a * b for a, b in zip(rows[t], rows[s]))
                if scale == 'sqrt':
                    logit /= math.sqrt(len(rows[t]))
                elif scale == 'dim':
                    logit /= len(rows[t])
                elif scale == 'cosine':
                    logit /= math.hypot(*rows[t]) * math.hypot(*rows[s]) * tau
                real = mask is None or bool(mask[n, s])
                weights.append(math.exp(logit) if real else 0.0)
            for s in range(frames):
                share = weights[s] / sum(weights)
                out[n, :, t] += share * x[n, :, s].double()
    return out


@pytest.mark.parametrize('scale', SCALES)
@pytest.mark.parametrize('shape', [(2, 3, 4, 2, 3), (1, 2, 5, 1, 1)])
def test_equals_the_formula_written_out(scale, shape):
    torch.manual_seed(0)
    x = torch.randn(shape) * 0.5
    tau = 0.3 if scale == 'cosine' else 0.1
    out = build(scale=scale, tau=tau)(x)
    assert out.shape == x.shape and out.dtype == torch.float32
    expected = naive(x, scale, tau)
    assert torch.allclose(out.double(), expected, rtol=0, atol=1e-5)


def test_value_worked_out_by_hand():
    """Two frames (1, 0) and (1, 1): G = ((1, 1), (1, 2))."""
    x = torch.tensor([[1.0, 1.0], [0.0, 1.0]])[None, :, :, None, None]
    out = build()(x)[0, :, :, 0, 0]
    share = math.e / (1 + math.e)
    expected = torch.tensor([[2.0, 2.0], [0.5, 1 + share]])
    assert torch.allclose(out, expected, atol=1e-6)
    # Cosine 1 / sqrt(2); a frame differs from the other by 2.929 at tau 0.1.
    other = 1 / (1 + math.exp((1 - math.sqrt(0.5)) / 0.1))
    out = build(scale='cosine')(x)[0, :, :, 0, 0]
    expected = torch.tensor([[2.0, 2.0], [other, 2 - other]])
    assert torch.allclose(out, expected, atol=1e-6)


@pytest.mark.parametrize('scale', SCALES)
def test_one_frame_is_doubled(scale):
    x = torch.randn(2, 3, 1, 4, 4)
    assert torch.allclose(build(scale=scale)(x), 2 * x)


def drifting(correlation):
    """16 frames of 128 x 64 x 64 after a ReLU, mean square 0.5.

    Before it each frame has the given correlation with the one before; the
    gain of a frame varies by 5 %.
    """
    generator = torch.Generator().manual_seed(0)
    state = torch.randn(128 * 64 * 64, generator=generator)
    frames = []
    for _ in range(16):
        gain = 1 + 0.05 * torch.randn((), generator=generator)
        frames.append(gain * state.relu())
        fresh = torch.randn(state.shape, generator=generator)
        state = correlation * state + math.sqrt(1 - correlation**2) * fresh
    return torch.stack(frames)[None]


# Entropy of a row as a share of log 16, mean over the rows, and its
# tolerance. Means found with another program on other random numbers; that
# of 'sqrt' is a matter of a few near ties between the gains.
@pytest.mark.parametrize(
    'scale, correlation, entropy, tolerance',
    [
        ('none', 0.98, 0.000, 0.001),
        ('sqrt', 0.98, 0.014, 0.04),
        ('dim', 0.98, 1.000, 0.001),
        ('cosine', 0.98, 0.951, 0.005),
        ('cosine', 0.9, 0.673, 0.01),
    ],
)
def test_saturation_at_the_size_of_the_paper(scale, correlation, entropy, tolerance):
    frames = drifting(correlation)
    weights = build(scale=scale).attention(frames, None)[0].double()
    assert torch.allclose(weights.sum(1), torch.ones(16).double())
    found = torch.special.entr(weights).sum(1).mean() / math.log(16)
    assert abs(found.item() - entropy) <= tolerance
    if scale == 'cosine' and correlation == 0.98:
        assert abs(weights.diagonal().mean().item() - 0.13) < 0.01
    if scale == 'dim':
        assert abs(weights.diagonal().mean().item() - 0.065) < 0.005


@pytest.mark.parametrize('scale', SCALES)
@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
def test_half_precision_is_finite_where_its_gram_is_not(scale, dtype):
    torch.manual_seed(0)
    x = torch.randn(1, 128, 3, 64, 64).relu().to(dtype)
    square = x[0, :, 0].float().square().sum()
    assert square > torch.finfo(torch.float16).max  # else nothing is tested
    out = build(scale=scale)(x)
    assert out.dtype == dtype and out.isfinite().all()
    expected = build(scale=scale)(x.float())
    assert torch.allclose(out.float(), expected, rtol=1e-2, atol=1e-2)


def test_autocast_changes_nothing():
    torch.manual_seed(0)
    x, layer = torch.randn(1, 4, 3, 2, 2), build(scale='sqrt')
    with torch.autocast('cpu', dtype=torch.bfloat16):
        out = layer(x)
    assert out.dtype == torch.float32 and torch.equal(out, layer(x))


@pytest.mark.parametrize('scale', SCALES)
def test_gradient_is_that_of_the_formula(scale):
    torch.manual_seed(0)
    x = torch.randn(2, 2, 3, 2, 1, dtype=torch.float64, requires_grad=True)
    mask = torch.tensor([[True, True, False], [True, True, True]])
    layer = build(scale=scale, tau=0.5 if scale == 'cosine' else 0.1)
    assert torch.autograd.gradcheck(lambda x: layer(x, mask), (x,))


def test_empty_frames_have_finite_gradients():
    x = torch.randn(1, 2, 3, 2, 2)
    x[:, :, 1] = 0
    x.requires_grad_()
    out = build(scale='cosine')(x)
    out.square().sum().backward()
    assert out.isfinite().all() and x.grad.isfinite().all()


def test_cosine_does_not_depend_on_the_size_of_features():
    x = torch.randn(1, 3, 4, 2, 2)
    layer = build(scale='cosine')
    for factor in (1e-3, 1e4):
        assert torch.allclose(layer(factor * x), factor * layer(x), rtol=1e-4)


@pytest.mark.parametrize('scale', SCALES)
def test_masked_frames_get_no_weight(scale):
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 2, 2) * 0.5
    mask = torch.tensor([[True, True, False, True], [False, True, True, True]])
    layer = build(scale=scale)
    out = layer(x, mask)
    assert torch.allclose(out.double(), naive(x, scale, mask=mask), rtol=0, atol=1e-5)
    # The first three frames of a padded clip are those of the short clip.
    mask = torch.tensor([[True, True, True, False]] * 2)
    short = layer(x[:, :, :3])
    assert torch.allclose(layer(x, mask)[:, :, :3], short, atol=1e-6)
    assert torch.equal(layer(x, torch.ones(2, 4, dtype=torch.bool)), layer(x))


def test_cost():
    layer = build(scale='cosine')
    assert count_parameters(layer) == 0 and not layer.state_dict()
    with torch.device('meta'):
        x = torch.empty(1, 128, 16, 64, 64)
    # Two products of 16 x 16 x 524288: 0.268 G.
    assert count_macs(layer, x) == 2 * 16 * 16 * 524288 == 268435456


@pytest.mark.parametrize(
    'kwargs, message',
    [
        (dict(scale='tanh'), r"scale='tanh' is not known; choose one of \['none'"),
        (dict(tau=0), r'tau=0 is not a finite number in \[0.0001, inf\]'),
        (dict(tau=1e-300), 'tau=1e-300 is not a finite number in'),
        (dict(tau=float('nan')), 'tau=nan is not a finite number'),
        (dict(scale='none', tau=5.0), "tau=5.0 has no effect with scale='none'"),
        (dict(scale='sqrt', tau=5.0), "tau=5.0 has no effect with scale='sqrt'"),
        (dict(scale='dim', tau=5.0), "tau=5.0 has no effect with scale='dim'"),
        (dict(gain_channels=0), 'gain_channels=0 is outside'),
        (dict(init_cfg=dict(type='Kaiming')), 'init_cfg=.* has no effect'),
    ],
)
def test_bad_arguments(kwargs, message):
    with pytest.raises(ValueError, match=message):
        TimeWiseAttention(**kwargs)


@pytest.mark.parametrize(
    'mask, error, message',
    [
        (torch.ones(2, 4), TypeError, 'it is torch.float32'),
        ([[True] * 4] * 2, TypeError, 'it is <class .list'),
        (
            torch.ones(2, 3, dtype=torch.bool),
            ValueError,
            r'shape \(2, 3\), the clips need \(N, T\) = \(2, 4\)',
        ),
        (torch.tensor([[True] * 4, [False] * 4]), ValueError, 'no real frame'),
    ],
)
def test_bad_masks(mask, error, message):
    with pytest.raises(error, match=message):
        build()(torch.randn(2, 3, 4, 2, 2), mask)


def test_input_that_is_no_clip():
    with pytest.raises(ValueError, match=r'x has shape \(4, 3, 2, 2\); a map'):
        build()(torch.randn(4, 3, 2, 2))


def test_wrong_type_of_tau():
    with pytest.raises(TypeError, match="tau='0.1' is a str"):
        TimeWiseAttention(scale='cosine', tau='0.1')


@pytest.mark.parametrize('scale', SCALES)
def test_values_that_are_not_finite_stay_in_their_clip(scale):
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 2, 2)
    broken = x.clone()
    broken[1, 0, 2, 0, 0] = torch.inf
    layer = build(scale=scale)
    assert torch.equal(layer(broken)[0], layer(x)[0])
    assert layer(broken)[1].isnan().any()


def test_learned_gain():
    """It starts at 0 and multiplies the added mixture of each channel."""
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 2, 3)
    layer = build(scale='cosine', gain_channels=3)
    assert count_parameters(layer) == 3 and torch.equal(layer(x), x)
    layer(x).square().sum().backward()
    assert layer.gain.grad.shape == (3, 1, 1) and (layer.gain.grad != 0).all()
    mixture = build(scale='cosine')(x) - x
    with torch.no_grad():
        layer.gain[:, 0, 0] = torch.tensor([1.0, -0.5, 0])
    factor = layer.gain.detach()[:, None]
    torch.testing.assert_close(layer(x).detach(), x + factor * mixture)


def test_mean_over_time_can_be_removed():
    """With a gain of -1, frames that do not change give 0."""
    layer = build(scale='cosine', gain_channels=2)
    torch.nn.init.constant_(layer.gain, -1)
    x = torch.randn(1, 2, 1, 3, 3).repeat(1, 1, 5, 1, 1)
    assert layer(x).abs().max() < 1e-6
    with pytest.raises(ValueError, match='x has 3 channels, gain_channels says 2'):
        layer(torch.randn(1, 3, 5, 3, 3))


@pytest.mark.parametrize('gain', [None, 3])
@pytest.mark.parametrize('grad', [False, True])
def test_channels_last_in_memory(gain, grad):
    """The same values; the order in memory stays."""
    torch.manual_seed(0)
    x = torch.randn(2, 3, 4, 5, 6)
    layer = build(scale='cosine', gain_channels=gain)
    if gain:
        torch.nn.init.normal_(layer.gain)
    expected = layer(x).detach()
    last = x.contiguous(memory_format=torch.channels_last_3d)
    given = last.clone(memory_format=torch.preserve_format)
    with torch.set_grad_enabled(grad):
        found = layer(given)
    torch.testing.assert_close(found.detach(), expected)
    assert found.is_contiguous(memory_format=torch.channels_last_3d)
    assert torch.equal(given, last)
