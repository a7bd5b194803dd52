"""Clips with several actors."""

import numpy as np
import pytest

from mmvkp.stick_action.actors import Actor
from mmvkp.stick_action.classes import CLASSES, REVERSAL_PAIRS, partner
from mmvkp.stick_action.scene import Look, Scene
from mmvkp.stick_action.tube_clips import (
    MIN_VISIBLE,
    VARIANTS,
    TubeClip,
    make_tube_clip,
    sample_length,
)

SIZE = (64, 80)
WHITE = np.full((3, 3), 255.0)


def _clip(name, variant, seed, num_frames=16):
    return make_tube_clip(name, variant, num_frames, SIZE, np.random.default_rng(seed))


def _clips(variant, count=12):
    return [_clip(CLASSES[i % 12], variant, i) for i in range(count)]


def _empty(scene):
    """The scene with a black background, without distractors and noise."""
    return Scene(
        np.zeros_like(scene.background),
        scene.camera,
        scene.blobs[:0],
        scene.radii[:0],
        scene.colours[:0],
        scene.in_front[:0],
        np.zeros_like(scene.noise),
    )


def _painted(actor, grey):
    """The actor in one grey from 0 to 1."""
    look = Look(WHITE * grey, actor.look.thickness, actor.look.head_radius)
    return Actor(actor.joints, actor.boxes, look, {})


def _render(clip, scene=None, greys=None):
    """Actors in white, or in other greys, on black."""
    greys = np.ones(len(clip.actors)) if greys is None else greys
    actors = [_painted(actor, grey) for actor, grey in zip(clip.actors, greys)]
    scene = _empty(clip.scene) if scene is None else scene
    return TubeClip(scene, actors, clip.backwards).render()[..., 0]


@pytest.mark.parametrize('variant', VARIANTS)
def test_boxes_hold_the_pixels_of_the_figure_and_little_more(variant):
    for clip in _clips(variant):
        for actor in clip.actors:
            alone = TubeClip(clip.scene, [actor], clip.backwards)
            for frame, box in zip(_render(alone), actor.boxes):
                # Half covered by a limb in the shade, 0.72 x 255.
                ys, xs = np.nonzero(frame >= 92)
                seen = np.array([xs.min(), ys.min(), xs.max(), ys.max()])
                slack = (seen - box) * (1, 1, -1, -1)
                assert slack.min() >= 0 and slack.max() <= 1


@pytest.mark.parametrize('variant', VARIANTS)
@pytest.mark.parametrize('first, second', REVERSAL_PAIRS)
def test_the_partner_is_the_same_clip_backwards(variant, first, second):
    for seed in range(2):
        clip = _clip(CLASSES[first], variant, seed, 10)
        other = _clip(CLASSES[second], variant, seed, 10)
        np.testing.assert_array_equal(clip.render(), other.render()[::-1])
        assert len(clip.actors) == len(other.actors)
        for actor, back in zip(clip.actors, other.actors):
            np.testing.assert_array_equal(actor.joints, back.joints[::-1])
            np.testing.assert_array_equal(actor.boxes, back.boxes[::-1])
            assert {
                partner(name): (9 - last, 9 - start)
                for name, (start, last) in actor.spans.items()
            } == back.spans


def test_joints_belong_to_the_frames_also_backwards():
    """The head is drawn around its joint."""
    for name in ('walk-right', 'walk-backwards'):
        clip = _clip(name, 'trimmed', 3)
        frames = _render(clip)
        for frame, joints in zip(frames, clip.actors[0].joints):
            x, y = np.round(joints[2]).astype(int)
            assert frame[y, x] == 255


@pytest.mark.parametrize('variant', VARIANTS)
def test_half_of_each_actor_is_visible(variant):
    """Counted in the rendered frames, with the distractors in front."""
    for clip in _clips(variant, 24):
        scene, front = _empty(clip.scene), clip.scene.in_front
        scene.blobs, scene.radii = clip.scene.blobs[front], clip.scene.radii[front]
        scene.colours, scene.in_front = np.zeros((front.sum(), 3)), front[front]
        for i, actor in enumerate(clip.actors):
            alone = TubeClip(clip.scene, [actor], clip.backwards)
            among = TubeClip(clip.scene, clip.actors[i:], clip.backwards)
            greys = [1] + [0] * (len(among.actors) - 1)  # nearer ones hide it
            share = _render(among, scene, greys).sum((1, 2)) / _render(alone).sum(
                (1, 2)
            )
            # The choice was made at half the resolution of the drawing.
            assert share.min() > MIN_VISIBLE - 0.1


def test_trimmed_has_one_actor_who_acts_all_the_time():
    for i, clip in enumerate(_clips('trimmed')):
        assert [a.spans for a in clip.actors] == [{CLASSES[i]: (0, 15)}]


def test_untrimmed_has_several_actors_of_one_class_and_pauses():
    clips = [_clip(CLASSES[i % 12], 'untrimmed', i, 40) for i in range(36)]
    assert {len(clip.actors) for clip in clips} == {1, 2, 3}
    shares = []
    for i, clip in enumerate(clips):
        for actor in clip.actors:
            assert list(actor.spans) == [CLASSES[i % 12]]
            ((first, last),) = actor.spans.values()
            shares.append((last - first + 1) / 40)
            # Outside its action an actor stands still, up to noise.
            moved = (
                actor.joints
                - clip.scene.camera[:: -1 if clip.backwards else 1][:, None]
            )
            still = np.concatenate([moved[: first + 1], moved[last:]])
            ends = np.split(still, [first + 1])
            height = np.ptp(actor.joints[..., 1])
            for end in ends:
                assert np.ptp(end, axis=0).max() < 0.12 * height
    # As in UCF101-24, where tubes cover 0.70 of their video on average.
    assert 0.55 < np.mean(shares) < 0.8
    assert min(shares) > 0.2 and max(shares) > 0.85


def test_multi_label_actors_do_one_thing_or_two():
    counts, names = [], set()
    for i in range(60):
        clip = _clip(CLASSES[i % 12], 'multi-label', i)
        assert CLASSES[i % 12] in clip.actors[0].spans
        for actor in clip.actors:
            counts.append(len(actor.spans))
            names.add(frozenset(actor.spans))
            directions = {
                CLASSES.index(name) % 2 for name in actor.spans if name in CLASSES
            }
            assert directions <= {int(clip.backwards)}
    assert set(counts) == {1, 2}
    assert frozenset(['walk-right', 'wave-slow']) in names


def test_same_generator_same_clip():
    for variant in VARIANTS:
        frames = _clip('push', variant, 3).render()
        assert frames.shape == (16, *SIZE, 3) and frames.dtype == np.uint8
        np.testing.assert_array_equal(frames, _clip('push', variant, 3).render())
        assert (frames != _clip('push', variant, 4).render()).any()


def test_lengths():
    lengths = {sample_length(40, np.random.default_rng(seed)) for seed in range(300)}
    assert lengths == set(range(30, 41))


def test_bad_arguments():
    with pytest.raises(ValueError, match="variant='cut' is not known"):
        _clip('push', 'cut', 0)
    with pytest.raises(ValueError, match="name='jump' is not known"):
        _clip('jump', 'trimmed', 0)


def test_record_for_the_tables():
    clip = _clip('lean', 'untrimmed', 2)
    record = clip.record()
    assert record.num_frames == 16 and len(record.actors) == len(clip.actors)
    for (boxes, spans), actor in zip(record.actors, clip.actors):
        assert boxes is actor.boxes and spans is actor.spans
