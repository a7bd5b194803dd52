"""Clips whose class depends on an earlier motion."""

import json

import numpy as np
import pytest

from mmvkp.stick_action import make_dataset, make_settings
from mmvkp.stick_action.history_clips import (
    history_class_names,
    make_history_clip,
    sample_layout,
)
from mmvkp.stick_action.settings import all_clips
from mmvkp.stick_action.tube_files import make_content
from mmvkp.tubes.dataset import TubeDataset
from tests.cli import run

SIZE = (64, 64)


def draw(name, variant, seed, frames=None):
    frames = frames or dict(far=48, memory=72)[variant]
    return make_history_clip(name, variant, frames, SIZE, np.random.default_rng(seed))


def pair(variant, seed):
    names = history_class_names(variant)
    number = 2 * (seed % (4 if variant == 'far' else 1))
    return [(name, draw(name, variant, seed)) for name in names[number : number + 2]]


def test_classes():
    names = history_class_names('memory')
    assert names == ['kick-after-arms', 'kick-after-squat', 'arms', 'squat']
    names = history_class_names('far')
    assert len(set(names)) == 8
    # Both classes of a pair have the same last motion and different first ones.
    for even, odd in zip(names[::2], names[1::2]):
        assert even.split('-after-')[0] == odd.split('-after-')[0]
    # Each first motion belongs to one class, so that it gives the class away.
    assert len({name.split('-after-')[1] for name in names}) == 8


@pytest.mark.parametrize('seed', range(4))
def test_far_classes_share_the_last_16_frames_of_the_action(seed):
    (one, first), (two, second) = pair('far', seed)
    start, end = first.actors[0].spans[one]
    assert list(first.actors[0].spans.values()) == list(second.actors[0].spans.values())
    frames, others = first.render(), second.render()
    shared = slice(end - 15, len(frames))
    np.testing.assert_array_equal(frames[shared], others[shared])
    np.testing.assert_array_equal(frames[: start + 1], others[: start + 1])
    for a, b in ((first, second), (second, first)):
        joints, partner = a.actors[0].joints, b.actors[0].joints
        np.testing.assert_array_equal(joints[shared], partner[shared])
        assert np.abs(joints - partner)[start : end - 15].max() > 8
    # Both motions have about the same length: neither is a fraction of the tube.
    assert 31 <= end - start <= 36


@pytest.mark.parametrize('seed', range(4))
def test_memory_classes_differ_only_during_the_cue(seed):
    (one, first), (two, second) = pair('memory', seed)
    spans, others = first.actors[0].spans, second.actors[0].spans
    assert set(spans) == {'kick-after-arms', 'arms'}
    assert set(others) == {'kick-after-squat', 'squat'}
    assert spans['arms'] == others['squat'] and spans[one] == others[two]
    start, end = spans['arms']
    same = np.r_[: start + 1, end:72]
    np.testing.assert_array_equal(first.render()[same], second.render()[same])
    for name in ('joints', 'boxes'):
        np.testing.assert_array_equal(
            getattr(first.actors[0], name)[same], getattr(second.actors[0], name)[same]
        )
    # The cue can be seen in single frames: the wrists, or the head, are elsewhere.
    apart = np.abs(first.actors[0].joints - second.actors[0].joints)[
        start + 4 : end - 3
    ]
    assert apart.max((1, 2)).min() > 8


def test_no_clip_of_32_frames_has_both_motions_of_memory():
    for seed in range(300):
        (start, cue), (kick, end) = sample_layout(
            'memory', 72, np.random.default_rng(seed)
        )
        assert 0 < start < cue < kick < end < 71
        assert kick - cue > 32
        assert end - start <= 71


@pytest.mark.parametrize('variant', ['far', 'memory'])
def test_the_actor_rests_outside_its_motions(variant):
    """Up to joint noise; in memory also between both motions."""
    _, clip = pair(variant, 1)[0]
    (actor,) = clip.actors
    joints = actor.joints - clip.scene.camera[:, None]
    moving = np.zeros(len(joints), bool)
    for first, last in actor.spans.values():
        moving[first + 1 : last] = True
    height = np.ptp(joints[0, :, 1])
    assert np.ptp(joints[~moving], axis=0).max() < 0.12 * height
    assert not clip.scene.in_front.any()


