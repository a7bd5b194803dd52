"""Data sets in the layouts of JHMDB and UCF101-24, from files to batches."""

import os
import shutil

import numpy as np
import pytest
from mmengine.logging import MMLogger

from mmvkp.stick_action import make_dataset, make_settings
from mmvkp.tubes.annotations import load_tube_annotations, save_tube_annotations
from mmvkp.tubes.dataset import TubeDataset

from .test_clips import naive_starts
from .tube_data import (
    annotations,
    bright_box,
    make_jhmdb,
    make_ucf,
    tube,
    write_frames,
    write_pickle,
)
from .tube_loading import check_sample, clips_of, jhmdb, load_all, pipeline, ucf


def test_jhmdb(tmp_path):
    data = make_jhmdb(tmp_path)
    dataset = jhmdb(tmp_path)
    # 12 and 10 frames give 5 and 3 clips of 8; 5 frames give one.
    assert clips_of(dataset) == [
        *(('jump/a', start) for start in range(1, 6)),
        *(('jump/b', start) for start in range(1, 4)),
        ('run/c', 1),
    ]
    assert dataset.metainfo['classes'] == tuple(data['labels'])
    inputs, samples = load_all(dataset)
    assert len(samples) == 9
    for clip, sample in zip(inputs, samples):
        check_sample(clip, sample, 8, 15)
        assert len(sample.gt_instances) == 1
        assert sample.frame_labeled.all()
        assert sample.key_inds.tolist() == list(range(8))
    short = [each for each in samples if each.video_id == 'run/c'][0]
    assert short.frame_inds.tolist() == [1, 2, 3, 4, 5, 5, 5, 5]
    assert short.gt_instances.bbox_valid.all()
    assert short.gt_instances.labels.tolist() == [1]


def test_splits_of_jhmdb(tmp_path):
    make_jhmdb(tmp_path)
    videos = {
        split: jhmdb(tmp_path, split=split, test_mode=True).videos
        for split in (1, 2, 3)
    }
    assert videos == {1: ['run/d'], 2: ['jump/a'], 3: ['jump/a', 'jump/b']}
    with pytest.raises(ValueError, match=r'split=4, but .*GT\.pkl has 3 spli'):
        jhmdb(tmp_path, split=4)


def test_boxes_and_joints_of_a_test_clip_by_hand(tmp_path):
    make_jhmdb(tmp_path)
    dataset = jhmdb(
        tmp_path, test_mode=True, pipeline=pipeline(train=False), clip_len=4
    )
    assert len(dataset) == 9
    packed = dataset[0]
    sample = packed['data_samples']
    # The clip of frame 1 of nine, with two frames before it.
    assert sample.frame_inds.tolist() == [1, 1, 1, 2]
    assert sample.key_inds.tolist() == [2]
    assert sample.video_id == 'run/d' and sample.nframes == 9
    assert sample.ori_shape == (48, 64)
    assert sample.scale_factor.tolist() == pytest.approx([1, 64 / 48])
    # Frame 2: the box (2, 3, 18, 28) moved by (3, 1), rows times 4 / 3.
    actors = sample.gt_instances
    wanted = [5, 4 * 4 / 3, 21, 29 * 4 / 3]
    assert actors.bboxes[0, 3].tolist() == pytest.approx(wanted, abs=1e-4)
    # The first and last joint are in its corners, the middle one between.
    joints = actors.keypoints[0, 3]
    assert joints[0].tolist() == pytest.approx(wanted[:2], abs=0.01)
    assert joints[14].tolist() == pytest.approx(wanted[2:], abs=0.01)
    assert joints[7].tolist() == pytest.approx([13, 16.5 * 4 / 3], abs=0.01)
    assert actors.keypoints_visible.all()
    # And there is the bright rectangle.
    image = packed['inputs'][:, 3].permute(1, 2, 0).numpy()
    assert np.abs(bright_box(image) - wanted).max() <= 1


