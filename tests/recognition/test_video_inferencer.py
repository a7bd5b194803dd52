"""Order, batches, windows and failures, with models whose results are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from mmvkp.recognition import video_inferencer as module
from mmvkp.recognition.video_inferencer import VideoInferencer
from mmvkp.video import Frame
from mmvkp.video.files import write_picture


class Brightness(VideoInferencer):
    """The class `bright` has the mean level of the frames, divided by 100."""

    classes = ['dark', 'bright']

    def __init__(self):
        self.batches = []

    def read(self, footage):
        return self.read_part(footage, 0, len(footage.times))

    def read_part(self, footage, first, last):
        return np.stack(list(footage.read(np.arange(first, last)))).mean(0)

    def scores(self, contents):
        self.batches.append(len(contents))
        shares = [each.mean() / 100 for each in contents]
        return [np.array([1 - share, share]) for share in shares]


class Detector(VideoInferencer):
    """Its video `bad` cannot be read, and `lost` ends early."""

    finds_tubes = True

    def __init__(self, stopped=''):
        self.stopped, self.calls = stopped, []
        self.detector = self.tubes_of

    def tubes_of(self, source, top_k):
        self.calls.append((source, top_k))
        if source.endswith('bad'):
            raise ValueError('bad cannot be read')
        failure = ValueError('lost') if source.endswith('lost') else None
        return SimpleNamespace(video=source, failure=failure, stopped=self.stopped)


def bright(results):
    """Scores of the class `bright`, in percent."""
    return [round(100 * float(each.scores[1]), 3) for each in results]


def write_levels(folder, *levels, size=(6, 8)):
    """A folder of pictures, one for each level; 25 per second."""
    for i, level in enumerate(levels):
        write_picture(str(folder / f'{i}.png'), np.full((*size, 3), level, np.uint8))
    return str(folder)


@pytest.fixture
def videos(tmp_path):
    """Folders with the mean levels 10, 30 and 50."""
    return [
        write_levels(tmp_path / 'a', 10, 10),
        write_levels(tmp_path / 'b', 20, 30, 40),
        write_levels(tmp_path / 'c', 50),
    ]


@pytest.mark.parametrize('batch_size, batches', [(1, [1, 1, 1]), (2, [2, 1]), (9, [3])])
def test_results_in_their_order(videos, batch_size, batches):
    """Also a batch that the last videos do not fill."""
    model = Brightness()
    results = list(model(videos, top_k=1, batch_size=batch_size))
    assert [each.video for each in results] == videos
    assert bright(results) == [10, 30, 50] and model.batches == batches
    assert all((each.start, each.end) == (None, None) for each in results)
    assert [each.top()[0][0] for each in results] == ['dark', 'dark', 'dark']
    assert [len(each.top()) for each in results] == [1, 1, 1]


def test_batches_have_one_shape(videos, tmp_path):
    wide = write_levels(tmp_path / 'wide', 70, size=(6, 12))
    model = Brightness()
    results = list(model([*videos[:2], wide, videos[2]], batch_size=3))
    assert bright(results) == [10, 30, 70, 50] and model.batches == [2, 1, 1]


def test_results_come_one_by_one(videos, monkeypatch):
    """The second video is not opened before the first result is there."""
    opened = []
    read = module.footage_of
    monkeypatch.setattr(
        module, 'footage_of', lambda path: (opened.append(path), read(path))[1]
    )
    results = Brightness()(videos)
    next(results)
    assert opened == videos[:1]


def test_windows(tmp_path):
    """Twelve frames of 0.04 s; windows of four frames, two apart."""
    path = write_levels(tmp_path / 'a', *range(0, 48, 4))
    model = Brightness()
    results = list(model(path, window=0.16, stride=0.08, batch_size=3))
    assert bright(results) == [6, 14, 22, 30, 38] and model.batches == [3, 2]
    assert [each.start for each in results] == pytest.approx(
        [0, 0.08, 0.16, 0.24, 0.32]
    )
    assert [each.end for each in results] == pytest.approx(
        [0.16, 0.24, 0.32, 0.4, 0.48]
    )
    assert bright(model(path, window=0.24)) == [10, 34]
    assert model.count_windows(path, 0.16, 0.08) == 5


def test_windows_that_cannot_be_counted():
    model = Brightness()
    assert model.count_windows(0, 1.0) is None
    assert model.count_windows('rtsp://cam', 1.0) is None
    assert model.count_windows('gone.mp4', 1.0) is None


def test_damaged_videos(videos, tmp_path):
    """Collected, or an error after the results before it."""
    bad = tmp_path / 'bad.mp4'
    bad.write_bytes(b'x' * 100)
    given, failures = [videos[0], str(bad), videos[1]], []
    results = list(Brightness()(given, failures=failures, batch_size=2))
    assert [each.video for each in results] == videos[:2]
    ((video, reason),) = failures
    assert video == str(bad) and 'bad.mp4' in reason
    results = Brightness()(given, batch_size=2)
    assert next(results).video == videos[0]
    with pytest.raises(ValueError, match='bad.mp4'):
        next(results)
    with pytest.raises(FileNotFoundError, match='no video file gone.mp4'):
        Brightness()('gone.mp4')


@pytest.mark.parametrize(
    'options, found', [({}, [30]), (dict(window=0.04), [20, 30, 40])]
)
def test_truncated_videos(videos, monkeypatch, options, found):
    """The readable part has a result, and the damage is reported."""
    read = module.footage_of
    monkeypatch.setattr(
        module,
        'footage_of',
        lambda path: read(path)._replace(damage='b is damaged: 3 frames can be read'),
    )
    failures = []
    assert bright(Brightness()(videos[1], failures=failures, **options)) == found
    assert failures == [(videos[1], 'b is damaged: 3 frames can be read')]
    results = Brightness()(videos[1], **options)
    assert bright(next(results) for _ in found) == found
    with pytest.raises(ValueError, match='b is damaged'):
        next(results)


def test_scores_that_are_not_finite(videos, monkeypatch):
    """Only the result of this video is missing."""
    model, failures = Brightness(), []
    scores = model.scores

    def broken(contents):
        return [each * (np.nan if each[1] == 0.3 else 1) for each in scores(contents)]

    monkeypatch.setattr(model, 'scores', broken)
    results = list(model(videos, batch_size=3, failures=failures))
    assert bright(results) == [10, 50]
    assert failures == [
        (videos[1], f'{videos[1]}: the scores are not finite; check the weights.')
    ]


class Stream:
    """Frames of a camera, ten per second; their levels are their numbers."""

    name, fps = 'rtsp://***@cam', 10.0

    def __init__(self, count, error=None):
        self.count, self.error, self.closed = count, error, False

    def __iter__(self):
        for number in range(1, self.count + 1):
            image = np.full((6, 8, 3), number, np.uint8)
            yield Frame(number, (number - 1) / 10, image)
        if self.error:
            raise self.error

    def close(self):
        self.closed = True


def test_a_camera(monkeypatch):
    """Windows of four frames, two apart, until it is lost; no password is shown.

    A window is complete when the frame after it arrives.
    """
    stream = Stream(9, ConnectionError('rtsp://me:secret@cam is lost'))
    monkeypatch.setattr(module, 'open_source', lambda source: stream)
    failures = []
    options = dict(window=0.4, stride=0.2, failures=failures)
    results = list(Brightness()('rtsp://me:secret@cam', **options))
    assert bright(results) == [2.5, 4.5, 6.5]
    assert [each.start for each in results] == pytest.approx([0, 0.2, 0.4])
    assert results[0].video == 'rtsp://***@cam' and stream.closed
    assert failures == [('rtsp://***@cam', 'rtsp://***@cam is lost')]
    with pytest.raises(
        ValueError, match='is a camera or URL; give the window'
    ) as error:
        Brightness()('rtsp://me:secret@cam')
    assert 'secret' not in str(error.value)


@pytest.mark.parametrize(
    'options, error, message',
    [
        (dict(top_k=0), ValueError, 'Brightness: top_k=0 is outside'),
        (dict(batch_size=0), ValueError, 'Brightness: batch_size=0 is outside'),
        (dict(batch_size='2'), TypeError, "batch_size='2'"),
        (dict(window=-1), ValueError, 'window=-1'),
        (dict(stride=1), ValueError, 'stride=1 has no effect without a window'),
    ],
)
def test_wrong_options(videos, options, error, message):
    """Before the first result is asked for."""
    with pytest.raises(error, match=message):
        Brightness()(videos, **options)


@pytest.fixture
def sources(tmp_path):
    """Folders whose names decide."""
    return [write_levels(tmp_path / name, 1) for name in ('bad', 'lost', 'good')]


def test_a_detector(sources):
    model, failures = Detector(), []
    results = list(model(sources, top_k=3, failures=failures))
    assert [each.video for each in results] == sources[1:]
    assert [each.reason for each in failures] == ['bad cannot be read', 'lost']
    assert model.calls == [(each, 3) for each in sources]
    results = model(sources[1:])
    assert next(results).video == sources[1]
    with pytest.raises(ValueError, match='lost'):
        next(results)
    for options in (dict(window=1.0), dict(batch_size=2)):
        with pytest.raises(ValueError, match='have no effect, remove them'):
            model(sources, **options)


def test_a_stopped_detector(sources):
    """Ctrl-C also ends the list of videos."""
    model = Detector(stopped='SIGINT')
    results = model([sources[2], sources[1]], failures=[])
    assert next(results).video == sources[2]
    with pytest.raises(KeyboardInterrupt):
        next(results)
    assert len(list(model(sources[2:]))) == 1


def test_a_detector_of_several_videos_at_once(sources):
    """It gives all answers itself; a video may have no result, or an early end."""
    result = SimpleNamespace(video='b', failure=None, stopped='SIGINT')
    error = OSError('c is lost')
    model, failures = Detector(), []
    model.together = True
    model.detector = SimpleNamespace(
        together=lambda sources, top_k: iter(
            [(sources[0], None, error), (sources[1], result, None)]
        )
    )
    assert list(model(sources[:2], failures=failures)) == [result]
    assert failures == [(sources[0], 'c is lost')]


def test_parts_that_a_subclass_must_have():
    model = VideoInferencer()
    for call in (
        lambda: model.read(None),
        lambda: model.read_part(None, 0, 1),
        lambda: model.scores([]),
    ):
        with pytest.raises(NotImplementedError):
            call()
