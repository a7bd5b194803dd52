"""Several streams through one network equal single streams."""

import cv2
import numpy as np
import pytest

from mmvkp.point3d.streaming.inferencer import TubeInferencer
from mmvkp.point3d.streaming.stream_network import StreamNetwork
from mmvkp.tubes.online_tubes import LinkOptions
from mmvkp.tubes.streaming.stream_group import StreamGroup

from ...point3d.tiny_point3d import (
    CLIP_LEN,
    RESIZE,
    moving_frames,
    point3d_config,
    save_detector,
)

LINK = LinkOptions(
    min_length=1, start_score=0, keep_score=0, motion=True, appearance='network'
)


@pytest.fixture()
def paths(tmp_path, monkeypatch):
    """Three folders of frames of different lengths and sizes, and a detector."""
    monkeypatch.chdir(tmp_path)
    sizes = dict(a=(7, 64, 64), b=(4, 48, 80), c=(6, 64, 64))
    for seed, (name, (count, height, width)) in enumerate(sizes.items()):
        (tmp_path / name).mkdir()
        for number, image in enumerate(moving_frames(count, height, width, seed), 1):
            cv2.imwrite(f'{name}/{number:02}.png', image[..., ::-1])
    return save_detector(tmp_path, point3d_config(RESIZE))


def compare(ours, theirs):
    """Equal tubes of a frame or of a video."""
    assert len(ours) == len(theirs)
    for one, two in zip(ours, theirs):
        assert one.boxes == pytest.approx(two.boxes, rel=1e-5, abs=1e-5)
        assert one.class_scores == pytest.approx(two.class_scores, abs=1e-5)
        assert (one.id, one.label, one.frames.tolist()) == (
            *(two.id, two.label),
            two.frames.tolist(),
        )


@pytest.mark.parametrize('delay', [0, 'centered'])
def test_equals_single_streams(paths, delay):
    group = StreamGroup(StreamNetwork(*paths, delay=delay), LINK)
    frames, ids = {}, {}
    for number, frame, tubes in group.stream('abc'):
        assert frame.number == tubes.frame
        frames.setdefault(number, []).append(frame.number)
        ids.setdefault(number, []).append(tubes.ids.tolist())
    assert frames == {i: list(range(1, n + 1)) for i, n in enumerate((7, 4, 6))}
    assert not group.failures
    single = TubeInferencer(*paths, delay=delay, link=LINK)
    linker = single.linker
    for number, name in enumerate('abc'):
        single.linker = type(linker)(linker.options)
        wanted = [tubes.ids.tolist() for _, tubes in single.stream(name)]
        single.finish()
        assert ids[number] == wanted
    for ours, name in zip(group.infer('abc'), 'abc'):
        single.linker = type(linker)(linker.options)
        compare(ours, single.infer(name))
    assert sum(map(len, ids[0])) > 7


def test_one_batch_for_a_step(paths):
    """Frames of all streams of the same input size run together."""
    network, shapes = StreamNetwork(*paths), []
    for part in (network.model.backbone, network.model.clip_backbone):
        part.register_forward_hook(
            lambda module, given, out: shapes.append(tuple(given[0].shape))
        )
    list(StreamGroup(network).stream('aa', max_frames=2))
    assert sum(shape[0] for shape in shapes if len(shape) == 4) == 4
    wanted = 2 * [(2, 3, 64, 64), (2, 8, CLIP_LEN, 16, 16)]
    # A busy machine may deliver the frames of one step in two.
    assert shapes == wanted or len(shapes) > len(wanted)


def test_a_failing_stream_does_not_stop_the_others(paths):
    cv2.imwrite('b/03.png', np.zeros((20, 20, 3), np.uint8))  # another size
    with open('c/05.png', 'w') as file:
        file.write('x')
    group = StreamGroup(StreamNetwork(*paths, delay=2), LINK)
    tubes = group.infer(['a', 'b', 'none.mp4', 'c'])
    assert {each: str(error) for each, error in group.failures.items()} == {
        1: 'TubeStream: frame 3 has 20 x 20 pixels, those before 80 x 48. Resize '
        'it, or call finish() to start another stream.',
        2: str(group.failures[2]),
        3: 'c/05.png cannot be read as a picture.',
    }
    assert isinstance(group.failures[2], FileNotFoundError)
    last = [max((each.frames[-1] for each in found), default=0) for found in tubes]
    assert last == [7, 2, 0, 4]


def test_detections_that_are_not_finite_end_one_stream(paths, monkeypatch):
    group = StreamGroup(StreamNetwork(*paths), LINK)
    store = group.network.store

    def broken(turns, packed):
        store(turns, packed)
        for state, frame, _ in turns:
            if state is group.states[1] and frame.number == 2:
                state.ring.maps.fill_(float('nan'))

    monkeypatch.setattr(group.network, 'store', broken)
    frames = [(number, frame.number) for number, frame, _ in group.stream('abc')]
    assert 'frame 2 are not finite' in str(group.failures.pop(1)) and not group.failures
    assert [sum(each[0] == number for each in frames) for number in range(3)] == [
        *(7, 1, 6)
    ]


def test_names_of_thresholds(paths):
    link = LINK._replace(class_thresholds=dict(wave=0.9))
    group = StreamGroup(StreamNetwork(*paths), link)
    group.open('ab')
    assert group.states[1].linker.options.class_thresholds == (0.3, 0.3, 0.9)
    with pytest.raises(ValueError, match="'walk' is not a class"):
        TubeInferencer(*paths, link=LINK._replace(class_thresholds=dict(walk=1)))