@pytest.mark.parametrize(
    'source', ['frames', 'UprightVideo', 'PyAV', 'Decord', 'OpenCV']
)
def test_ucf(tmp_path, source):
    data = make_ucf(tmp_path)
    kwargs = {}
    if source != 'frames':
        steps = pipeline((dict(type=f'{source}Decode'),))
        steps.insert(0, dict(type=f'{source}Init'))
        kwargs = dict(data_prefix=dict(video=str(tmp_path / 'videos')), pipeline=steps)
    dataset = ucf(tmp_path, **kwargs)
    wanted = [
        (video, start)
        for video in data['train_videos'][0]
        for start in naive_starts(
            [tube for tubes in data['gttubes'][video].values() for tube in tubes],
            data['nframes'][video],
            4,
            1,
        )
    ]
    assert clips_of(dataset) == wanted and len(wanted) > 15
    inputs, samples = load_all(dataset)
    for clip, sample in zip(inputs, samples):
        check_sample(clip, sample, 4, 0)


@pytest.mark.parametrize(
    'decoder', ['frames', 'UprightVideo', 'PyAV', 'Decord', 'OpenCV']
)
def test_decoders_show_the_frames_that_were_asked_for(tmp_path, decoder):
    # The rectangle moves by one pixel each frame, so that a shift in time or
    # place is seen.
    make_ucf(tmp_path)
    steps, prefix = pipeline(train=False), dict(img=tmp_path / 'rgb-images')
    if decoder != 'frames':
        prefix = dict(video=tmp_path / 'videos')
        steps = [
            dict(type=f'{decoder}Init'),
            *pipeline((dict(type=f'{decoder}Decode'),), train=False),
        ]
    dataset = ucf(
        tmp_path,
        pipeline=steps,
        data_prefix={key: str(value) for key, value in prefix.items()},
    )
    index = clips_of(dataset).index(('run/v_02', 6))
    packed = dataset[index]
    for t in range(4):
        image = packed['inputs'][:, t].permute(1, 2, 0).numpy()
        box = packed['data_samples'].gt_instances.bboxes[0, t].numpy()
        assert box[0] == pytest.approx(10 + 5 + t)
        assert np.abs(bright_box(image) - box).max() <= 1


def test_stride_and_interval(tmp_path):
    make_ucf(tmp_path)
    every = clips_of(ucf(tmp_path))
    for stride in (2, 5):
        kept = clips_of(ucf(tmp_path, clip_stride=stride))
        wanted = []
        for video in ('jump/v_01', 'run/v_02'):
            wanted += [clip for clip in every if clip[0] == video][::stride]
        assert kept == wanted
    dataset = ucf(tmp_path, frame_interval=3)
    sample = dataset[clips_of(dataset).index(('run/v_02', 2))]['data_samples']
    assert sample.frame_inds.tolist() == [2, 5, 8, 11]


def test_each_clip_is_read_once_per_epoch(tmp_path):
    make_ucf(tmp_path)
    dataset = ucf(tmp_path, pipeline=pipeline(train=False))
    _, samples = load_all(dataset, batch_size=4)
    read = [(each.video_id, int(each.frame_inds[0])) for each in samples]
    assert sorted(read) == sorted(clips_of(dataset))


def test_all_clips_show_actors_who_do_nothing(tmp_path):
    videos = {'v': (20, {0: [tube(5, 9)]}), 'w': (6, {})}
    write_pickle(tmp_path / 'x.pkl', annotations(videos, [['v', 'w']], [[]]))
    settings = dict(
        ann_file=str(tmp_path / 'x.pkl'),
        data_prefix=dict(img=''),
        pipeline=[],
        on_problems='ignore',
        clip_len=4,
    )
    inside = [('v', 5), ('v', 6)]
    assert clips_of(TubeDataset(**settings)) == inside
    # 20 - 4 + 1 clips of one video, 6 - 4 + 1 of the other.
    every = [('v', i) for i in range(1, 18)] + [('w', i) for i in (1, 2, 3)]
    assert clips_of(TubeDataset(train_clips='all', **settings)) == every
    around = [('v', i - 2) for i in range(1, 21)] + [('w', i - 2) for i in range(1, 7)]
    assert clips_of(TubeDataset(train_clips='centered', **settings)) == around
    kept = clips_of(TubeDataset(train_clips='all', clip_stride=5, **settings))
    assert kept == [('v', 1), ('v', 6), ('v', 11), ('v', 16), ('w', 1)]


