"""The two graphs of a detector made by hand, whose boxes and scores are known."""

import mmvkp  # noqa: F401, isort: skip
import numpy as np
import pytest
import torch

from mmvkp.point3d.bank.rows import frame_rows as torch_rows
from mmvkp.runtime.tube_network import ExportedTubes, frame_rows
from mmvkp.tubes.online_tubes import LinkOptions
from mmvkp.tubes.streaming.network import Turn
from mmvkp.video import Frame

pytest.importorskip('onnxruntime')
hand_made = pytest.importorskip('tests.runtime.hand_made')

SCORE = 1 / (1 + np.exp(-5))  # of a cell with the level 100
LINK = LinkOptions(min_length=1)


def scene(*cells, color=0, size=1):
    """A green frame of the level 5; some cells of 4 x 4 pixels have the level 100 of
    another colour. `size` enlarges it."""
    image = np.zeros((16, 24, 3), np.uint8)
    image[..., 1] = 5
    for x, y in cells:
        image[4 * y : 4 * y + 4, 4 * x : 4 * x + 4] = 100 * (np.arange(3) == color)
    return image.repeat(size, 0).repeat(size, 1)


def detect(network, *images, state=None, flush=True):
    """Detections of the frames of a stream, by frame."""
    state = state or network.new_state(LINK)
    found = {}
    for number, image in enumerate(images, state.number + 1):
        failures = network.extract([Turn(state, Frame(number, 0.0, image))])
        assert not failures, failures
        for results in network.answer({0: state}, flush and number == len(images)):
            waiting, detections = results[0]
            found[waiting.frame.number] = detections
    return found


def test_boxes_and_classes_by_hand(tmp_path):
    """The middle of cell (3, 1) is (3.5, 1.5): the box is (2.5, 0, 4.5, 3) in cells, 4
    times that in pixels of the network and twice this in pixels of the frame."""
    network = ExportedTubes(hand_made.write_detector(tmp_path))
    assert (network.classes, network.delay) == (['red', 'green', 'blue'], 0)
    found = detect(network, scene((3, 1), size=2))[1]
    assert found.boxes.tolist() == [[20, 0, 36, 24]]
    assert found.scores == pytest.approx([SCORE], rel=1e-5)
    # Mean colour of 24 cells: 100 / 24, 5 * 23 / 24 and 0.
    means = np.array([[100 / 24, 115 / 24, 0]]) / 10
    assert found.class_scores == pytest.approx(SCORE * means, rel=1e-5)
    assert found.joints is None and found.boxes.dtype == np.float32


def test_boxes_end_inside_the_frame(tmp_path):
    """Cell (5, 3): (4.5, 2, 6.5, 5) in cells; the last pixel is (23, 15)."""
    network = ExportedTubes(hand_made.write_detector(tmp_path))
    found = detect(network, scene((5, 3), (0, 0)))[1]
    assert found.boxes.tolist() == [[0, 0, 6, 8], [18, 8, 23, 15]]


def test_scores_below_the_threshold_are_left_out(tmp_path):
    """Cells of the level 5 have the probability 0.0067."""
    path = hand_made.write_detector(tmp_path, score_thr=0.001)
    assert len(detect(ExportedTubes(path), scene((3, 1)))[1]) == 5  # max_per_frame
    path = hand_made.write_detector(tmp_path, score_thr=0.999)
    assert len(detect(ExportedTubes(path), scene((3, 1)))[1]) == 0


def test_clips_of_two_frames(tmp_path):
    """Without delay a frame is the last one of its clip, with a delay the first one."""
    path = hand_made.write_detector(tmp_path)
    frames = [scene((3, 1)), scene((3, 1), (0, 3)), scene((3, 1))]
    now, late = (detect(ExportedTubes(path, delay=each), *frames) for each in (0, 1))
    red = {
        name: [found[number].class_scores[0, 0] / SCORE * 240 / 50 for number in found]
        for name, found in (('now', now), ('late', late))
    }
    # Red cells in the clips (1, 1), (1, 2), (2, 3) and (1, 2), (2, 3), (3, 3).
    assert red['now'] == pytest.approx([2, 3, 3], rel=1e-5)
    assert red['late'] == pytest.approx([3, 3, 2], rel=1e-5)


def test_without_a_3d_head_the_class_is_that_of_the_box(tmp_path):
    network = ExportedTubes(hand_made.write_detector(tmp_path, has_clips=False))
    assert network.clips is None and not (tmp_path / 'm.clip.onnx').exists()
    found = detect(network, scene((3, 1), color=2))[1]
    assert found.class_scores == pytest.approx(np.array([[0, 0, SCORE]]), rel=1e-5)


def test_boxes_of_the_second_graph(tmp_path):
    """With a delay the box is that of the first frame of the clip."""
    path = hand_made.write_detector(tmp_path, point_input='twa')
    frames = [scene((3, 1)), scene((1, 1))]
    for delay in (0, 1):
        found = detect(ExportedTubes(path, delay=delay), *frames)
        assert [found[number].boxes[0, 0] for number in (1, 2)] == [10, 2]
        assert found[1].scores == pytest.approx([SCORE], rel=1e-5)


