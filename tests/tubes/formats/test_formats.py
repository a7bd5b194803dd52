"""Each layout, written by hand, becomes the same kind of tubes."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from mmvkp.tubes.annotations import load_tube_annotations

from ..tube_conversion import convert, faults, tool, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_txt_folders():
    """Two people of one class who come nearer, and one gap."""
    for frame, lines in {
        1: '2 10 10 20 20\n2 50 10 60 20\n',
        2: '2 47 10 57 20\n2 12 10 22 20\n',
        3: '2 14 10 24 20\n',
        5: '2 16 10 26 20\n',
    }.items():
        write(f'labels/Walk/b/{frame:05d}.txt', lines)
    write('labels/Run/a/00002.txt', '1 0 0 9.5 9\n')
    arguments = ('txt-folders', 'labels', 'out.pkl', '--resolution', '30', '80')
    truth = convert(*arguments)
    assert truth.labels == ['Run', 'Walk']
    assert truth.gttubes['Run/a'][0][0].tolist() == [[2, 0, 0, 9.5, 9]]
    left, last, right = sorted(
        (tube.tolist() for tube in truth.gttubes['Walk/b'][1]),
        key=lambda tube: tube[0][1],
    )
    assert left == [[1, 10, 10, 20, 20], [2, 12, 10, 22, 20], [3, 14, 10, 24, 20]]
    assert last == [[5, 16, 10, 26, 20]]
    assert right == [[1, 50, 10, 60, 20], [2, 47, 10, 57, 20]]
    assert truth.nframes == {'Run/a': 2, 'Walk/b': 5}
    left = convert(*arguments, '--max-gap', '1').gttubes['Walk/b'][1][0]
    assert left[3:].tolist() == [[4, 15, 10, 25, 20], [5, 16, 10, 26, 20]]
    # Boxes of 11 x 11 that move by 2: IoU 99 / 143 = 0.692.
    assert len(convert(*arguments, '--link-iou', '0.69').gttubes['Walk/b'][1]) == 4
    assert len(convert(*arguments, '--link-iou', '0.7').gttubes['Walk/b'][1]) == 6


def test_boxes_go_to_the_track_that_they_overlap_most():
    """Boxes of 10 x 10; a shift of 1 is an IoU of 9/11, one of 5 of 1/3."""
    line = '1 {} 0 {} 9\n'
    for frame, places in {1: (0, 6), 2: (5, 1), 3: (2, 3, 30)}.items():
        write(
            f'labels/Walk/b/{frame:05d}.txt',
            ''.join(line.format(x, x + 9) for x in places),
        )
    truth = convert('txt-folders', 'labels', 'out.pkl', '--resolution', '30', '80')
    tubes = {tuple(tube[:, 1]) for tube in truth.gttubes['Walk/b'][0]}
    assert tubes == {(0, 1, 2), (6, 5, 3), (30,)}
    # Two boxes near to one track: the second begins another.
    write('labels/Walk/b/00002.txt', '1 1 0 10 9\n1 2 0 11 9\n')
    write('labels/Walk/b/00001.txt', '1 0 0 9 9\n')
    write('labels/Walk/b/00003.txt', '')
    truth = convert('txt-folders', 'labels', 'out.pkl', '--resolution', '30', '80')
    tubes = {tuple(tube[:, 1]) for tube in truth.gttubes['Walk/b'][0]}
    assert tubes == {(0, 1), (2,)}


def test_faults_of_txt_folders_are_named(capsys):
    write('labels/Run/a/00001.txt', '1 0 0 9 9\n\n0 1 2 3 4\n1 2 3\n')
    write('labels/Run/a/x.txt', '')
    err = faults(capsys, 'txt-folders', 'labels', 'out.pkl', '--resolution', '30', '80')
    assert "labels/Run/a/00001.txt, line 3: '0 1 2 3 4' is not" in err
    assert "labels/Run/a/00001.txt, line 4: '1 2 3' is not" in err
    assert 'labels/Run/a/x.txt: the name is no number' in err


LABEL_MAP = """item {
  name: "bend/bow"
  id: 1
}
item {
  name: "walk"
  id: 12
}
"""


def test_ava_csv():
    """Person 3 walks in seconds 902 and 903 and bends in 902."""
    write('actions.pbtxt', LABEL_MAP)
    write(
        'ava.csv',
        'vid,0902,0.25,0.100,0.500,0.900,1,3\n'
        'vid,0902,0.25,0.100,0.500,0.900,12,3\n'
        'vid,0903,0.35,0.100,0.600,0.900,12,3\n'
        'vid,0903,0.00,0.000,1.000,1.000,80,4\n'
        'vid,0905,0.00,0.000,1.000,1.000,12,5\n',
    )
    write('excluded.csv', 'vid,0905\n')
    arguments = (
        'ava-csv',
        'ava.csv',
        'out.pkl',
        '--labels',
        'actions.pbtxt',
        '--resolution',
        '100',
        '200',
        '--nframes',
        '300',
        '--fps',
        '10',
        '--exclude',
        'excluded.csv',
    )
    truth = convert(*arguments, test='vid')
    assert truth.labels == ['bend/bow', 'walk']
    assert truth.nframes == {'vid': 300}
    # Second 902 begins with frame 21; 0.25 x 200 = 50, 0.5 x 200 - 1 = 99.
    assert truth.gttubes['vid'][0][0].tolist() == [[21, 50, 10, 99, 89]]
    assert [tube.tolist() for tube in truth.gttubes['vid'][1]] == [
        [[21, 50, 10, 99, 89]],
        [[31, 70, 10, 119, 89]],
    ]
    (walk,) = convert(*arguments, '--max-gap', '9', test='vid').gttubes['vid'][1]
    assert walk.shape == (11, 5)
    assert walk[5].tolist() == [26, 60, 10, 109, 89]


def test_faults_of_ava_csv_are_named(capsys):
    write('actions.pbtxt', LABEL_MAP)
    write(
        'ava.csv',
        'vid,0902,0.1,0.1,0.5,0.9,1\n'
        'vid,0899,0.1,0.1,0.5,0.9,1,0\n'
        'vid,0902,0.1,0.1,1.5,0.9,1,0\n'
        'vid,0902,0.1,x,0.5,0.9,1,0\n'
        'vid,0902,0.1,0.1,0.5,0.9,1,0\n'
        'vid,0902,0.1,0.1,0.5,0.9,1,0\n',
    )
    arguments = ('ava-csv', 'ava.csv', 'out.pkl', '--resolution', '100', '200')
    assert 'needs --labels' in faults(capsys, *arguments, status=2)
    err = faults(capsys, *arguments, '--labels', 'actions.pbtxt')
    for line, text in enumerate(
        (
            '7 columns',
            'second 0899 is not',
            'is not inside [0, 1]',
            'a number cannot be read',
        ),
        1,
    ):
        assert f'ava.csv, line {line}: ' in err and text in err
    assert 'ava.csv, line 5' not in err
    assert 'line 6: person 0 has class 1 in second 902 twice' in err


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
    assert 'coco.json, annotation 1: there is no image or category 99' in err
    assert 'coco.json, annotation 2: ' in err
    assert 'annotation 4: instance 1 is in frame 1 of Walk/b twice' in err
    assert 'annotation 3' not in err
    write('coco.json', '{"images": []}')
    assert 'lacks videos, annotations, categories' in faults(
        capsys, 'coco-video', 'coco.json', 'out.pkl', status=2
    )


CVAT = """<?xml version="1.0" encoding="utf-8"?>
<annotations>
  <version>1.1</version>
  <meta><task><size>6</size><labels><label><name>person</name>
    <attributes><attribute><name>action</name></attribute></attributes>
  </label></labels>
  <original_size><width>80</width><height>60</height></original_size></task>
  <source>b.mp4</source></meta>
  <track id="0" label="person">
    {boxes}
  </track>
