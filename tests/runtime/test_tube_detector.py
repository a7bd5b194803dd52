"""A stream and a video with a detector made by hand."""

import numpy as np
import pytest

from mmvkp.runtime import TubeDetector, open_model
from mmvkp.runtime.tube_detector import TubeFinder
from mmvkp.tubes.online_tubes import LinkOptions
from mmvkp.video.files import write_picture

from .test_tube_network import SCORE, hand_made, scene

CELLS = (1, 2, 3, 4)


@pytest.fixture
def path(tmp_path):
    return hand_made.write_detector(tmp_path)


@pytest.fixture
def video(tmp_path):
    """Four frames of 72 x 48 pixels, three per pixel of the network.

    The actor moves once, since `open_model` predicts its position by its speed.
    """
    for number, x in enumerate((1, 1, 2, 2), 1):
        picture = scene((x, 1), size=3)
        write_picture(str(tmp_path / 'video' / f'{number}.png'), picture)
    return str(tmp_path / 'video')


def test_a_stream(path):
    """The boxes overlap by a third; class scores are those of one or two frames."""
    detector = TubeDetector(path)
    assert detector.description['network'] == 'a'
    results = [detector.push(scene((x, 1))) for x in CELLS]
    assert [tubes.ids.tolist() for tubes in results] == [[1]] * 4
    assert [tubes.boxes[0, 0] for tubes in results] == [2, 6, 10, 14]
    assert [tubes.labels.tolist() for tubes in results] == [[1]] * 4
    (tube,) = detector.finish()
    assert tube.score == pytest.approx(SCORE * 11.5 / 24, rel=1e-5)


def test_options_of_the_linking(path):
    """Those of the file, unless others are given."""
    assert TubeDetector(path).linker.options == LinkOptions(min_length=1)
    link = LinkOptions(min_length=4)
    detector = TubeDetector(path, link)
    shown = [len(detector.push(scene((x, 1)))) for x in CELLS]
    assert shown == [0, 0, 0, 1]


def test_a_video(path, video):
    finder = open_model(path)
    assert isinstance(finder, TubeFinder) and finder.finds_tubes
    assert finder.classes == ['red', 'green', 'blue']
    (result,) = finder(video)
    (tube,) = result.tubes
    assert (tube.id, tube.label, tube.frames.tolist()) == (1, 1, [1, 2, 3, 4])
    assert tube.boxes.tolist() == [[3 * x, 0, 3 * x + 24, 36] for x in (2, 2, 6, 6)]
    assert result.info['size'] == [72, 48] and result.failure is None


def test_later_options(path, video, tmp_path):
    """Threads stay; names, delay and linking are set again."""
    names = tmp_path / 'names.txt'
    names.write_text('a\nb\nc\n')
    finder = TubeFinder(path, num_threads=1)
    finder.configure(str(names), delay=1, score_threshold=0.999, together=True)
    assert finder.classes == ['a', 'b', 'c'] and finder.together
    network = finder.detector.inferencer.network
    assert network.delay == 1
    for session in (network.frames.session, network.clips.session):
        assert session.get_session_options().intra_op_num_threads == 1
    (result,) = finder(video)
    assert not result.tubes and result.info['num_frames'] == 4


@pytest.mark.parametrize(
    'options, error, message',
    [
        (dict(size=(32, 32)), ValueError, 'TubeDetector: size has no effect on an exp'),
        (dict(gap=1), TypeError, "unexpected keyword argument 'gap'"),
        (dict(max_frames=0), ValueError, 'max_frames=0 is outside'),
        (dict(delay=5), ValueError, "delay=5 must be 'centered' or a multiple"),
        (dict(classes='none.txt'), FileNotFoundError, 'none.txt'),
    ],
)
def test_options_that_do_not_fit(path, options, error, message):
    finder = TubeFinder(path)
    with pytest.raises(error, match=message):
        finder.configure(**options)


def test_a_missing_file(tmp_path):
    for kind in (TubeDetector, TubeFinder):
        with pytest.raises(FileNotFoundError, match='no exported model .*m.frame.onnx'):
            kind(str(tmp_path / 'm.onnx'))


def test_frames_that_are_no_image(path):
    with pytest.raises(ValueError, match='a frame is float64'):
        TubeDetector(path).push(np.zeros((16, 24, 3)))
