"""Wrong labels and files are named by annotation file and line."""

import mmvkp  # noqa: F401, isort: skip
import pickle
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from mmaction.datasets import PoseDataset, RawframeDataset, VideoDataset
from mmaction.evaluation import AccMetric
from mmaction.models import TSNHead
from mmengine.dataset import Compose, ConcatDataset, RepeatDataset

from mmvkp.recognition.data_check_hook import DataCheckHook

from ..video.made_videos import make_video

PIPELINE = [
    dict(type='OpenCVInit'),
    dict(type='SampleFrames', clip_len=2, num_clips=1),
    dict(type='OpenCVDecode'),
]


def write_video(path, num_frames=6):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 10, (32, 32))
    for i in range(num_frames):
        writer.write(np.full((32, 32, 3), 20 * i, np.uint8))
    writer.release()


@pytest.fixture()
def folder(tmp_path):
    for name in ('a.mp4', 'b.mp4', 'c.mp4'):
        write_video(tmp_path / name)
    return tmp_path


def dataset_of(folder, lines, **kwargs):
    (folder / 'list.txt').write_text('\n'.join(lines) + '\n')
    return VideoDataset(
        str(folder / 'list.txt'),
        pipeline=PIPELINE,
        data_prefix=dict(video=str(folder)),
        serialize_data=False,
        **kwargs,
    )


def runner_of(dataset, num_classes=3):
    loader = SimpleNamespace(dataset=dataset)
    return SimpleNamespace(
        model=SimpleNamespace(cls_head=SimpleNamespace(num_classes=num_classes)),
        train_dataloader=loader,
        val_dataloader=loader,
        test_dataloader=loader,
        val_loop=None,
    )


def test_a_good_data_set_passes_and_still_loads(folder):
    dataset = dataset_of(folder, ['a.mp4 0', 'b.mp4 2'])
    DataCheckHook().before_train(runner_of(dataset))
    assert len(dataset[0]['imgs']) == 2


def test_all_problems_are_listed_with_their_lines(folder):
    dataset = dataset_of(folder, ['a.mp4 0', 'b.mp4 3', 'gone.mp4 1', 'c.mp4 -1'])
    with pytest.raises(ValueError) as caught:
        DataCheckHook().before_train(runner_of(dataset))
    text = str(caught.value)
    assert text.startswith('3 problem(s) before the run:\n')
    assert 'line 2' in text and 'label 3 is outside [0, 2]' in text
    assert 'line 3' in text and 'gone.mp4: no such file' in text
    assert 'line 4' in text and 'label -1 is outside [0, 2]' in text


def test_the_list_ends_somewhere(folder):
    dataset = dataset_of(folder, [f'a.mp4 {i}' for i in range(3, 33)])
    with pytest.raises(ValueError, match='and 28 more'):
        DataCheckHook(max_listed=2).before_train(runner_of(dataset))


def test_no_label_is_allowed_in_tests_only(folder):
    dataset = dataset_of(folder, ['a.mp4 -1'])
    DataCheckHook().before_test(runner_of(dataset))
    with pytest.raises(ValueError, match='label -1'):
        DataCheckHook().before_val(runner_of(dataset))


def test_several_labels(folder):
    dataset = dataset_of(
        folder, ['a.mp4 0 2', 'b.mp4 1 7'], multi_class=True, num_classes=3
    )
    with pytest.raises(ValueError, match=r'line 2: .*b.mp4: label 7'):
        DataCheckHook().before_train(runner_of(dataset))


def test_wrapped_data_sets(folder):
    good = dataset_of(folder, ['a.mp4 0'])
    inner = folder / 'inner'
    inner.mkdir()
    write_video(inner / 'd.mp4')
    bad = dataset_of(inner, ['d.mp4 9'])
    DataCheckHook().before_train(runner_of(RepeatDataset(good, 2)))
    with pytest.raises(ValueError, match='1 problem.*\n.*inner/list.txt, line 1'):
        DataCheckHook().before_train(runner_of(ConcatDataset([good, bad])))


def test_folders_of_frames(folder):
    (folder / 'there').mkdir()
    (folder / 'there/img_00005.jpg').write_bytes(b'')
    (folder / 'list.txt').write_text('there 5 0\ngone 5 1\n')
    dataset = RawframeDataset(
        str(folder / 'list.txt'), pipeline=[], data_prefix=dict(img=str(folder))
    )
    with pytest.raises(ValueError, match='1 problem.*\n.*line 2: .*gone: no'):
        DataCheckHook().before_train(runner_of(dataset))


def test_skeletons_have_no_files(folder):
    path = folder / 'poses.pkl'
    samples = [
        dict(
            frame_dir='S001',
            total_frames=2,
            img_shape=(8, 8),
            label=label,
            keypoint=np.zeros((1, 2, 17, 2)),
            keypoint_score=np.zeros((1, 2, 17)),
        )
        for label in (0, np.int64(7))
    ]
    path.write_bytes(pickle.dumps(samples))
    dataset = PoseDataset(str(path), pipeline=[])
    with pytest.raises(ValueError, match='1 problem.*\n.*S001: label 7'):
        DataCheckHook().before_train(runner_of(dataset))


def test_files_need_not_be_looked_for(folder):
    dataset = dataset_of(folder, ['gone.mp4 0'])
    DataCheckHook(check_files=False).before_train(runner_of(dataset))


