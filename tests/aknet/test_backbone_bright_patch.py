"""A short training moves the points of an AK-Net onto a moving patch."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

FRAMES, SIZE, PATCH, CELL, RATIO = 4, 32, 8, 4, 0.1
# In standard deviations of the noise.
BRIGHT = 1.5
STEPS = ((0, 3), (0, -3), (3, 0), (-3, 0))  # (y, x) pixels a frame


def make_clips(number, random):
    """Noise with a bright patch that moves in one of four directions.

    Shape:
        - returns: (number, FRAMES, 3, SIZE, SIZE) around 0, (number,)
          directions, and (number, FRAMES, 2) upper left corners (y, x).
    """
    clips = random.normal(size=(number, FRAMES, 3, SIZE, SIZE))
    labels = random.integers(len(STEPS), size=number)
    steps = np.array(STEPS)[labels][:, None] * np.arange(FRAMES)[None, :, None]
    low = np.maximum(0, -steps[:, -1])
    high = SIZE - PATCH - np.maximum(0, steps[:, -1])
    corners = random.integers(low, high + 1)[:, None] + steps
    for clip, places in zip(clips, corners):
        for frame, (y, x) in zip(clip, places):
            frame[:, y : y + PATCH, x : x + PATCH] += BRIGHT
    return clips.astype(np.float32), labels, corners


def touched(corners):
    """Cells that share a pixel with the patch.

    Shape:
        - corners: (N, T, 2), (y, x) pixels.
        - returns: (N, T, H, W), bool.
    """
    edges = np.arange(SIZE // CELL) * CELL
    y, x = (
        (corners[..., i, None] < edges + CELL) & (corners[..., i, None] + PATCH > edges)
        for i in (0, 1)
    )
    return y[..., None] & x[..., None, :]


def build():
    """AK-Net split after the first stage, whose cells have 4 pixels."""
    model = MODELS.build(
        dict(
            type='Recognizer2D',
            backbone=dict(
                type='AKNet',
                select_stage=0,
                keypoint_ratio=RATIO,
                base=dict(
                    type='SlimResNetTSM', depth=10, base_channels=8, num_segments=FRAMES
                ),
            ),
            cls_head=dict(
                type='AKHead',
                in_channels=64,
                map_channels=8,
                num_classes=len(STEPS),
                dropout_ratio=0.0,
            ),
        )
    )
    model.init_weights()
    return model


def train(model, random, steps=70):
    """Train on new clips at each step."""
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3)
    model.train()
    for _ in range(steps):
        clips, labels, _ = make_clips(16, random)
        samples = [ActionDataSample().set_gt_label(int(label)) for label in labels]
        losses = model(torch.from_numpy(clips), samples, mode='loss')
        loss = sum(each for name, each in losses.items() if 'loss' in name)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def share_on_patch(model, seed=1000):
    """Share of the selected points that touch the patch, new clips."""
    clips, _, corners = make_clips(32, np.random.default_rng(seed))
    model.eval()
    with torch.no_grad():
        found = model.backbone(torch.from_numpy(clips).flatten(0, 1))
    clip = np.arange(len(clips))[:, None]
    t, y, x = found.points.numpy().transpose(2, 0, 1)
    return touched(corners)[clip, t, y, x].mean()


def test_cells_that_touch_the_patch():
    """A patch of 8 pixels touches 2 cells of 4 pixels, or 3."""
    found = touched(np.array([[[8, 0], [9, 23]]]))[0]
    assert np.argwhere(found[0]).tolist() == [[2, 0], [2, 1], [3, 0], [3, 1]]
    assert np.flatnonzero(found[1].any(1)).tolist() == [2, 3, 4]
    assert np.flatnonzero(found[1].any(0)).tolist() == [5, 6, 7]


def test_clips_hold_the_patch_where_they_say():
    clips, labels, corners = make_clips(40, np.random.default_rng(0))
    assert set(labels.tolist()) == {0, 1, 2, 3}
    for clip, label, places in zip(clips, labels, corners):
        assert (np.diff(places, axis=0) == STEPS[label]).all()
        assert places.min() >= 0 and places.max() <= SIZE - PATCH
    means = [
        frame[:, y : y + PATCH, x : x + PATCH].mean()
        for clip, places in zip(clips, corners)
        for frame, (y, x) in zip(clip, places)
    ]
    assert np.mean(means) == pytest.approx(BRIGHT, abs=0.05)


@pytest.mark.parametrize('seed', [4, pytest.param(1, marks=pytest.mark.slow)])
def test_training_brings_the_points_onto_the_patch(seed):
    """Chance is the share of cells that touch the patch: 12 %.

    With seeds 0 to 5 the trained networks have 70 to 91 %, the untrained ones
    17 to 56 %: a heatmap of random weights follows brightness a little. Only
    the class, the direction of the movement, is given in training.
    """
    _, _, corners = make_clips(200, np.random.default_rng(5))
    chance = touched(corners).mean()
    assert chance == pytest.approx(0.12, abs=0.01)
    torch.manual_seed(seed)
    model = build()
    before = share_on_patch(model)
    train(model, np.random.default_rng(seed))
    after = share_on_patch(model)
    assert after > 5 * chance and after > before + 0.2, (before, after)