def test_rows_of_the_bank_reach_the_second_graph(tmp_path):
    """A row is the mean colour of the frame, the other one the colour of its best cell;
    rows of frames before the stream are 0."""
    path = hand_made.write_detector(tmp_path, bank=[3, 2, 3])
    network = ExportedTubes(path)
    assert network.new_bank_ring().length == 3
    assert ExportedTubes(hand_made.write_detector(tmp_path)).new_bank_ring() is None
    found = detect(network, *[scene((3, 1))] * 4)
    row = np.array([100 / 24 + 100, 115 / 24, 0]) / 2
    for number in (1, 2, 3, 4):
        count = min(number, 3)
        wanted = SCORE * (row * count / 3 + count)
        assert found[number].class_scores[0] == pytest.approx(wanted, rel=1e-3)


def test_streams_form_a_batch(tmp_path, monkeypatch):
    network, sizes = ExportedTubes(hand_made.write_detector(tmp_path)), []
    run = network.frames.run
    monkeypatch.setattr(
        network.frames, 'run', lambda x: (sizes.append(len(x)), run(x))[1]
    )
    states = [network.new_state(LINK) for _ in range(2)]
    images = [scene((3, 1)), scene((1, 1), size=2)]
    turns = [Turn(*each) for each in zip(states, (Frame(1, 0.0, x) for x in images))]
    assert network.extract(turns) == {} and sizes == [2]
    (found,) = network.answer(dict(enumerate(states)))
    # The second frame has twice the pixels.
    assert found[0][1].boxes.tolist() == [[10, 0, 18, 12]]
    assert found[1][1].boxes.tolist() == [[4, 0, 20, 24]]


def test_an_error_concerns_one_stream(tmp_path, monkeypatch):
    network = ExportedTubes(hand_made.write_detector(tmp_path))
    states = [network.new_state(LINK) for _ in range(2)]
    images = [scene((3, 1)), scene((3, 1), (0, 3))]
    for state, image in zip(states, images):
        network.extract([Turn(state, Frame(1, 0.0, image))])
    run = network.clips.run

    def failing(clips):
        if clips[0, 0, 0].max() == clips[0, 0, 0, 3, 0]:
            raise RuntimeError('no memory')
        return run(clips)

    monkeypatch.setattr(network.clips, 'run', failing)
    (found,) = network.answer(dict(enumerate(states)))
    assert len(found[0][1]) == 1 and str(found[1][1]) == 'no memory'


def test_scores_that_are_not_numbers_are_an_error(tmp_path):
    """They are below no threshold: the frame must not look empty."""
    network = ExportedTubes(hand_made.write_detector(tmp_path, bias=float('nan')))
    error = detect(network, scene((3, 1)))[1]
    assert isinstance(error, ValueError)
    assert 'detections in frame 1 are not finite' in str(error)


def test_frames_of_another_size_than_the_export(tmp_path):
    network = ExportedTubes(hand_made.write_detector(tmp_path, steps=[]))
    state = network.new_state(LINK)
    turn = Turn(state, Frame(1, 0.0, scene(size=2)))
    (error,) = network.extract([turn]).values()
    assert 'samples of shape (3, 16, 24), these are (3, 32, 48)' in str(error)


def test_files_that_do_not_fit(tmp_path):
    path = hand_made.write_detector(tmp_path)
    (tmp_path / 'b').mkdir()
    hand_made.write_detector(tmp_path / 'b', network='b')
    (tmp_path / 'b' / 'm.clip.onnx').replace(tmp_path / 'm.clip.onnx')
    with pytest.raises(ValueError, match='m.clip.onnx are parts of different exports'):
        ExportedTubes(path)
    (tmp_path / 'm.clip.onnx').unlink()
    with pytest.raises(FileNotFoundError, match='no exported model .*m.clip.onnx'):
        ExportedTubes(path)
    hand_made.write(tmp_path / 'm.frame.onnx')
    with pytest.raises(ValueError, match='m.frame.onnx is a recognizer; open it with'):
        ExportedTubes(path)


def test_names_and_delays_that_do_not_fit(tmp_path):
    path = hand_made.write_detector(tmp_path)
    names = tmp_path / 'names.txt'
    names.write_text('a\nb\nc\n')
    assert ExportedTubes(path, str(names)).classes == ['a', 'b', 'c']
    names.write_text('a\nb\n')
    with pytest.raises(ValueError, match='names for 2 classes, the scores are for 3'):
        ExportedTubes(path, str(names))
    with pytest.raises(ValueError, match="delay=2 must be 'centered' or a multiple"):
        ExportedTubes(path, delay=2)


def test_rows_of_a_frame_by_hand():
    """The mean, and the colours of the best cells in their order."""
    feature = np.zeros((2, 2, 4), np.float32)
    feature[0], feature[1] = 1, np.arange(8).reshape(2, 4)
    heatmap = np.full((1, 2, 4), -4, np.float32)
    heatmap[0, 0, 3], heatmap[0, 1, 0] = 1, 2
    rows = frame_rows(feature, heatmap, 2)
    assert rows.tolist() == [[1, 3.5], [1, 4], [1, 3]] and rows.dtype == np.float16


def test_rows_of_a_bank_equal_torch():
    generator = torch.Generator().manual_seed(5)
    feature = 2 * torch.randn(1, 3, 12, 15, generator=generator)
    heatmap = 2 * torch.randn(1, 2, 12, 15, generator=generator)
    expected = torch_rows(feature, heatmap, 4)[0].numpy()
    found = frame_rows(feature[0].numpy(), heatmap[0].numpy(), 4)
    assert found.dtype == np.float16
    np.testing.assert_allclose(found, expected, atol=1e-3)
    with pytest.raises(ValueError, match='not finite in half precision'):
        frame_rows(1e6 * feature[0].numpy(), heatmap[0].numpy(), 4)