def test_validation_data_are_checked_before_training(folder):
    runner = runner_of(dataset_of(folder, ['a.mp4 0']))
    inner = folder / 'val'
    inner.mkdir()
    write_video(inner / 'd.mp4')
    runner.val_loop = SimpleNamespace(
        dataloader=SimpleNamespace(dataset=dataset_of(inner, ['d.mp4 3']))
    )
    with pytest.raises(ValueError, match='val/list.txt'):
        DataCheckHook().before_train(runner)


@pytest.mark.parametrize('reader', ['OpenCV', 'Decord'])
def test_a_truncated_video_is_named_when_it_is_read(folder, reader):
    whole = (folder / 'b.mp4').read_bytes()
    (folder / 'b.mp4').write_bytes(whole[: len(whole) // 2])
    dataset = dataset_of(folder, ['a.mp4 0', 'b.mp4 1'])
    dataset.pipeline = Compose(
        [dict(type=f'{reader}Init'), PIPELINE[1], dict(type=f'{reader}Decode')]
    )
    DataCheckHook().before_train(runner_of(dataset))
    dataset[0]
    with pytest.raises(RuntimeError) as caught:
        dataset[1]
    assert 'b.mp4' in str(caught.value)
    assert 'list.txt, line 2) could not be loaded' in str(caught.value)
    assert 'truncated' in str(caught.value)


def test_a_checked_data_set_is_not_checked_again(folder):
    runner = runner_of(dataset_of(folder, ['a.mp4 0']))
    hook = DataCheckHook()
    hook.before_train(runner)
    pipeline = runner.train_dataloader.dataset.pipeline
    hook.before_val(runner)
    assert runner.train_dataloader.dataset.pipeline is pipeline


def test_parts_check_that_they_fit_into_the_model(folder):
    def refuse(model):
        raise ValueError(f'{model.cls_head.num_classes} classes do not fit')

    runner = runner_of(dataset_of(folder, ['a.mp4 0']))
    runner.model.neck = SimpleNamespace(check_model=refuse)
    for stage in ('before_train', 'before_val', 'before_test'):
        with pytest.raises(ValueError, match='3 classes do not fit'):
            getattr(DataCheckHook(), stage)(runner)


@pytest.mark.parametrize('when', ['before_train', 'before_val', 'before_test'])
def test_scores_of_clips_and_metrics_of_videos(folder, when):
    """They failed after the whole validation, in a sort of scores."""
    runner = runner_of(dataset_of(folder, ['a.mp4 0']))
    runner.model.cls_head = TSNHead(3, 8, average_clips=None)
    metric = AccMetric()
    loop = SimpleNamespace(
        evaluator=SimpleNamespace(metrics=[metric]), dataloader=runner.val_dataloader
    )
    runner.val_loop = runner.test_loop = loop
    with pytest.raises(
        ValueError, match='TSNHead: average_clips=None .* AccMetric needs one score'
    ):
        getattr(DataCheckHook(), when)(runner)
    loop.evaluator.metrics = []
    getattr(DataCheckHook(), when)(runner)
    loop.evaluator.metrics = [metric]
    for name in ('prob', 'score'):
        runner.model.cls_head.average_clips = name
        getattr(DataCheckHook(), when)(runner)


def test_parts_of_the_model_are_asked(folder):
    """Models that are not recognizers are checked here, too."""

    def refuse(model):
        raise ValueError('Neck: does not fit')

    runner = runner_of(dataset_of(folder, ['a.mp4 0']))
    runner.model.neck = SimpleNamespace(check_model=refuse)
    with pytest.raises(ValueError, match='Neck: does not fit'):
        DataCheckHook().before_train(runner)


@pytest.mark.parametrize('reader', ['OpenCV', 'Decord', 'PyAV', 'UprightVideo'])
def test_rotated_videos_need_a_decoder_that_rotates(folder, reader):
    make_video(folder / 'b.mp4', rotation=90, count=6)
    dataset = dataset_of(folder, ['a.mp4 0', 'b.mp4 1'])
    dataset.pipeline = Compose(
        [dict(type=f'{reader}Init'), PIPELINE[1], dict(type=f'{reader}Decode')]
    )
    runner = runner_of(dataset)
    if reader != 'UprightVideo':
        message = f'line 2: .*b.mp4: it is rotated by 90 degrees .* {reader}Init does'
        with pytest.raises(ValueError, match=message):
            DataCheckHook().before_train(runner)
        DataCheckHook(check_files=False).before_train(runner)
        return
    DataCheckHook().before_train(runner)
    assert dataset[1]['imgs'][0].shape == (64, 48, 3)


def test_videos_are_decoded_before_the_first_epoch(folder):
    whole = (folder / 'b.mp4').read_bytes()
    (folder / 'b.mp4').write_bytes(whole[: len(whole) // 2])
    runner = runner_of(dataset_of(folder, ['a.mp4 0', 'b.mp4 1']))
    with pytest.raises(ValueError, match='1 problem.*\n.*line 2: .*b.mp4: '):
        DataCheckHook(decode_videos=True).before_train(runner)


@pytest.mark.parametrize(
    'options, error',
    [(dict(check_files=1), TypeError), (dict(max_listed=0), ValueError)],
)
def test_wrong_options(options, error):
    with pytest.raises(error, match='DataCheckHook: '):
        DataCheckHook(**options)
