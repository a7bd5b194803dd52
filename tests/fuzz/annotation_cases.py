"""Changed and damaged annotations: tubes, and all formats that are converted."""

import io
import json
import pickle
import random
import re
import shutil
from pathlib import Path
from typing import Any, Dict, Optional

import numpy as np

from mmvkp.tubes.annotations import load_tube_annotations
from mmvkp.tubes.data_checks import check_annotations

from .conversions import SIZE, compare, conversion, original, write_list
from .harness import Case
from .mutations import NUMBERS, PLAIN, PYTHON, mutate, mutate_bytes, to_json

Rng = np.random.Generator


def annotations() -> Dict[str, Any]:
    """Two videos in the layout of UCF101v2-GT.pkl."""
    boxes = np.tile([1, 2, 30, 40], (8, 1))
    tube = np.column_stack([np.arange(1, 9), boxes]).astype(np.float32)
    return dict(
        labels=['a', 'b'],
        gttubes={'a/v1': {0: [tube]}, 'b/v2': {1: [tube, tube + [0, 5, 5, 5, 5]]}},
        nframes={'a/v1': 8, 'b/v2': 9},
        train_videos=[['a/v1']],
        test_videos=[['b/v2']],
        resolution={'a/v1': SIZE, 'b/v2': SIZE},
    )


def pickle_case(rnd: random.Random, rng: Rng) -> Case:
    content, path = mutate(rnd, annotations(), PYTHON), Path('a.pkl')
    path.write_bytes(pickle.dumps(content, rnd.choice([0, 1, 2, 3, 4, 5])))
    return Case(
        f'annotations, pickle: {_show(content)}',
        lambda: compare(content, load_tube_annotations(path)),
        ['a.pkl'],
    )


def _show(content: Any) -> str:
    """Content without the arrays of the original."""
    text = re.sub(
        r'array\(\[\[ 1\., .*?dtype=float32\)', 'T', repr(content), flags=re.S
    )
    return text if len(text) < 400 else text[:400] + '...'


def pickle_bytes_case(rnd: random.Random, rng: Rng) -> Case:
    path = Path('b.pkl')
    raw = pickle.dumps(annotations(), rnd.choice([0, 1, 2, 4, 5]))
    path.write_bytes(mutate_bytes(rnd, raw))

    def run() -> None:
        check_annotations(load_tube_annotations(path))

    return Case(f'annotations, {len(raw)} bytes', run, ['b.pkl'])


def json_case(rnd: random.Random, rng: Rng) -> Case:
    content, path = mutate(rnd, to_json(annotations()), PLAIN), Path('a.json')
    text, how = json.dumps(content).encode(), rnd.random()
    if how < 0.05:
        text = b'[' * rnd.choice([10, 5000, 200000])
    elif how < 0.3:
        text = mutate_bytes(rnd, text)
    path.write_bytes(text)

    def run() -> Optional[str]:
        found = load_tube_annotations(path)
        return compare(json.loads(text), found)

    return Case(f'annotations, json: {text[:300]!r}', run, ['a.json'])


def coco() -> Dict[str, Any]:
    """One tube of four frames."""
    return dict(
        videos=[dict(id=1, name='v1')],
        images=[
            dict(id=i, video_id=1, frame_id=i, height=50, width=60) for i in range(4)
        ],
        annotations=[
            dict(id=i, image_id=i, category_id=1, instance_id=0, bbox=[1, 2, 10, 12])
            for i in range(4)
        ],
        categories=[dict(id=1, name='a'), dict(id=2, name='b')],
    )


def coco_case(rnd: random.Random, rng: Rng) -> Case:
    write_list('v1')
    content, path, how = coco(), Path('c.json'), rnd.random()
    setup = None
    if how < 0.1:
        # The order of the records has no meaning.
        path.write_text(json.dumps(content))
        setup = original('coco-video', 'c.json')
        for part in ('images', 'annotations'):
            rnd.shuffle(content[part])
        text = json.dumps(content).encode()
    elif how < 0.75:
        text = json.dumps(mutate(rnd, content, PLAIN)).encode()
    else:
        text = mutate_bytes(rnd, json.dumps(content).encode())
    path.write_bytes(text)
    run = conversion('coco-video', 'c.json', setup)
    return Case(f'coco-video: {text!r}', run, ['c.json', 'test.txt'])


