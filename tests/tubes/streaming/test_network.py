"""Batches, errors and results of the interface of detectors, without a network."""

import numpy as np
import pytest

from mmvkp.tubes.online_tubes import FrameDetections
from mmvkp.tubes.streaming.network import TubeNetwork, Turn, complete, equal_keys
from mmvkp.tubes.streaming.stream_state import Waiting
from mmvkp.video import Frame

from .one_actor import EAGER, OneActor, frames_of, grey


def turns_of(network, *images):
    """The first frames of as many streams."""
    return [Turn(network.new_state(EAGER), Frame(1, 0.0, image)) for image in images]


def test_numbers_with_equal_keys():
    assert equal_keys({7: 'a', 2: 'b', 5: 'a'}) == [[7, 5], [2]]
    assert equal_keys({}) == []


@pytest.mark.parametrize(
    'clip_len, interval, delay, place',
    [(3, 1, 0, 2), (3, 2, 4, 0), (4, 1, 'centered', 2), (5, 3, 'centered', 2)],
)
def test_place_of_the_answered_frame(clip_len, interval, delay, place):
    """Position from 0 in the clip; without delay the last one."""
    assert OneActor(clip_len, interval, delay).place == place


def test_inputs_of_one_size_form_a_batch():
    network = OneActor()
    images = [grey(10), grey(20, 30, 50), grey(30)]
    turns = [
        Turn(turn.state, turn.frame._replace(number=number))
        for number, turn in enumerate(turns_of(network, *images), 1)
    ]
    assert network.extract(turns) == {}
    assert network.batches == [[1, 3], [2]]
    assert [turn.state.ring.clip().max() for turn in turns] == [10, 20, 30]


def test_an_error_concerns_its_frame_or_its_batch(monkeypatch):
    network = OneActor()
    turns = turns_of(network, grey(10), grey(20)[..., 0], grey(30, 30, 50), grey(40))
    store = network.store

    def failing(turns, packed):
        if packed[0]['inputs'].shape[0] == 30:
            raise RuntimeError('no memory')
        store(turns, packed)

    monkeypatch.setattr(network, 'store', failing)
    failures = network.extract(turns)
    assert sorted(failures) == [1, 2]
    assert 'a frame is uint8 (40, 120)' in str(failures[1])
    assert str(failures[2]) == 'no memory'
    assert [turn.state.number for turn in turns] == [1, 0, 0, 1]


def test_answers_of_complete_clips():
    """Two streams with a delay of one frame; the second one starts one frame later."""
    network = OneActor(delay=1)
    states = {4: network.new_state(EAGER), 9: network.new_state(EAGER)}
    for frame in frames_of(10, 20, 60):
        network.extract([Turn(states[4], frame)])
    for frame in frames_of(30, 30):
        network.extract([Turn(states[9], frame)])

    def rounds(flush):
        return [
            {
                number: (waiting.frame.number, found.class_scores[0, 1])
                for number, (waiting, found) in each.items()
            }
            for each in network.answer(states, flush)
        ]

    # Means of the clips: (10, 10, 20), (30, 30, 30) and (10, 20, 60).
    assert rounds(False) == [
        {4: (1, pytest.approx(40 / 300)), 9: (1, pytest.approx(0.3))},
        {4: (2, pytest.approx(0.3))},
    ]
    # The last frame is repeated: (20, 60, 60) and (30, 30, 30).
    assert rounds(True) == [
        {4: (3, pytest.approx(140 / 300)), 9: (2, pytest.approx(0.3))}
    ]
    assert rounds(True) == []


def completed(appearance, found, feature=None):
    """Detections in a frame that is red on the left and blue on the right."""
    link = EAGER._replace(appearance=appearance)
    image = np.zeros((40, 80, 3), np.uint8)
    image[:, :40, 0] = image[:, 40:, 2] = 255
    waiting = Waiting(Frame(7, 0.0, image), 0, None, (40, 80))
    return complete(found, OneActor().new_state(link), waiting, feature, 1.0, 4)


def two_boxes():
    boxes = np.float32([[2, 2, 5, 5], [66, 2, 69, 5]])
    return FrameDetections(boxes, np.ones(2), np.ones((2, 2)))


def test_appearance_for_the_linker():
    assert completed(None, two_boxes()).features is None
    colours = completed('colour', two_boxes()).features
    assert (colours @ colours.T).tolist() == [[1, 0], [0, 1]]
    # Stride 4: the centres 3.5 and 67.5 are 0.375 and 16.375 in cells.
    feature = np.tile(np.arange(20.0), (1, 10, 1))
    found = completed('network', two_boxes(), feature).features
    assert found.ravel().tolist() == [0.375, 16.375]


def test_detections_that_are_not_finite_are_an_error():
    found = two_boxes()
    found.scores[1] = np.nan
    error = completed('colour', found)
    assert isinstance(error, ValueError)
    assert 'detections in frame 7 are not finite' in str(error)


def test_thresholds_by_name():
    network = OneActor()
    link = EAGER._replace(class_thresholds=dict(bright=0.9))
    assert network.make_linker(link).options.class_thresholds == (0.3, 0.9)
    with pytest.raises(ValueError, match="'walk' is not a class"):
        network.new_state(EAGER._replace(class_thresholds=dict(walk=0.9)))


def test_states_have_their_own_parts():
    network = OneActor(rows=2)
    first, second = network.new_state(None), network.new_state(None)
    assert first.ring is not second.ring and first.linker is not second.linker
    assert first.bank_ring.length == 2 and first.bank_ring is not second.bank_ring
    assert OneActor().new_state(None).bank_ring is None


def test_parts_that_a_subclass_must_have():
    network = TubeNetwork()
    for part in (network.prepare, network.detect):
        with pytest.raises(NotImplementedError):
            part(None)
    with pytest.raises(NotImplementedError):
        network.store([], [])
