"""Attention to the bank: values, counts and masks."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from mmvkp.point3d.bank.attention import BankAttention, NonLocalBlock
from mmvkp.point3d.bank.window import BankWindow
from mmvkp.recognition.complexity import count_macs, count_parameters

CHANNELS, WIDTH, CENTERS, WINDOW = 6, 4, 2, 3


def build(**options):
    torch.manual_seed(0)
    return MODELS.build(
        dict(
            dict(
                type='BankAttention',
                in_channels=CHANNELS,
                mid_channels=WIDTH,
                num_centers=CENTERS,
                window=WINDOW,
            ),
            **options,
        )
    )


def scene(length=7, frames=5, batch=2):
    torch.manual_seed(1)
    clips = torch.randn(batch, CHANNELS, frames, 3, 3)
    rows = torch.randn(batch, length, 1 + CENTERS, CHANNELS).half()
    return clips, rows, torch.ones(batch, length, dtype=torch.bool)


def awake(**options):
    """A module whose last layer is no longer 0, nor the norm the identity."""
    module = build(**options)
    torch.nn.init.normal_(module.out.weight)
    torch.nn.init.normal_(module.norm.weight)
    return module


def test_starts_as_the_network_without_it():
    module = build(init_cfg=dict(type='Normal', layer='Linear', std=1.0))
    module.init_weights()
    clips, rows, present = scene()
    assert torch.equal(module(clips, rows, present), clips)
    module(clips, rows, present).square().sum().backward()
    assert module.out.weight.grad.abs().sum() > 0
    assert all(each.grad is not None for each in module.parameters())


def standard(x):
    return (x - x.mean()) / (x.var(correction=0) + 1e-5).sqrt()


def test_against_loops():
    """One query after the other, in double precision."""
    module, (clips, rows, present) = awake().double(), scene()
    clips = clips.double()
    present[0, :3] = False
    out = module(clips, rows, present)
    for b in range(2):
        keys = [
            module.rows(module.norm.weight * standard(row.double())).relu()
            for f in range(7)
            if present[b, f]
            for row in rows[b, f]
        ]
        for t in range(5):
            x = module.query(clips[b, :, t].mean((1, 2)))
            for block in module.blocks:
                logits = [block.query(x) @ block.key(key) / 2 for key in keys]
                weights = torch.stack(logits).softmax(0)
                found = sum(w * block.value(key) for w, key in zip(weights, keys))
                x = x + block.out(standard(found).clamp(min=0))
            expected = clips[b, :, t] + module.out(x)[:, None, None]
            assert torch.allclose(out[b, :, t], expected, atol=1e-6)


def test_masked_rows_have_no_influence():
    module, (clips, rows, present) = awake(), scene()
    present[:, 4:] = False
    out = module(clips, rows, present)
    rows[:, 4:] = 100
    assert torch.equal(module(clips, rows, present), out)
    rows[:, 3] = 100
    assert not torch.equal(module(clips, rows, present), out)


def test_without_any_row():
    """As at the first frame of a bank that has nothing: finite, also gradients."""
    module, (clips, rows, present) = awake(), scene()
    present[:] = False
    out = module(clips, rows, present)
    other = module(clips, torch.zeros_like(rows), present)
    assert torch.equal(out, other)
    out.sum().backward()
    for param in module.parameters():
        assert param.grad.isfinite().all()


@pytest.mark.parametrize('causal, length', [(False, 7), (True, 4)])
def test_counts(causal, length):
    module, frames = build(causal=causal), 5
    block = 4 * (WIDTH * WIDTH + WIDTH) + 2 * WIDTH
    parameters = 2 * (CHANNELS * WIDTH + WIDTH) + 2 * block
    parameters += WIDTH * CHANNELS + CHANNELS + 2 * CHANNELS
    assert count_parameters(module) == parameters
    keys = length * (1 + CENTERS)
    macs = (frames + keys) * CHANNELS * WIDTH + frames * WIDTH * CHANNELS
    # Query and output for each frame, key and value for each row, and two products.
    macs += 2 * (2 * frames + 2 * keys) * WIDTH**2 + 2 * 2 * frames * keys * WIDTH
    clips, rows, present = scene(length, batch=1)
    assert count_macs(module, clips, rows, present) == macs


def sample_with(shape, frames=7):
    sample = ActionDataSample()
    rows = torch.zeros(frames, *shape, dtype=torch.float16)
    window = BankWindow(rows, torch.ones(frames, dtype=torch.bool), 'a', 'x.npz')
    sample.set_metainfo(dict(video_id='jump/a', bank=window))
    return sample


def test_rows_of_samples():
    module, (clips, _, _) = build(), scene()
    samples = [sample_with((3, CHANNELS)) for _ in range(2)]
    rows, present, windows = module.collect(samples, clips)
    assert rows.shape == (2, 7, 3, CHANNELS) and present.all() and len(windows) == 2
    rows, present, windows = module.collect(None, clips)
    assert rows.shape == (2, 7, 3, CHANNELS) and not present.any() and not windows


def test_bfloat16():
    module, (clips, _, _) = awake(), scene()
    samples = [sample_with((3, CHANNELS)) for _ in range(2)]
    with torch.autocast('cpu', dtype=torch.bfloat16):
        rows, present, _ = module.collect(samples, clips.bfloat16())
        out = module(clips.bfloat16(), rows, present)
    exact = module(clips, rows, present)
    torch.testing.assert_close(out.float(), exact, rtol=0.05, atol=0.05)


@pytest.mark.parametrize('shape', [((3, 5), 7), ((2, CHANNELS), 7), ((3, CHANNELS), 4)])
def test_rows_of_another_shape(shape):
    sample = sample_with(*shape)
    with pytest.raises(ValueError, match=r'x.npz .*window=3, causal=False.*write-bank'):
        build().collect([sample], scene()[0])


def test_samples_without_rows():
    with pytest.raises(ValueError, match='jump/b has no rows.*LoadBank'):
        sample = ActionDataSample(metainfo=dict(video_id='jump/b'))
        build().collect([sample], scene()[0])


@pytest.mark.parametrize('name', ['in_channels', 'mid_channels', 'num_centers'])
def test_bad_widths(name):
    with pytest.raises(ValueError, match=f'BankAttention: {name}=0'):
        build(**{name: 0})


def test_other_bad_options():
    with pytest.raises(ValueError, match='BankAttention: num_blocks=0'):
        build(num_blocks=0)
    with pytest.raises(ValueError, match='BankAttention: window=0'):
        build(window=0)
    with pytest.raises(TypeError, match="BankAttention: causal='no'"):
        build(causal='no')
    with pytest.raises(ValueError, match='clips has 5 channels'):
        build()(torch.zeros(1, 5, 2, 3, 3), *scene(batch=1)[1:])


def test_number_of_blocks():
    assert len(build(num_blocks=3).blocks) == 3
    assert all(isinstance(each, NonLocalBlock) for each in build().blocks)
    assert isinstance(build(), BankAttention)
