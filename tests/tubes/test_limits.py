"""Small files cannot take much memory or time."""

import io
import json
import time
import zipfile

import numpy as np
import pytest

from mmvkp.tubes import limits
from mmvkp.tubes.annotations import load_tube_annotations
from mmvkp.tubes.detection_files import DetectionReader, DetectionWriter
from mmvkp.tubes.detections import pack
from mmvkp.tubes.formats.found import Found, name_numbers, split_at_gaps
from mmvkp.tubes.iou import tube_iou
from mmvkp.tubes.joints import load_tube_joints
from mmvkp.tubes.tube_files import read_tubes

from ..cli import run
from .tube_cases import still_tube

CVAT = '<annotations><track label="a">{}</track></annotations>'
BOX = '<box frame="{}" xtl="1" ytl="1" xbr="5" ybr="5"/>'


@pytest.fixture(autouse=True)
def quickly():
    """Each test ends in seconds."""
    start = time.time()
    yield
    assert time.time() - start < 20


def write_array(path, name, shape, content, dtype='|u1'):
    """An `.npz` with one array of any header and content."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, dict(descr=dtype, fortran_order=False, shape=shape)
    )
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, header.getvalue() + content)


def test_compressed_zeros(tmp_path):
    path = tmp_path / 'a.npz'
    write_array(path, 'keypoint.npy', (1, 1, 50 << 20, 2), bytes(100 << 20))
    assert path.stat().st_size < 200_000
    with pytest.raises(ValueError, match='its arrays have 100 MiB'):
        load_tube_joints(path)


def test_header_without_content(tmp_path):
    path = tmp_path / 'a.npz'
    for shape, dtype in (((1 << 40,), '<f8'), ((1,), '<U2000000000'), ((-1,), '|u1')):
        write_array(path, 'keypoint.npy', shape, b'', dtype)
        with pytest.raises(ValueError, match='keypoint cannot be read .a header'):
            load_tube_joints(path)
    write_array(path, 'keypoint.npy', (1,), b'12345678', '|O')
    with pytest.raises(ValueError, match='an array of object; numbers are required'):
        load_tube_joints(path)


def test_nested_json(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('[' * 500_000)
    for read in (load_tube_annotations, lambda path: read_tubes(str(path), 'v')):
        with pytest.raises(ValueError, match='too many nested lists'):
            read(path)
    (tmp_path / 't.txt').write_text('v')
    assert run('data', 'convert', 'coco-video', path, 'o.pkl', '--test', 't.txt') == 1


def annotations(**changes):
    content = dict(
        labels=['a'],
        gttubes={'v': {0: [still_tube(1, 4).tolist()]}},
        nframes={'v': 4},
        train_videos=[[]],
        test_videos=[['v']],
        resolution={'v': [90, 90]},
    )
    return dict(content, **changes)


@pytest.mark.parametrize(
    'changes, words',
    [
        (dict(nframes={'v': 10**9}), 'nframes of v is 1000000000, outside'),
        (dict(nframes={'v': 10**400}), 'nframes of v is <integer of 1329 bits>'),
        (dict(resolution={'v': [90, 1e12]}), 'resolution of v is 1000000000000.0'),
        (dict(gttubes={'v': {10**9: []}}), 'a class in gttubes of v is .1000000000.'),
        (
            dict(gttubes={'v': {0: [[[1e9, 1, 2, 3, 4]]]}}),
            'tube 0, frame is 1000000000.0',
        ),
        (dict(labels=[['a'] * 9999]), r'a name in labels is \[.{,80}; a string'),
        (dict(labels=['a' * 9999]), r"labels is 'aa.{,80}; a string of up to 1000"),
        (dict(test_videos=[[{}]]), 'a name in test_videos of split 1 is {}; a string'),
        (dict(test_videos=[['v' * 99999]]), "test_videos of split 1 is 'vv.{,80}; a"),
        (dict(gttubes={'v' * 9999: {}}), "a name in gttubes is 'vv.{,80}; a string"),
        (dict(nframes=['x' * 9999]), r'nframes is \[.x.{,90}; a dict'),
    ],
)
def test_values_of_annotations(tmp_path, changes, words):
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(annotations(**changes)))
    with pytest.raises(ValueError, match=words) as caught:
        load_tube_annotations(path)
    assert len(str(caught.value)) < len(str(path)) + 250


def test_number_of_rows(tmp_path, monkeypatch):
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(annotations()))
    load_tube_annotations(path)
    monkeypatch.setattr(limits, 'MAX_ROWS', 3)
    with pytest.raises(ValueError, match='tubes have more than 3 rows'):
        load_tube_annotations(path)


def test_tubes_with_a_gap_need_no_memory():
    far = np.array([[1, 0, 0, 9, 9], [limits.MAX_FRAMES, 0, 0, 9, 9]], np.float32)
    many = [far] * 50
    np.testing.assert_allclose(
        tube_iou(many, many), np.full((50, 50), 2 / limits.MAX_FRAMES)
    )


def convert(*words):
    return run('data', 'convert', *words)


def test_frames_of_tracks(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 't.txt').write_text('v\n')
    size = ('--test', 't.txt', '--resolution', '50', '60')
    far = BOX.format(0) + BOX.format(60_000_000)
    (tmp_path / 'v.xml').write_text(CVAT.format(far))
    assert convert('cvat-xml', 'v.xml', 'o.pkl', *size, '--max-gap', '1000') == 1
    assert 'frame 60000000, outside [0, 999999]' in capsys.readouterr().err
    assert convert('cvat-xml', 'v.xml', 'o.pkl', *size, '--max-gap', '100000000') == 1
    # Many gaps: the rows are counted.
    monkeypatch.setattr(limits, 'MAX_ROWS', 500)
    boxes = ''.join(BOX.format(500 * i) for i in range(3))
    (tmp_path / 'v.xml').write_text(CVAT.format(boxes))
    assert convert('cvat-xml', 'v.xml', 'o.pkl', *size, '--max-gap', '1000') == 1
    assert 'more than 500 rows' in capsys.readouterr().err


def test_split_at_gaps_still_interpolates():
    boxes = np.array([[1, 0, 0, 0, 0], [3, 2, 2, 2, 2]])
    assert split_at_gaps(boxes, 1)[0][:, 1].tolist() == [0, 1, 2]
    assert [len(part) for part in split_at_gaps(boxes, 0)] == [1, 1]


def test_nested_and_long_xml(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 't.txt').write_text('v\n')
    for text, words in (
        (CVAT.format('<b>' * 100_000), 'more than 50 nested elements'),
        (CVAT.format('x' * 2_000_000), 'more than 1000 characters'),
        (CVAT.format('\n' * 2_000_000), 'holds no tubes'),
        ('<?xml version="1.0" encoding="nothing"?><a/>', 'not readable as XML'),
    ):
        (tmp_path / 'v.xml').write_text(text)
        assert convert('cvat-xml', 'v.xml', 'o.pkl', '--test', 't.txt') == 1
        assert words in capsys.readouterr().err


def test_classes_and_boxes_of_text_files(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 't.txt').write_text('Run/a\n')
    path = tmp_path / 'labels/Run/a/00001.txt'
    path.parent.mkdir(parents=True)
    arguments = ('txt-folders', 'labels', 'o.pkl', '--test', 't.txt')
    for text, words in (
        ('1e9 1 2 3 4', 'with a class from 1 to 100000'),
        ('9' * 99999 + ' 1 2 3 4', 'with a class from 1 to 100000'),
        ('1 1 2 3 4\n' * 1001, 'more than 1000 boxes'),
        ('90000 1 2 3 4', 'class 90000, but no video has class 1'),
    ):
        path.write_text(text)
        assert convert(*arguments) == 1
        err = capsys.readouterr().err
        assert words in err and len(err) < 2000
    path.rename(path.with_name('9999999999.txt'))
    assert convert(*arguments) == 1
    assert 'not a frame number from 1 to 1000000' in capsys.readouterr().err
    name_numbers([(10**12, 'a/b', 'here')], None, found := Found())
    assert 'no video has class 1' in found.faults[0]


def test_ava_tables(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 't.txt').write_text('v\n')
    (tmp_path / 'names.txt').write_text('a\n')
    arguments = ('ava-csv', 'a.csv', 'o.pkl', '--test', 't.txt', '--labels')
    for text, words in (
        ('v,1e300,0,0,1,1,1,1', 'is not a number from 900'),
        ('v,99999999,0,0,1,1,1,1', 'is not a number from 900'),
        ('v,900,0,0,1,1,' + '9' * 99999 + ',1', 'a number cannot be read'),
        ('v' * 200_000 + ',900,0,0,1,1,1,1', 'field larger than field limit'),
    ):
        (tmp_path / 'a.csv').write_text(text)
        assert convert(*arguments, 'names.txt', '--resolution', '50', '60') == 1
        err = capsys.readouterr().err
        assert words in err and len(err) < 1000


@pytest.mark.parametrize(
    'content',
    [
        dict(categories=3),
        dict(categories=[{}]),
        dict(videos=[3]),
        dict(images=[dict(id=[1], video_id=1, frame_id=0)]),
        dict(images=[dict(id=1, video_id=1, frame_id=1e999)]),
        dict(images=[dict(id=1, video_id=1, frame_id=10**12)]),
        dict(images=[dict(id=1, video_id=1, frame_id=0, height='x', width=3)]),
        dict(annotations=[3]),
        dict(annotations={'a': 1}),
    ],
    ids=str,
)
def test_coco_files(tmp_path, monkeypatch, capsys, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 't.txt').write_text('v\n')
    whole = dict(
        categories=[dict(id=1, name='a')],
        videos=[dict(id=1, name='v')],
        images=[dict(id=1, video_id=1, frame_id=0, height=50, width=60)],
        annotations=[
            dict(id=1, image_id=1, category_id=1, instance_id=1, bbox=[1, 1, 5, 5])
        ],
    )
    arguments = ('coco-video', 'a.json', 'o.json', '--test', 't.txt')
    (tmp_path / 'a.json').write_text(json.dumps(whole))
    assert convert(*arguments) == 0
    (tmp_path / 'a.json').write_text(json.dumps(dict(whole, **content)))
    capsys.readouterr()
    assert convert(*arguments) == 1
    assert 'a.json' in capsys.readouterr().err


def write_dump(path, **changes):
    """A dump of three detections with changed arrays."""
    boxes, scores = np.ones((3, 1, 4)), np.ones((3, 1))
    with DetectionWriter(path, ['a'], 1) as writer:
        found = pack(np.arange(1, 4), boxes, scores, None, None, None)
        writer.add('v', found._replace(**changes))


@pytest.mark.parametrize(
    'changes, words',
    [
        (dict(box=np.array([0, 1, 9])), r'box has values outside .0, 3.'),
        (dict(box=np.array([0, 1, -1])), r'box has values outside .0, 3.'),
        (dict(label=np.zeros(2, int)), 'label is int64 of shape'),
        (dict(boxes=np.ones((3, 2, 4))), 'boxes is float64 of shape'),
        (dict(boxes=np.full((3, 1, 4), np.nan)), 'boxes contains NaN'),
        (dict(score=np.array(['a', 'b', 'c'])), 'score is <U1'),
        (dict(frames=np.ones((3, 1), int)), 'frames is int64 of shape'),
    ],
)
def test_arrays_of_dumps(tmp_path, changes, words):
    path = tmp_path / 'a.npz'
    write_dump(path)
    assert len(DetectionReader(path).read('v').score) == 3
    write_dump(path, **changes)
    with pytest.raises(ValueError, match=words):
        DetectionReader(path).read('v')


@pytest.mark.parametrize(
    'meta',
    [
        dict(labels=3),
        dict(labels=[3]),
        dict(videos=[[]]),
        dict(tubelet_length=0),
        dict(tubelet_length='3'),
    ],
    ids=str,
)
def test_description_of_dumps(tmp_path, meta):
    path = tmp_path / 'a.npz'
    whole = dict(
        format='mmvkp-tube-detections',
        version=1,
        labels=[],
        videos=[],
        tubelet_length=1,
    )
    np.savez(path, meta=np.array(json.dumps(dict(whole, **meta))))
    with pytest.raises(ValueError, match='not a file of detections'):
        DetectionReader(path)


@pytest.mark.parametrize(
    'content',
    [
        [],
        dict(labels=['a'], videos=[]),
        dict(labels=3, videos={}),
        dict(labels=['a'], videos=dict(v=3)),
        dict(labels=['a'], videos=dict(v=[3])),
    ],
    ids=str,
)
def test_linked_tubes(tmp_path, content):
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match='a.json'):
        read_tubes(str(path), 'v')


@pytest.mark.parametrize(
    'change',
    [
        dict(frames=[10**30]),
        dict(frames=[10**9]),
        dict(label=5),
        dict(joints=[[1, 2]]),
        dict(boxes=[[1, 2, 3, float('nan')]]),
    ],
    ids=str,
)
def test_one_linked_tube(tmp_path, change):
    path = tmp_path / 'a.json'
    whole = dict(id=1, label=0, score=0.5, frames=[1], boxes=[[1, 2, 3, 4]])

    def read(entry):
        path.write_text(json.dumps(dict(labels=['a'], videos=dict(v=[entry]))))
        return read_tubes(str(path), 'v')[0]

    assert len(read(whole)) == 1
    with pytest.raises(ValueError, match='a.json: tube 0 of v'):
        read(dict(whole, **change))


def test_offsets_outside_the_file(tmp_path):
    """The offset of the directory is 100 too large, so entries start at -100."""
    path = tmp_path / 'a.npz'
    np.savez(path, x=np.ones(3))
    content = bytearray(path.read_bytes())
    place = content.rindex(b'PK\5\6') + 16
    offset = int.from_bytes(content[place : place + 4], 'little') + 100
    content[place : place + 4] = offset.to_bytes(4, 'little')
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r'a\.npz: (the array x cannot|not a readable)'
    ):
        limits.BoundedArrays(path).read('x')