@pytest.mark.parametrize('mode', ['centered', 'windows', 'sliding'])
def test_test_clips_answer_for_every_frame_once(tmp_path, mode):
    data = make_ucf(tmp_path)
    dataset = ucf(
        tmp_path, test_mode=True, test_clips=mode, pipeline=pipeline(train=False)
    )
    _, samples = load_all(dataset)
    answered = [
        (each.video_id, int(frame))
        for each in samples
        for frame in each.frame_inds[each.key_inds]
    ]
    assert sorted(answered) == [
        (video, frame)
        for video in sorted(data['test_videos'][0])
        for frame in range(1, data['nframes'][video] + 1)
    ]
    # Tubes that begin or end in the clip, and clips without any.
    counts = {len(each.gt_instances) for each in samples}
    assert counts == {0, 1}
    parts = {
        int(each.gt_instances.bbox_valid.sum())
        for each in samples
        if len(each.gt_instances)
    }
    assert len(parts) > 1


def test_an_epoch_over_stick_action(tmp_path):
    assert make_dataset(tmp_path, make_settings('tiny', 'untrimmed'))
    dataset = TubeDataset(
        str(tmp_path / 'StickAction-GT.pkl'),
        pipeline(train=False),
        dict(img=str(tmp_path / 'Frames')),
        clip_len=8,
        filename_tmpl='{:05}.png',
    )
    truth = load_tube_annotations(tmp_path / 'StickAction-GT.pkl')
    wanted = [
        (video, start)
        for video in truth.train_videos[0]
        for start in naive_starts(
            [tube for tubes in truth.gttubes[video].values() for tube in tubes],
            truth.nframes[video],
            8,
            1,
        )
    ]
    assert len(wanted) > 10
    inputs, samples = load_all(dataset, batch_size=8)
    read = [(each.video_id, int(each.frame_inds[0])) for each in samples]
    assert sorted(read) == sorted(wanted)
    for clip, sample in zip(inputs, samples):
        check_sample(clip, sample, 8, 0)
        assert len(sample.gt_instances) and sample.gt_instances.bbox_valid.all()


def test_tubes_of_several_classes_keep_their_joints(tmp_path):
    # The file names class 1 first; joints come in the order of the classes.
    data = make_jhmdb(tmp_path)
    first = data['gttubes']['jump/b'][0]
    data['gttubes']['jump/b'] = {1: [tube(1, 10, (1, 1, 9, 9))], 0: first}
    write_pickle(tmp_path / 'JHMDB-GT.pkl', data)
    shutil.rmtree(tmp_path / 'joint_positions/jump/b')
    points = np.zeros((2, 10, 15, 2))
    points[0], points[1] = (30, 20), (5, 5)
    np.savez(tmp_path / 'joint_positions/jump/b', keypoint=points)
    dataset = jhmdb(tmp_path, pipeline=pipeline(train=False))
    index = clips_of(dataset).index(('jump/b', 2))
    actors = dataset[index]['data_samples'].gt_instances
    assert actors.labels.tolist() == [0, 1]
    assert actors.bboxes[:, 0, 0].tolist() == [20, 1]
    assert actors.keypoints[:, 0, 0, 0].tolist() == pytest.approx([30, 5], abs=0.01)


def test_clips_of_some_classes(tmp_path):
    make_jhmdb(tmp_path)
    every = clips_of(jhmdb(tmp_path))
    for label, name in enumerate(('jump', 'run')):
        kept = clips_of(jhmdb(tmp_path, filter_cfg=dict(labels=[label])))
        assert kept == [each for each in every if each[0].startswith(name)] != []
    tests = jhmdb(tmp_path, test_mode=True, filter_cfg=dict(labels=[0]))
    assert clips_of(tests) == clips_of(jhmdb(tmp_path, test_mode=True))


@pytest.mark.parametrize(
    'cfg, message',
    [
        (dict(labels=[7]), r'labels \[7\] of filter_cfg; .* labels 0 to'),
        (dict(classes=[0]), r"filter_cfg={'classes': \[0\]} must be dict\(labels"),
    ],
)
def test_bad_filters(tmp_path, cfg, message):
    make_jhmdb(tmp_path)
    with pytest.raises(ValueError, match=message):
        jhmdb(tmp_path, filter_cfg=cfg)


