"""Predictions of a recognizer or detector, by name."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmaction.apis import inference_recognizer

from mmvkp.recognition import inferencer as module
from mmvkp.recognition.inferencer import Inferencer, detector_of
from mmvkp.recognition.loading import load_config, load_recognizer

from ..bright_dot import aknet_config, dot_config, write_dot, write_model
from .lossless_video import noise_frames, write_lossless

RECIPE = 'kpsem_r3d10_1xb16-u8-6e_stick-action-rgb'


@pytest.fixture(scope='module')
def given(tmp_path_factory):
    """Videos of different brightness and length, a config, its weights."""
    folder = tmp_path_factory.mktemp('inferencer')
    videos = [
        write_lossless(folder / f'{i}.mkv', noise_frames(12 + 9 * i, seed=i))
        for i in range(3)
    ]
    return videos, *write_model(folder, dot_config())


@pytest.fixture
def inferencer(given):
    return Inferencer(*given[1:])


def scores(results):
    return np.stack([each.scores for each in results])


def test_scores_equal_those_of_the_host(given, inferencer):
    videos, path, checkpoint = given
    results = list(inferencer(videos))
    assert [each.video for each in results] == videos
    config = load_config(path)
    config.test_pipeline = config.test_dataloader.dataset.pipeline
    model = load_recognizer(config, checkpoint)
    for video, result in zip(videos, results):
        wanted = inference_recognizer(model, video).pred_score
        assert torch.allclose(torch.as_tensor(result.scores), wanted, atol=1e-6)
        assert result.scores.sum() == pytest.approx(1, abs=1e-5)
        assert (result.start, result.end) == (None, None)
    # The videos differ, and so do their scores.
    assert np.ptp(scores(results), axis=0).max() > 1e-4


@pytest.mark.parametrize('make', [dot_config, aknet_config])
@pytest.mark.parametrize('options', [{}, dict(window=0.7, stride=0.3)])
def test_batches_equal_single_videos(given, tmp_path, make, options):
    """Also a batch that the last videos do not fill."""
    model = Inferencer(*write_model(tmp_path, make()))
    single = list(model(given[0], **options))
    for batch_size in (2, 64):
        batched = list(model(given[0], batch_size=batch_size, **options))
        for first, second in zip(single, batched):
            assert (first.video, first.start) == (second.video, second.start)
        assert len(single) == len(batched)
        assert scores(batched) == pytest.approx(scores(single), abs=1e-5)


def test_windows_equal_cut_videos(given, tmp_path, inferencer):
    """Window scores are those of the same frames in a file of their own."""
    frames = noise_frames(30, seed=2)
    windows = list(inferencer(given[0][2], window=1.0, stride=0.5))
    assert [each.start for each in windows] == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert [each.end for each in windows] == [1.0, 1.5, 2.0, 2.5, 3.0]
    cuts = [
        write_lossless(tmp_path / f'{i}.mkv', frames[5 * i : 5 * i + 10])
        for i in range(5)
    ]
    assert scores(windows) == pytest.approx(scores(inferencer(cuts)), abs=1e-5)
    assert np.ptp(scores(windows), axis=0).max() > 1e-4


def test_a_window_longer_than_the_video_and_one_frame(given, tmp_path, inferencer):
    (window,) = inferencer(given[0][0], window=60)
    (whole,) = inferencer(given[0][0])
    assert window.scores == pytest.approx(whole.scores, abs=1e-5)
    assert (window.start, window.end) == (0.0, 1.2)
    one = write_lossless(tmp_path / 'one.mkv', noise_frames(1))
    for options in ({}, dict(window=1.0)):
        (result,) = inferencer(one, **options)
        assert np.isfinite(result.scores).all()


def test_three_lines_by_name(given):
    """A recipe with shipped weights has their names of the classes; another one has
    random weights and numbers, not names of other data."""
    assert Inferencer(RECIPE).classes[:2] == ['arms-raise', 'arms-lower']
    model = Inferencer('r3d_r3d10_1xb16-u8-6e_stick-action-rgb')
    (result,) = model(given[0][0])
    assert model.classes == [f'class {i}' for i in range(12)]
    assert len(result.top()) == 5 and result.top(1)[0][0].startswith('class ')
    with pytest.raises(FileNotFoundError, match='Did you mean kpsem_r3d10_1xb16'):
        Inferencer(RECIPE.replace('16', '61'))


def test_names_of_classes(given, tmp_path):
    """From the checkpoint; an explicit file has the first rank."""
    _, path, checkpoint = given
    content = torch.load(checkpoint)
    meta = dict(dataset_meta=dict(classes=('run', 'sit', 'jump')))
    torch.save(dict(content, meta=meta), tmp_path / 'named.pth')
    model = Inferencer(path, str(tmp_path / 'named.pth'))
    assert model.classes == ['run', 'sit', 'jump']
    (tmp_path / 'names.txt').write_text('x\ny\nz\n')
    names = str(tmp_path / 'names.txt')
    assert Inferencer(path, checkpoint, classes=names).classes == ['x', 'y', 'z']
    (tmp_path / 'names.txt').write_text('x\ny\n')
    with pytest.raises(ValueError, match='has names for 2 classes, the scores are'):
        Inferencer(path, checkpoint, classes=names)


def test_a_given_config_does_not_change(given):
    config = dot_config()
    config.model.backbone.pretrained = 'weights.pth'
    before = config.pretty_text
    with pytest.raises(TypeError):  # BrightnessMap has no such argument
        Inferencer(config, given[2])
    assert config.pretty_text == before


def test_a_model_without_classes(given, monkeypatch):
    bare = SimpleNamespace(cls_head=None)
    monkeypatch.setattr(module, 'load_recognizer', lambda *_: bare)
    with pytest.raises(ValueError, match='a Recognizer3D has no cls_head with num_cl'):
        Inferencer(dot_config(), given[2])


def test_a_missing_weight_is_announced(given, monkeypatch):
    said = []
    monkeypatch.setattr(module, 'print_log', lambda text, *_: said.append(text))
    Inferencer(*given[1:])
    assert not said
    Inferencer(given[1])
    assert len(said) == 1 and 'random' in said[0]


@pytest.mark.parametrize('options', [{}, dict(window=0.4)])
def test_truncated_videos(tmp_path, inferencer, options):
    """The readable part has a result, and the damage is reported."""
    path = tmp_path / 'cut.avi'
    write_dot(path, (64, 64), (8, 24), 30, step=1)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    failures = []
    results = list(inferencer(str(path), failures=failures, **options))
    assert results and all(np.isfinite(each.scores).all() for each in results)
    assert len(failures) == 1 and 'cut.avi is damaged: ' in failures[0][1]


class FakeDetector:
    """Entry point of a detector."""

    def __init__(self, config, weights, device, classes, **options):
        self.classes, self.options = ['run'], options

    def __call__(self, source, top_k):
        return SimpleNamespace(video=source, failure=None, stopped='')


def detector(given, monkeypatch, **options):
    monkeypatch.setattr(module, 'resolve', lambda target: FakeDetector)
    config = dot_config()
    config.model = dict(type='Point3D')
    return Inferencer(config, given[2], tube_options=options)


def test_a_detector(given, monkeypatch):
    model = detector(given, monkeypatch, max_gap=2)
    assert model.finds_tubes and model.classes == ['run']
    assert model.detector.options == dict(max_gap=2)
    (result,) = model(given[0][0])
    assert result.video == given[0][0]


def test_only_detectors_find_tubes(given):
    config = dot_config()
    assert detector_of(config) is None
    with pytest.raises(ValueError, match='max_gap: a Recognizer3D finds no tubes'):
        Inferencer(config, given[2], tube_options=dict(max_gap=1))
    config.model = dict(type='Point3D')
    assert detector_of(config).startswith('mmvkp.point3d')
