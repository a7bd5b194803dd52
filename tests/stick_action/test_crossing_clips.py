"""Clips of two actors that cross or touch."""

import json

import numpy as np
import pytest

from mmvkp.stick_action.classes import partner
from mmvkp.stick_action.crossing_clips import (
    CROSSING_CLASSES,
    MIN_VISIBLE,
    OVERLAP,
    OVERLAP_SHARE,
    centre_ceiling,
    make_crossing_clip,
)
from mmvkp.stick_action.render import figure_masks
from mmvkp.tubes.annotations import TubeAnnotations, load_tube_annotations
from tests.cli import run

SIZE = (64, 64)


def draw(name, seed, frames=20):
    return make_crossing_clip(name, frames, SIZE, np.random.default_rng(seed))


def iou(first, second):
    """Of two boxes with inclusive ends, in plain Python."""
    sides = [
        max(0, min(first[i + 2], second[i + 2]) - max(first[i], second[i]) + 1)
        for i in (0, 1)
    ]
    areas = [(b[2] - b[0] + 1) * (b[3] - b[1] + 1) for b in (first, second)]
    shared = sides[0] * sides[1]
    return shared / (sum(areas) - shared)


@pytest.mark.parametrize('seed', range(10))
def test_boxes_overlap_in_a_stated_share_of_the_frames(seed):
    """IoU of 0.3 in 40 % of the frames; each actor is visible."""
    assert (OVERLAP, OVERLAP_SHARE, MIN_VISIBLE) == (0.3, 0.4, 0.25)
    name = CROSSING_CLASSES[seed]
    first, second = draw(name, seed).actors
    close = [iou(a, b) >= 0.3 for a, b in zip(first.boxes, second.boxes)]
    assert np.mean(close) >= 0.4
    # Not in all frames, so that the actors can be told apart.
    assert not all(close)
    assert list(first.spans) == list(second.spans) == [name]
    far, near = (figure_masks(each.joints, each.look, SIZE) for each in (first, second))
    assert ((far & ~near).sum((1, 2)) >= 0.25 * far.sum((1, 2))).all()


def test_actors_change_sides_or_go_back():
    crossed = []
    for seed in range(30):
        first, second = draw('crouch', seed).actors
        sides = np.sign(first.joints[:, 5, 0] - second.joints[:, 5, 0])
        crossed.append(sides[0] != sides[-1])
    assert 0.2 < np.mean(crossed) < 0.8


@pytest.mark.parametrize('seed', range(5))
def test_the_partner_is_the_same_clip_backwards(seed):
    name = CROSSING_CLASSES[2 * seed]
    clip, other = draw(name, seed), draw(partner(name), seed)
    np.testing.assert_array_equal(clip.render(), other.render()[::-1])
    for actor, back in zip(clip.actors, other.actors):
        np.testing.assert_array_equal(actor.boxes, back.boxes[::-1])
        np.testing.assert_array_equal(actor.joints, back.joints[::-1])


def tube(*centres):
    """Boxes of 9 x 9 pixels around centres, from frame 1."""
    return np.array(
        [(i, x - 4, 16, x + 4, 24) for i, x in enumerate(centres, 1)], float
    )


def test_the_centre_ceiling_by_hand():
    """Centres at x = 20 (cell 5) and 27 (6), 28 (7), 20 (5), 40 (10); a fifth frame
    has one actor only: two of nine boxes are lost."""
    truth = TubeAnnotations(
        test_videos=[['a']],
        gttubes=dict(a={3: [tube(20, 20, 20, 20, 20), tube(27, 28, 20, 40)]}),
    )
    assert centre_ceiling(truth) == pytest.approx(7 / 9)


def test_the_command(tmp_path, capsys):
    out = tmp_path / 'out'
    words = ['data', 'stick-action', out, '--size', 'tiny', '--variant', 'occluded']
    words += ['--workers', 1]
    assert run(*words) == 0
    said = capsys.readouterr().out.splitlines()
    truth = load_tube_annotations(out / 'StickAction-GT.pkl')
    assert said[2] == 'test: 10 clips, 1 of each of 10 classes'
    assert said[3] == 'order-blind ceiling: 50.0 %'
    assert (
        said[4] == f'centre ceiling: {100 * centre_ceiling(truth):.1f} % of the boxes'
    )
    assert 0.5 < centre_ceiling(truth) < 0.95
    assert all(
        [len(tubes) for tubes in video.values()] == [2]
        for video in truth.gttubes.values()
    )
    settings = json.loads((out / 'settings.json').read_text())
    assert settings['classes'] == list(CROSSING_CLASSES)
    assert run('data', 'check', out) == 0


def test_bad_names():
    with pytest.raises(ValueError, match="name='walk-right' is not known"):
        draw('walk-right', 0)