</annotations>
"""
BOX = (
    '<box frame="{}" outside="{}" occluded="0" keyframe="1" xtl="{}" '
    'ytl="2.50" xbr="20.00" ybr="60.00"><attribute name="action">{}'
    '</attribute></box>\n'
)


def _cvat(*boxes, name='cvat/Walk/annotations.xml'):
    return write(name, CVAT.format(boxes='    '.join(boxes)))


def test_cvat_xml():
    """Frames 0 to 2, away in 3, back in 4 and 5."""
    _cvat(
        BOX.format(0, 0, 5, 'walk'),
        BOX.format(1, 0, 6, 'walk'),
        BOX.format(2, 0, 7, 'wave'),
        BOX.format(3, 1, 8, 'wave'),
        BOX.format(4, 0, 9, 'walk'),
        BOX.format(5, 0, 9, 'walk'),
    )
    truth = convert('cvat-xml', 'cvat', 'out.pkl')
    assert truth.labels == ['person']
    assert truth.nframes == {'Walk/b': 6}
    assert truth.resolution == {'Walk/b': (60, 80)}
    first, second = truth.gttubes['Walk/b'][0]
    assert first.tolist() == [
        [1, 5, 2.5, 19, 59],
        [2, 6, 2.5, 19, 59],
        [3, 7, 2.5, 19, 59],
    ]
    assert second[:, 0].tolist() == [5, 6]
    truth = convert('cvat-xml', 'cvat', 'out.pkl', '--attribute', 'action')
    assert truth.labels == ['walk', 'wave']
    walk, again = truth.gttubes['Walk/b'][0]
    assert walk[:, 0].tolist() == [1, 2] and again[:, 0].tolist() == [5, 6]
    assert truth.gttubes['Walk/b'][1][0][:, 0].tolist() == [3]
    write('names.txt', 'wave\nwalk\n')
    truth = convert(
        'cvat-xml', 'cvat', 'out.pkl', '--attribute', 'action', '--labels', 'names.txt'
    )
    assert len(truth.gttubes['Walk/b'][1]) == 2
    path = _cvat(BOX.format(0, 0, 5, 'walk'), name='film.xml')
    assert list(convert('cvat-xml', path, 'out.pkl', test='film').gttubes) == ['film']


def test_faults_of_cvat_xml_are_named(capsys):
    _cvat(
        BOX.format(0, 0, 5, 'walk'),
        BOX.format(0, 0, 5, 'walk'),
        BOX.format(1, 0, 30, 'walk'),
        BOX.format('x', 0, 5, 'walk'),
    )
    err = faults(capsys, 'cvat-xml', 'cvat', 'out.pkl')
    place = 'cvat/Walk/annotations.xml, line '
    assert f'{place}11: frame 0 is in the track twice' in err
    assert f'{place}12: frame 1: box' in err and 'empty or inverted' in err
    assert f'{place}13: a box lacks a number' in err
    assert f'{place}10' not in err
    err = faults(capsys, 'cvat-xml', 'cvat', 'out.pkl', '--attribute', 'what')
    assert 'the box has no class (what)' in err


@pytest.mark.parametrize(
    'text, message',
    [
        (
            '<!DOCTYPE a [<!ENTITY b "cc">]><annotations>&b;</annotations>',
            'line 1: has a document type declaration',
        ),
        ('<annotations><track>', 'this is not readable XML'),
        ('<annotations><image id="0"/></annotations>', 'is "CVAT for images"'),
        ('<annotations></annotations>', 'holds no tubes'),
    ],
)
def test_other_xml_is_refused(capsys, text, message):
    write('a.xml', text)
    err = faults(capsys, 'cvat-xml', 'a.xml', 'out.pkl', status=2)
    assert message in err and 'Traceback' not in err


def write_mask(video, frames, height=20, width=30):
    """A puppet mask with one rectangle ``x1, y1, x2, y2`` in each frame."""
    mask = np.zeros((height, width, len(frames)), dtype=np.uint8)
    for number, box in enumerate(frames):
        if box:
            x1, y1, x2, y2 = box
            mask[y1 : y2 + 1, x1 : x2 + 1, number] = number + 1
    path = Path(f'puppet_mask/{video}/puppet_mask.mat')
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, dict(part_mask=mask))


def test_jhmdb_puppet():
    """Boxes around the masks, one frame without, and two splits."""
    write_mask('walk/b', [(2, 3, 10, 12), (3, 3, 11, 12), None, (4, 3, 9, 5)])
    write_mask('clap/a', [(0, 0, 29, 19)])
    write('splits/walk_test_split1.txt', 'b.avi 2\n')
    write('splits/clap_test_split1.txt', 'a.avi 1\n')
    write('splits/walk_test_split2.txt', 'b.avi 1\n')
    write('splits/clap_test_split2.txt', 'a.avi 0\n')
    assert (
        tool.main(
            ['jhmdb-puppet', 'puppet_mask', 'out.pkl', '--jhmdb-splits', 'splits']
        )
        == 0
    )
    truth = load_tube_annotations('out.pkl')
    assert truth.labels == ['clap', 'walk']
    assert truth.train_videos == [['clap/a'], ['walk/b']]
    assert truth.test_videos == [['walk/b'], []]
    assert truth.nframes == {'clap/a': 1, 'walk/b': 4}
    assert truth.resolution == {'clap/a': (20, 30), 'walk/b': (20, 30)}
    assert [tube.tolist() for tube in truth.gttubes['walk/b'][1]] == [
        [[1, 2, 3, 10, 12], [2, 3, 3, 11, 12]],
        [[4, 4, 3, 9, 5]],
    ]
    assert truth.gttubes['clap/a'][0][0].tolist() == [[1, 0, 0, 29, 19]]


def test_faults_of_jhmdb_puppet_are_named(capsys):
    write_mask('walk/b', [None])
    write_mask('walk/c', [(0, 0, 5, 5)])
    savemat('puppet_mask/walk/c/puppet_mask.mat', dict(other=1))
    write('splits/walk_test_split1.txt', 'b.avi 3\nd.avi 1\n')
    assert (
        tool.main(
            ['jhmdb-puppet', 'puppet_mask', 'out.pkl', '--jhmdb-splits', 'splits']
        )
        == 1
    )
    said = capsys.readouterr().err
    assert 'walk/b/puppet_mask.mat: the mask is empty in all frames' in said
    assert 'walk/c/puppet_mask.mat: has no part_mask' in said
    assert "walk_test_split1.txt, line 1: 'b.avi 3' is not" in said
    assert 'walk_test_split1.txt, line 2: there is no mask of walk/d' in said
    with pytest.raises(SystemExit):
        tool.main(
            [
                'jhmdb-puppet',
                'puppet_mask',
                'out.pkl',
                '--jhmdb-splits',
                'splits',
                '--test',
                'a.txt',
            ]
        )
