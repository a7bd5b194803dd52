"""Memory of a training step against hand counts."""

from pathlib import Path

import pytest
import torch
from torch import nn

from mmvkp.recognition.activation_checkpoint_hook import checkpoint_activations
from mmvkp.recognition.training_memory import (
    LiveMemory,
    TrainingMemory,
    step_peak,
    training_memory,
)
from tests.cli import run

ROOT = Path(__file__).resolve().parents[2]
LIGHT = str(
    ROOT / 'configs/detection/point3d/point3d_r18_1xb8-8x1x1-1e_stick-tubes-rgb.py'
)
MAP = 4 * 1024  # bytes of a map of 1024 numbers
ROUNDING = 64  # bytes of sums and of other single numbers


def test_storages_count_while_they_exist():
    with LiveMemory() as memory:
        first = torch.zeros(100, device='meta')
        view = first.view(10, 10)[2:]
        second = view + 1
        assert memory.live == 400 + 320
        del first, view
        assert memory.live == 320
        del second
    assert (memory.live, memory.peak) == (0, 720)


def chain(parts):
    """Eight ReLUs on one map, in equal parts."""
    return nn.Sequential(
        *(nn.Sequential(*(nn.ReLU() for _ in range(8 // parts))) for _ in range(parts))
    )


@pytest.mark.parametrize(
    'patterns, parts, maps',
    [
        ([], 1, 8 + 1),  # eight maps, and the gradient of the last one
        # The output is released before the eight maps are made again.
        (['*'], 1, 8 + 1),
        # Inputs of the last three parts, of which one is made of two maps again.
        (['*'], 4, 3 + 2 + 1),
    ],
)
def test_a_chain_of_maps(patterns, parts, maps):
    x = nn.Parameter(torch.zeros(1024, device='meta'))
    model = chain(parts)
    checkpoint_activations(model, patterns)
    peak = step_peak(lambda: model(x))
    assert maps * MAP <= peak <= maps * MAP + ROUNDING


def convolutions():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU(inplace=True),
        nn.Conv2d(8, 8, 1, bias=False),
    )


def test_shapes_alone_give_the_memory_of_the_cpu():
    peaks = []
    for device in ('cpu', 'meta'):
        model = convolutions().to(device)
        x = torch.zeros(2, 3, 16, 16, device=device)
        peaks.append(step_peak(lambda: model(x)))
    assert peaks[0] == peaks[1]


def test_half_precision_halves_maps_but_not_gradients_of_weights():
    """Stored are both inputs of convolutions, the input of the norm and its output
    (the ReLU works in place), and copies of the weights; the last output is float."""
    model = convolutions().to('meta')
    x = torch.zeros(2, 3, 64, 64, device='meta')
    weights = 8 * 3 * 9 + 8 * 8
    with LiveMemory() as memory:
        out = model(x)
        single = memory.live
    maps = 2 * 8 * 64 * 64
    assert single == pytest.approx(3 * 4 * maps, abs=200)
    del out
    full, half = (step_peak(lambda: model(x), amp) for amp in (False, True))
    # The output of the network and its gradient.
    assert full == pytest.approx(4 * 4 * maps, rel=0.1)
    assert half == pytest.approx(full / 2 + 2 * x.numel() + 2 * weights, rel=0.3)
    assert half < 0.75 * full
    assert torch.nn.functional.conv2d.__name__ == 'conv2d'  # restored


@pytest.mark.slow
def test_the_light_recipe():
    """742 008 weights with gradients and two moments of Adam: 16 bytes each."""
    counts = training_memory(LIGHT, 8, (64, 64), ['backbone.layer*.*'])
    plain, less = counts[False, False], counts[False, True]
    for each in (plain, less):
        assert 16 * 742008 <= each.fixed < 18 * 742008
    assert less.clip < 0.9 * plain.clip
    assert counts[True, False].clip < 0.8 * plain.clip
    # Half of the frames, half of the memory.
    half = training_memory(LIGHT, 4, (64, 64))
    assert half[False, False].clip == pytest.approx(plain.clip / 2, rel=0.05)
    assert set(half) == {(False, False), (True, False)}


def test_the_largest_batch():
    gib = 2**30
    assert TrainingMemory(2 * gib, 3 * gib).largest_batch(11) == 3
    assert TrainingMemory(2 * gib, 3 * gib).largest_batch(1) == 0


@pytest.mark.slow
def test_the_command(capsys):
    words = ['benchmark', 'memory', LIGHT, '--frames', 8, '--size', 64, 64]
    assert run(*words, '--modules', 'backbone.layer*.*', '--gib', 2) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == '| AMP | checkpointing | fixed | each clip | batch, 2 GiB |'
    rows = [[cell.strip() for cell in line.split('|')[1:-1]] for line in lines[2:]]
    assert [row[:2] for row in rows] == [['', ''], ['', 'x'], ['x', ''], ['x', 'x']]
    batches = [int(row[-1]) for row in rows]
    assert batches[0] < batches[1] < batches[3] and batches[0] < batches[2]
    assert run(*words, '--modules', 'nothing') == 1
    assert "modules=['nothing'] fit no module" in capsys.readouterr().err