def test_annotations_in_json_and_a_data_root(tmp_path):
    make_jhmdb(tmp_path)
    save_tube_annotations(
        load_tube_annotations(tmp_path / 'JHMDB-GT.pkl'), tmp_path / 'gt.json'
    )
    dataset = jhmdb(
        tmp_path,
        data_root=str(tmp_path),
        ann_file='gt.json',
        data_prefix=dict(img='Frames'),
        joint_prefix='joint_positions',
    )
    assert clips_of(dataset) == clips_of(jhmdb(tmp_path))
    check_sample(dataset[0]['inputs'], dataset[0]['data_samples'], 8, 15)


def test_joints_of_several_actors(tmp_path):
    make_ucf(tmp_path)
    rng = np.random.default_rng(0)
    points = rng.uniform(0, 40, (2, 20, 3, 2)).astype(np.float32)
    points[1, 11, 2] = np.nan
    score = np.ones((2, 20, 3))
    score[0, 10, 1] = 0
    for name, count in (('jump/v_01', 2), ('run/v_02', 1)):
        frames = dict(zip(('jump/v_01', 'run/v_02'), (20, 15)))[name]
        (tmp_path / 'pose' / name).parent.mkdir(parents=True, exist_ok=True)
        np.savez(
            tmp_path / 'pose' / name,
            keypoint=points[:count, :frames],
            keypoint_score=score[:count, :frames],
        )
    dataset = ucf(
        tmp_path, joint_prefix=str(tmp_path / 'pose'), pipeline=pipeline(train=False)
    )
    index = clips_of(dataset).index(('jump/v_01', 9))
    actors = dataset[index]['data_samples'].gt_instances
    assert actors.keypoints.shape == (2, 4, 3, 2)
    wanted = points[:, 8:12] * (1, 64 / 48)
    seen = actors.keypoints_visible.numpy()
    # Of frames 9 to 12 the third and fourth have a joint without a place.
    assert np.argwhere(~seen).tolist() == [[0, 2, 1], [1, 3, 2]]
    assert np.abs(actors.keypoints.numpy() - wanted)[seen].max() < 0.01


@pytest.mark.parametrize(
    'kwargs, message',
    [
        (dict(split=0), r'split=0 is outside'),
        (dict(clip_len=2.5), r'clip_len=2.5 is a float'),
        (dict(clip_stride=-1), r'clip_stride=-1 is outside'),
        (dict(test_clips='all'), "test_clips='all' is not known"),
        (dict(train_clips='any'), "train_clips='any' is not known"),
        (dict(on_problems='stop'), "on_problems='stop' is not known"),
        (dict(data_prefix=dict(frames='x')), r'must be dict\(img=FOLDER\)'),
        (dict(data_prefix=dict(img='x', video='y')), r'must be dict\(img=FOLD'),
        (dict(test_clips='windows', frame_interval=2), 'would skip frames'),
        (dict(data_prefix=dict(img=3)), 'data_prefix=.* must be dict'),
        (dict(data_prefix='x'), "data_prefix='x' must be dict"),
        (dict(ann_file=17), 'ann_file=17 is a int'),
        (dict(ann_file='abc'), 'TubeDataset: ann_file=abc does not exist'),
        (dict(filename_tmpl=0), 'filename_tmpl=0 is not a template'),
        (dict(filename_tmpl='{x}'), "filename_tmpl='{x}' is not a template"),
        (dict(joint_prefix=0.5), 'joint_prefix=0.5 is not a folder'),
        (dict(pipeline='3'), "pipeline='3' is a str"),
        (dict(pipeline=[3]), 'pipeline=3 is not a transform'),
        (dict(clip_len=15), 'gives no clip of 15 frames, 1 apart, from the 1 vid'),
    ],
)
def test_bad_arguments(tmp_path, kwargs, message):
    make_jhmdb(tmp_path)
    videos = {'v': (20, {0: [tube(1, 14)]})}
    write_pickle(tmp_path / 'x.pkl', annotations(videos, [['v']], [[]]))
    settings = dict(
        dict(
            ann_file=str(tmp_path / 'x.pkl'),
            data_prefix=dict(img=''),
            pipeline=[],
            on_problems='ignore',
        ),
        **kwargs,
    )
    with pytest.raises((ValueError, TypeError, OSError), match=message):
        TubeDataset(**settings)


