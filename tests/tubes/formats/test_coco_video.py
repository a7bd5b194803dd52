"""COCO for videos."""

import json

import pytest

from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _coco(**changes):
    content = dict(
        categories=[dict(id=7, name='walk'), dict(id=2, name='run')],
        videos=[dict(id=1, name='Walk/b')],
        images=[
            dict(id=10 + i, video_id=1, frame_id=i, height=60, width=80)
            for i in range(4)
        ],
        annotations=[
            dict(
                id=i, image_id=10 + i, category_id=7, instance_id=5, bbox=[i, 2, 10, 20]
            )
            for i in (0, 1, 3)
        ],
    )
    content.update(changes)
    write('coco.json', json.dumps(content))


def test_coco_video():
    _coco()
    truth = convert('coco-video', 'coco.json', 'out.pkl')
    assert truth.labels == ['run', 'walk']
    assert truth.nframes == {'Walk/b': 4}
    assert truth.resolution == {'Walk/b': (60, 80)}
    assert [tube.tolist() for tube in truth.gttubes['Walk/b'][1]] == [
        [[1, 0, 2, 9, 21], [2, 1, 2, 10, 21]],
        [[4, 3, 2, 12, 21]],
    ]
    _coco(images=[dict(id=10 + i, video_id=1, frame_index=i + 1) for i in range(4)])
    again = convert(
        'coco-video',
        'coco.json',
        'out.pkl',
        '--first-frame',
        '1',
        '--resolution',
        '60',
        '80',
        '--max-gap',
        '1',
    )
    assert again.gttubes['Walk/b'][1][0][:, :2].tolist() == [
        [1, 0],
        [2, 1],
        [3, 2],
        [4, 3],
    ]


def test_names_that_could_not_be_loaded_are_not_written(capsys):
    _coco(categories=[dict(id=7, name='a' * 1001)])
    err = faults(capsys, 'coco-video', 'coco.json', 'out.pkl')
    assert "coco.json: a name in labels is 'aaa" in err


def test_byte_order_mark():
    _coco()
    text = open('coco.json').read()
    write('coco.json', '\ufeff' + text)
    assert convert('coco-video', 'coco.json', 'out.pkl').labels == ['run', 'walk']


def test_faults_of_coco_video_are_named(capsys):
    bad = dict(id=0, image_id=10, category_id=7, bbox=[0, 0, 5, 5])
    _coco(
        annotations=[
            bad,
            dict(bad, id=1, instance_id=1, image_id=99),
            dict(bad, id=2, instance_id=1, bbox=[1, 2, 3]),
            dict(bad, id=3, instance_id=1),
            dict(bad, id=4, instance_id=1),
        ]
    )
    err = faults(capsys, 'coco-video', 'coco.json', 'out.pkl')
    assert 'coco.json, annotation 0: instance_id or track_id is missing' in err
    assert 'coco.json, annotation 1: image, video or category 99 is missing' in err
    assert 'coco.json, annotation 2: ' in err
    assert 'annotation 4: 1 is in frame 1 of Walk/b twice' in err
    assert 'annotation 3' not in err
    write('coco.json', '{"images": []}')
    assert 'lacks videos, annotations, categories' in faults(
        capsys, 'coco-video', 'coco.json', 'out.pkl'
    )


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(images=[[]]), 'coco.json: number 0 of images is not a record'),
        (dict(annotations='x'), "coco.json: annotations is not a list but 'x'"),
        (dict(videos=[dict(id=1)]), 'coco.json: number 0 of videos lacks name'),
        (dict(categories=[dict(id='a', name='b')]), "id='a' is not an integer"),
    ],
)
def test_other_records_are_refused(capsys, changes, message):
    _coco(**changes)
    assert message in faults(capsys, 'coco-video', 'coco.json', 'out.pkl')


def test_tao():
    """`frame_index` is the frame of the video; `frame_id` counts annotated ones."""
    size = dict(height=60, width=80)
    images = [
        dict(size, id=10 + i, video_id=1, frame_id=i, frame_index=30 * i)
        for i in range(4)
    ]
    _coco(images=images)
    truth = convert('coco-video', 'coco.json', 'out.pkl')
    frames = [tube[0, 0] for tube in truth.gttubes['Walk/b'][1]]
    assert frames == [1, 31, 91] and truth.nframes == {'Walk/b': 91}


def test_frames_from_one(capsys):
    images = [
        dict(id=10 + i, video_id=1, frame_id=i + 1, height=60, width=80)
        for i in range(4)
    ]
    _coco(images=images)
    truth = convert('coco-video', 'coco.json', 'out.pkl')
    assert truth.gttubes['Walk/b'][1][0][:, 0].tolist() == [1, 2]
    assert 'so frames count from 1; --first-frame 0' in capsys.readouterr().out
    truth = convert('coco-video', 'coco.json', 'out.pkl', '--first-frame', '0')
    assert truth.gttubes['Walk/b'][1][0][:, 0].tolist() == [2, 3]


def test_crowds_and_equal_names(capsys):
    box = dict(category_id=7, instance_id=5, bbox=[0, 2, 10, 20])
    _coco(
        categories=[dict(id=7, name='run'), dict(id=2, name='run')],
        annotations=[
            dict(box, id=0, image_id=10),
            dict(box, id=1, image_id=11, iscrowd=1),
            dict(box, id=2, image_id=12, category_id=2),
        ],
    )
    truth = convert('coco-video', 'coco.json', 'out.pkl')
    assert truth.labels == ['run'] and len(truth.gttubes['Walk/b'][0]) == 2
    out = capsys.readouterr().out
    assert 'left out: 1 shapes: a crowd (iscrowd)' in out
    assert '2 categories, 1 classes' in out
    _coco(videos=[dict(id=1, name='Walk/b'), dict(id=2, name='Walk/b')])
    err = faults(capsys, 'coco-video', 'coco.json', 'out.pkl')
    assert "two videos have the name 'Walk/b'" in err
    images = [dict(id=10 + i, video_id=1, frame_id=0) for i in range(4)]
    _coco(images=images)
    err = faults(capsys, 'coco-video', 'coco.json', 'out.pkl')
    assert 'frame 0 of Walk/b occurs twice (first: coco.json, image 10)' in err


def test_youtube_vis():
    tracks = [
        dict(
            id=i,
            video_id=1,
            category_id=7,
            bboxes=[[i, 2, 10, 20], None, [9, 2, 10, 20]],
        )
        for i in (1, 2)
    ]
    _coco(
        videos=[dict(id=1, name='b', file_names=['x.jpg'] * 3, height=60, width=80)],
        annotations=tracks,
    )
    content = json.loads(open('coco.json').read())
    del content['images']
    write('coco.json', json.dumps(content))
    truth = convert('coco-video', 'coco.json', 'out.pkl', test='b')
    assert truth.nframes == {'b': 3} and truth.resolution == {'b': (60, 80)}
    tubes = [tube.tolist() for tube in truth.gttubes['b'][1]]
    assert tubes[0] == [[1, 1, 2, 10, 21]] and tubes[1] == [[3, 9, 2, 18, 21]]
    assert len(tubes) == 4