BOX = (
    '<box frame="{}" outside="0" occluded="0" xtl="1.0" ytl="2.0" xbr="30.0" '
    'ybr="40.0"><attribute name="x">b</attribute></box>'
)
CVAT = (
    '<?xml version="1.0"?><annotations><meta><task><size>8</size><source>v1.mp4'
    '</source><original_size><width>60</width><height>50</height></original_size>'
    '</task></meta><track id="0" label="a">{}</track></annotations>'
)
OTHER_XML = [
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    '<!DOCTYPE z [<!ENTITY l "lol"><!ENTITY m "&l;&l;&l;">]><z>&m;</z>',
    '<a>' * 100000,
    '<track><box frame="0" xtl="0" ytl="0" xbr="1" ybr="1"/></track>',
    '<annotations><box/></annotations>',
    '<annotations><track><image/></track></annotations>',
    '',
    '<?xml version="1.0" encoding="utf-16"?><a/>',
    '<annotations><track label="a"/></annotations>',
    CVAT.format(BOX.format(1) + BOX.format(400000000)),
    CVAT.format(BOX.format(1).replace('</box>', BOX.format(2) + '</box>')),
]


def cvat_case(rnd: random.Random, rng: Rng) -> Case:
    write_list('v1')
    boxes, path, setup = [BOX.format(i) for i in range(6)], Path('v1.xml'), None
    text, how = CVAT.format(''.join(boxes)), rnd.random()
    if how < 0.1:
        path.write_text(text)
        setup = original('cvat-xml', 'v1.xml')
        rnd.shuffle(boxes)
        text = '\ufeff' * rnd.randrange(2) + CVAT.format('\n '.join(boxes))
        content = text.encode()
    elif how < 0.4:
        content = mutate_bytes(rnd, text.encode())
    elif how < 0.85:

        def change(match: re.Match) -> str:
            first, _, last = match[1], match[2], match[3]
            return (
                first + rnd.choice(NUMBERS) + last if rnd.random() < 0.06 else match[0]
            )

        content = re.sub(r'(=")([^"]*)(")', change, text)
        content = re.sub(r'(>)(\w+)(<)', change, content).encode()
    else:
        content = rnd.choice(OTHER_XML).encode()
    path.write_bytes(content)
    options = dict(attribute='x') if setup is None and rnd.random() < 0.5 else {}
    run = conversion('cvat-xml', 'v1.xml', setup, **options)
    return Case(f'cvat-xml {options}: {content[:2000]!r}', run, ['v1.xml', 'test.txt'])


