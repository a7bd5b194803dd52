"""Decisions about frames, worked out by hand."""

import pytest
import torch

from mmvkp.afnet.selection import (
    FixedSelection,
    NavigationModule,
    build_selector,
    choose,
)
from mmvkp.afnet.selection_options import SelectionOptions


def navigation(**kwargs):
    """One channel, two frames, weights (1, 2) and all ones."""
    module = NavigationModule(1, 2, **kwargs).eval()
    with torch.no_grad():
        module.conv.weight.copy_(torch.tensor([1.0, 2.0]).view(2, 1, 1, 1))
        module.mix.weight.fill_(1.0)
    return module


def frames(*means):
    """One-channel frames with the given means and nothing else alike."""
    offsets = torch.tensor([[1.0, -1.0], [3.0, -3.0]])
    return torch.stack([offsets + mean for mean in means])[:, None]


def test_the_larger_logit_wins_and_a_tie_skips():
    logits = torch.tensor([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
    assert choose(logits, None, False).tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize('bad', [float('nan'), float('inf'), -float('inf')])
def test_broken_logits_choose_nothing(bad):
    logits = torch.tensor([[0.0, bad], [bad, 0.0], [0.0, 1.0]])
    for temperature in (None, 1.0):
        mask = choose(logits, temperature, False)
        assert mask[:2].isnan().all() and mask[2] == 1


# With s the logistic function of (l1 - l0) / tau, the gradient to l1 is
# s (1 - s) / tau: 0.19661193 for 1 / 1 and 2 * 0.10499359 for 1 / 0.5.
@pytest.mark.parametrize('temperature, slope', [(1.0, 0.19661193), (0.5, 0.20998717)])
def test_the_value_is_hard_and_the_gradient_soft(temperature, slope):
    logits = torch.tensor([[0.0, 1.0]], requires_grad=True)
    mask = choose(logits, temperature, False)
    assert mask.item() == 1.0
    mask.backward()
    torch.testing.assert_close(logits.grad, torch.tensor([[-slope, slope]]))


def test_values_are_exactly_hard_with_noise():
    torch.manual_seed(0)
    mask = choose(torch.randn(1000, 2), 0.37, True)
    assert set(mask.tolist()) == {0.0, 1.0}


def test_noise_follows_the_softmax():
    """Odds of 3 to 1; the deviation of 20000 draws is 0.003."""
    torch.manual_seed(0)
    logits = torch.tensor([1.0, 3.0]).log().expand(20000, 2)
    assert abs(choose(logits, None, True).mean().item() - 0.75) < 0.015


def test_the_factor_of_the_noise_is_a_power_of_the_odds():
    """Half of the noise squares odds of 3 to 1; the deviation is 0.002."""
    torch.manual_seed(0)
    logits = torch.tensor([1.0, 3.0]).log().expand(20000, 2)
    assert abs(choose(logits, None, 0.5).mean().item() - 0.9) < 0.01


def test_training_without_noise_decides_like_a_test():
    """Initial logits are about 0.5 apart, so noise would change many decisions."""
    torch.manual_seed(0)
    module = NavigationModule(3, 4, keep_bias=1.5)
    x = torch.randn(64, 3, 2, 2)
    tested = module.eval()(x)
    module.train().norm.eval()
    assert not torch.equal(module(x), tested)
    module.noise_scale = 0.0
    mask = module(x)
    assert torch.equal(mask.detach(), tested) and mask.requires_grad


def test_dense_time_mixing_sees_all_frames():
    """Means 1 and -1 give (1, 2) and, after the ReLU, (0, 0)."""
    logits = navigation().logits(frames(1, -1))
    torch.testing.assert_close(
        logits, torch.tensor([[[4.0, 13.0], [4.0, 13.0]]]), rtol=1e-4, atol=0
    )


def test_grouped_time_mixing_sees_the_own_frame():
    logits = navigation(time_mixing='grouped').logits(frames(1, -1))
    torch.testing.assert_close(
        logits, torch.tensor([[[4.0, 13.0], [1.0, 10.0]]]), rtol=1e-4, atol=0
    )


def test_views_do_not_mix():
    module = navigation()
    both = module.logits(frames(1, -1, 5, 3))
    torch.testing.assert_close(both[:1], module.logits(frames(1, -1)))
    torch.testing.assert_close(both[1:], module.logits(frames(5, 3)))


def test_training_starts_with_nearly_every_frame():
    torch.manual_seed(0)
    module = NavigationModule(16, 8).train()
    assert module(torch.randn(800, 16, 4, 4)).mean() > 0.98


def test_noise_in_eval_is_the_released_code():
    torch.manual_seed(0)
    x = torch.zeros(200, 1, 2, 2)
    plain, noisy = navigation(), navigation(noise=True)
    for module in (plain, noisy):
        with torch.no_grad():
            module.mix.bias.copy_(torch.tensor([0.0, 0.1, 0.1, 0.0]))
    assert plain(x).tolist() == [1.0, 0.0] * 100
    assert 0.3 < noisy(x).mean() < 0.7
    assert not torch.equal(noisy(x), noisy(x))


def test_soft_weights_are_probabilities():
    """Softmax of (1, 10): 1 / (1 + exp(-9)) = 0.99987661."""
    module = navigation(soft=True)
    for mode in (True, False):
        weight = module.train(mode)(torch.zeros(4, 1, 2, 2))
        torch.testing.assert_close(weight, torch.full((4,), 0.99987661))


@pytest.mark.parametrize(
    'ratio, kept',
    [(0.5, [1, 3, 5, 7]), (0.25, [2, 6]), (0.01, [4]), (1.0, list(range(8)))],
)
def test_uniform_steps(ratio, kept):
    mask = FixedSelection(8, 'uniform', ratio)(torch.zeros(16, 1, 1, 1))
    assert mask.view(2, 8)[0].nonzero().flatten().tolist() == kept
    assert torch.equal(mask[:8], mask[8:])


@pytest.mark.parametrize('policy', ['random', 'normal'])
def test_drawn_frames(policy):
    torch.manual_seed(0)
    masks = FixedSelection(8, policy, 0.25)(torch.zeros(8000, 1, 1, 1))
    masks = masks.view(-1, 8)
    assert (masks.sum(1) == 2).all()
    often = masks.mean(0)
    # Densities at the ends and next to the centre: exp(-2) to exp(-0.04).
    assert abs(often[0] - often[-1]) < 0.06
    if policy == 'random':
        assert (often - 0.25).abs().max() < 0.06
    else:
        assert often[3] > 3 * often[0]


def test_all_keeps_all():
    assert FixedSelection(4, 'all')(torch.zeros(8, 1, 1, 1)).eq(1).all()


@pytest.mark.parametrize(
    'kwargs, error, message',
    [
        (dict(in_channels=0, num_segments=2), ValueError, r'in_channels=0'),
        (dict(in_channels=2, num_segments=2.0), TypeError, r'num_segments=2.0'),
        (
            dict(in_channels=2, num_segments=2, time_mixing='all'),
            ValueError,
            r"time_mixing='all'",
        ),
    ],
)
def test_bad_arguments(kwargs, error, message):
    with pytest.raises(error, match=message):
        NavigationModule(**kwargs)


@pytest.mark.parametrize('keep_bias', [10.0, 3.0])
def test_where_the_logits_start(keep_bias):
    module = NavigationModule(1, 2, keep_bias=keep_bias).eval()
    assert module.mix.bias.tolist() == [1.0, keep_bias, 1.0, keep_bias]
    with torch.no_grad():
        module.mix.weight.zero_()
    assert module.logits(frames(0.0, 1.0)).tolist() == [
        [[1.0, keep_bias], [1.0, keep_bias]]
    ]


def test_options_reach_the_navigation_module():
    options = SelectionOptions(keep_bias=3.0, time_mixing='grouped', noise=True)
    module = build_selector(options, 4, 2, dict(type='BN'))
    assert module.mix.bias.tolist() == [1.0, 3.0, 1.0, 3.0]
    assert module.mix.groups == 2 and module.noise and not module.soft