def test_transforms_in_another_order(tmp_path):
    make_jhmdb(tmp_path)
    dataset = jhmdb(tmp_path, pipeline=[*pipeline(train=False), dict(type='LoadTubes')])
    with pytest.raises(KeyError, match='TubeDataset: a transform .* needs .*img_shape'):
        dataset[0]


def test_problems_are_refused_or_told(tmp_path):
    data = make_jhmdb(tmp_path)
    data['gttubes']['jump/b'][0][0][3, 3] = 90
    write_pickle(tmp_path / 'JHMDB-GT.pkl', data)
    os.remove(tmp_path / 'Frames/jump/a/00012.png')
    with pytest.raises(ValueError) as caught:
        jhmdb(tmp_path)
    text = str(caught.value)
    assert '2 problem(s)' in text
    assert 'jump/b, frame 4: tube 0 of class 0: box (20, 8, 90, 44)' in text
    assert 'jump/a, frame 12: file ' in text
    # Test videos of this split have neither problem.
    jhmdb(tmp_path, test_mode=True)
    logger, told = MMLogger.get_instance('tubes'), []
    logger.warning = told.append
    assert MMLogger.get_current_instance() is logger
    assert len(jhmdb(tmp_path, on_problems='warn')) == 9
    assert len(told) == 1 and '2 problem(s)' in told[0]
    assert len(jhmdb(tmp_path, on_problems='ignore')) == 9
    assert len(told) == 1


def test_joints_that_do_not_fit(tmp_path):
    make_jhmdb(tmp_path)
    shutil.rmtree(tmp_path / 'joint_positions/jump/b')
    shutil.copy(
        tmp_path / 'joint_positions/run/c/joint_positions.mat',
        tmp_path / 'joint_positions/jump/a/joint_positions.mat',
    )
    with pytest.raises(ValueError) as caught:
        jhmdb(tmp_path)
    assert 'jump/b: joints are missing' in str(caught.value)
    assert 'joints of 5 frames; expected 12' in str(caught.value)
    # With a warning, what is not there is invisible.
    dataset = jhmdb(tmp_path, on_problems='ignore', pipeline=pipeline(train=False))
    seen = {}
    for i, clip in enumerate(clips_of(dataset)):
        actors = dataset[i]['data_samples'].gt_instances
        assert actors.keypoints.shape == (1, 8, 15, 2)
        seen[clip] = actors.keypoints_visible[0].all(-1).tolist()
    assert seen['jump/b', 1] == [False] * 8
    assert seen['jump/a', 3] == [True] * 3 + [False] * 5
    assert seen['run/c', 1] == [True] * 8


def test_frames_that_do_not_fit(tmp_path):
    data = make_ucf(tmp_path)
    dataset = ucf(tmp_path)
    shutil.rmtree(tmp_path / 'rgb-images/jump/v_01')
    write_frames(
        tmp_path / 'rgb-images/jump/v_01', np.zeros((20, 30, 40, 3), np.uint8), '.jpg'
    )
    with pytest.raises(
        ValueError,
        match=r'video jump/v_01 have 30 rows and '
        r'40 columns.*resolution is \(48, 64\)',
    ):
        dataset[0]
    # A video file with fewer frames than annotated.
    data['nframes']['run/v_02'] = 30
    data['gttubes']['run/v_02'][1][0] = tube(1, 30)
    write_pickle(tmp_path / 'UCF101v2-GT.pkl', data)
    steps = [
        dict(type='OpenCVInit'),
        *pipeline((dict(type='OpenCVDecode'),), train=False),
    ]
    dataset = ucf(
        tmp_path, pipeline=steps, data_prefix=dict(video=str(tmp_path / 'videos'))
    )
    with pytest.raises(
        ValueError, match='video run/v_02 has 15 frames, the annotations say 30'
    ):
        dataset[len(dataset) - 1]


def test_clips_inside_tubes_exclude_degenerate_boxes(tmp_path):
    data = make_jhmdb(tmp_path)
    rows = data['gttubes']['jump/a'][0][0]
    before = clips_of(jhmdb(tmp_path))
    rows[-1, 3] = rows[-1, 1]
    write_pickle(tmp_path / 'JHMDB-GT.pkl', data)
    after = clips_of(jhmdb(tmp_path, on_problems='ignore'))
    last = max(start for video, start in before if video == 'jump/a')
    assert set(before) - set(after) == {('jump/a', last)}