def ava_case(rnd: random.Random, rng: Rng) -> Case:
    write_list('v1')
    rows = [
        [
            'v1',
            str(902 + i // 2),
            '.1',
            '.2',
            '.6',
            '.8',
            str(1 + i % 2 * 2),
            str(i % 2),
        ]
        for i in range(8)
    ]
    path, setup = Path('a.csv'), None
    options = dict(label_map={1: 'a', 3: 'b'})
    plain = '\n'.join(','.join(row) for row in rows)
    if rnd.random() < 0.1:
        path.write_text(plain)
        setup = original('ava-csv', 'a.csv', **options)
        rnd.shuffle(rows)
        content = '\r\n'.join(','.join(row) for row in rows).encode()
    else:
        for _ in range(rnd.randrange(3)):
            rnd.choice(rows)[rnd.randrange(8)] = rnd.choice(NUMBERS)
        if rnd.random() < 0.1:
            rnd.choice(rows).append('x')
        if rnd.random() < 0.1:
            rnd.choice(rows).pop()
        content = '\n'.join(','.join(row) for row in rows).encode()
        if rnd.random() < 0.3:
            content = mutate_bytes(rnd, content)
        elif rnd.random() < 0.03:
            content = b'a' * 200000 + b',' * 7
    path.write_bytes(content)
    run = conversion('ava-csv', 'a.csv', setup, **options)
    return Case(f'ava-csv: {content[:400]!r}', run, ['a.csv', 'test.txt'])


def txt_case(rnd: random.Random, rng: Rng) -> Case:
    write_list('a/v1')
    folder = Path('txt/a/v1')
    shutil.rmtree('txt', ignore_errors=True)
    folder.mkdir(parents=True)
    for frame in range(1, 6):
        words = ['1', '1', '2', '30', '40']
        if rnd.random() < 0.2:
            words[rnd.randrange(5)] = rnd.choice(NUMBERS)
        content = (' '.join(words) + '\n').encode()
        if rnd.random() < 0.1:
            content = mutate_bytes(rnd, content)
        name = f'{frame:05d}'
        if rnd.random() < 0.05:
            name = rnd.choice(['x', '-1', '0', '\u00b2', '\u0663', '1e3', '9' * 12])
        (folder / f'{name}.txt').write_bytes(content)
    files = {each.name: each.read_bytes()[:60] for each in folder.iterdir()}
    gap = rnd.choice([0, 0, 10**9])
    run = conversion('txt-folders', 'txt', max_gap=gap)
    return Case(f'txt-folders {gap}: {files}', run, ['txt/a', 'txt:', 'test.txt'])


def pyannot_case(rnd: random.Random, rng: Rng) -> Case:
    write_list('a/v1')
    tube = dict(label=0, sf=0, ef=5, boxes=np.tile(np.uint8([[3, 4, 10, 10]]), (5, 1)))
    content = mutate(rnd, {'a/v1': dict(label=0, numf=9, annotations=[tube])}, PYTHON)
    raw = pickle.dumps(content, 2)
    if rnd.random() < 0.3:
        raw = mutate_bytes(rnd, raw)
    Path('py.pkl').write_bytes(raw)
    run = conversion('pyannot', 'py.pkl')
    return Case(f'pyannot: {_show(content)}', run, ['py.pkl', 'test.txt'])


def save_mat(rnd: random.Random, name: str, value: Any) -> bytes:
    from scipy.io import savemat

    out = io.BytesIO()
    savemat(out, {name: value}, do_compression=rnd.random() < 0.5)
    return mutate_bytes(rnd, out.getvalue()) if rnd.random() < 0.5 else out.getvalue()


def final_annots_case(rnd: random.Random, rng: Rng) -> Case:
    write_list('a/v1')
    boxes = np.tile([3, 4, 10, 10], (5, 1))
    fields = [(name, 'O') for name in ('class', 'sf', 'ef', 'boxes')]
    tube = np.array([(1, 1, 5, boxes)], dtype=fields)
    fields = [(name, 'O') for name in ('name', 'num_imgs', 'tubes')]
    annot = np.array([('a/v1', 9, tube)], dtype=fields)
    values = [0, -1, 10**9, np.nan, 'x', np.zeros((0, 4)), np.zeros((5, 3)), '', np.inf]
    what = 'bytes'
    if rnd.random() < 0.5:
        part = rnd.choice([tube, tube, annot])
        field, value = rnd.choice(part.dtype.names), rnd.choice(values)
        part[0][field], what = value, f'{field}={value!r}'
    Path('f.mat').write_bytes(save_mat(rnd, 'annot', annot))
    run = conversion('final-annots', 'f.mat')
    return Case(f'final-annots: {what}', run, ['f.mat', 'test.txt'])


def puppet_case(rnd: random.Random, rng: Rng) -> Case:
    for name in ('pm', 'splits'):
        shutil.rmtree(name, ignore_errors=True)
    Path('pm/a/v1').mkdir(parents=True)
    Path('splits').mkdir()
    mask = (rng.random((20, 30, 6)) < 0.3).astype(np.uint8)
    values = [mask] * 4 + [mask * 0, mask[:, :, 0], np.zeros((0, 5, 5)), mask[None]]
    values += [mask.astype(float), np.array('x'), 5, mask > 0]
    content = save_mat(rnd, rnd.choice(['part_mask'] * 9 + ['x']), rnd.choice(values))
    Path('pm/a/v1/puppet_mask.mat').write_bytes(content)
    texts = ['v1.avi 2\n'] * 4 + [
        'v1.avi 9\n',
        'v1 2\n',
        '',
        'z.avi 1\n',
        'v1.avi 2 3\n',
    ]
    names = ['a_test_split1.txt'] * 5
    names += [
        f'a_test_split{"9" * 20}.txt',
        'a_test_split\u00b2.txt',
        '_test_split1.txt',
    ]
    name, text = rnd.choice(names), rnd.choice(texts).encode()
    if rnd.random() < 0.1:
        text = b'\xff\xfe 1\n'
    Path('splits', name).write_bytes(text)
    run = conversion('jhmdb-puppet', 'pm', jhmdb_splits=Path('splits'))
    return Case(f'jhmdb-puppet: {name} {text!r}', run, ['pm', 'splits', 'v1'])


ANNOTATION_CASES = (
    pickle_case,
    pickle_case,
    pickle_bytes_case,
    json_case,
    coco_case,
    coco_case,
    cvat_case,
    cvat_case,
    ava_case,
    txt_case,
    pyannot_case,
    final_annots_case,
    puppet_case,
)