def test_the_files_of_a_pair(tmp_path):
    """Frames on disk, ground truth and joints as `TubeDataset` reads them."""
    settings = make_settings('tiny', 'memory', frame_size=32)
    assert make_dataset(tmp_path, settings)
    assert (tmp_path / 'classes.txt').read_text().split() == settings['classes']
    assert settings['train'] == settings['test'] == 2
    data = TubeDataset(
        str(tmp_path / 'StickAction-GT.pkl'),
        [],
        dict(img=str(tmp_path / 'Frames')),
        filename_tmpl='{:05}.png',
        joint_prefix=str(tmp_path / 'joint_positions'),
        clip_len=8,
        test_mode=True,
    )
    assert data.videos == ['kick-after-arms/test_00000', 'kick-after-squat/test_00001']
    folders = [tmp_path / 'Frames' / video for video in data.videos]
    for clip, label, cue in zip(all_clips(settings)[2:], (0, 1), (2, 3)):
        content = make_content(clip, settings)
        info = data.get_data_info(72 * label)
        assert info['nframes'] == 72 and info['tube_labels'].tolist() == [label, cue]
        # Both tubes have the joints of the only actor.
        for joints in info['joints'].points:
            np.testing.assert_allclose(joints, content.actors[0].joints, atol=1e-4)
        spans = content.actors[0].spans
        for tube, name in zip(info['tubes'], settings['classes'][label::2]):
            assert tube[[0, -1], 0].tolist() == [spans[name][0] + 1, spans[name][1] + 1]
    start, end = spans['squat']
    names = [f'{number:05}.png' for number in range(1, 73)]
    equal = [
        len({(each / name).read_bytes() for each in folders}) == 1 for name in names
    ]
    assert all(equal[: start + 1] + equal[end:])
    assert not any(equal[start + 4 : end - 3])


@pytest.mark.parametrize('variant', ['far', 'memory'])
def test_the_command(tmp_path, capsys, variant):
    words = ['data', 'stick-action', tmp_path / 'out', '--size', 'tiny']
    words += ['--variant', variant, '--frame-size', 32, '--workers', 1]
    assert run(*words) == 0
    said = capsys.readouterr().out.splitlines()
    count = dict(far=8, memory=2)[variant]
    assert said[1:] == [
        f'train: {count} clips, 1 of each of {count} classes',
        f'test: {count} clips, 1 of each of {count} classes',
        'history-blind ceiling: 50.0 %',
    ]
    assert run('data', 'check', tmp_path / 'out') == 0
    settings = json.loads((tmp_path / 'out/settings.json').read_text())
    assert settings['history_blind_ceiling'] == 0.5
    assert 'order_blind_ceiling' not in settings
    assert run(*words) == 0 and 'already complete' in capsys.readouterr().out


def test_same_seed_same_clip():
    clips = [draw('kick-after-arms', 'memory', seed).render() for seed in (3, 3, 4)]
    np.testing.assert_array_equal(clips[0], clips[1])
    assert (clips[0] != clips[2]).any()


@pytest.mark.parametrize(
    'variant, options, message',
    [
        ('memory', dict(num_frames=71), 'num_frames=71 must be at least 72 in the'),
        ('far', dict(num_frames=43), 'num_frames=43 must be at least 44 in the'),
        ('memory', dict(train=3), 'train=3 must be a positive multiple of the 2'),
        ('memory', dict(speed_pair=True), 'the variant memory has its own classes'),
        ('far', dict(noise=2.0), 'noise only changes the variant crowd'),
        ('far', dict(val=8), 'val=8: the variant far has the splits train and test'),
    ],
)
def test_bad_settings(variant, options, message):
    with pytest.raises(ValueError, match=message):
        make_settings('tiny', variant, **options)


@pytest.mark.parametrize('variant, frames', [('far', 44), ('memory', 72)])
def test_the_shortest_clips_are_possible(variant, frames):
    for seed in range(50):
        first, last = sample_layout(variant, frames, np.random.default_rng(seed))
        assert 0 < first[0] < first[1] <= last[0] < last[1] < frames - 1
