"""Changed and damaged files of annotation tools: records in another order convert to
the same tubes, everything else is converted or refused by name.
"""

import json
import random
import re
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

import numpy as np

from .conversions import conversion, original, write_list
from .harness import Case
from .mutations import NUMBERS, PLAIN, mutate, mutate_bytes

Rng = np.random.Generator
FRAMES = range(1, 6)
# Ten columns of 50 pixels: the mask of the pixels 10 to 29 of the columns 3 and 4.
MASK = [3 * 50 + 10, 20, 30, 20, 50 * 60 - 230]


def _text_of_mask() -> str:
    """The runs of `MASK` as text: each is 5 bits, a mark, and the rest."""
    letters = ''
    for i, run in enumerate(MASK):
        value = run - (MASK[i - 2] if i > 2 else 0)
        while True:
            bits, value = value & 31, value >> 5
            last = value == (-1 if bits & 16 else 0)
            letters += chr(48 + bits + (0 if last else 32))
            if last:
                break
    return letters


def mot_rows() -> List[str]:
    return [f'{i},{p},{i + p},3,20,30,1,1,1' for i in FRAMES for p in (1, 2)]


def mots_rows() -> List[str]:
    text = _text_of_mask()
    return [f'{i} {p} 2 50 60 {text}' for i in FRAMES for p in (2001, 2002)]


def via_rows() -> List[str]:
    box = '{{""name"":""rect"",""x"":{},""y"":3,""width"":20,""height"":30}}'
    return [
        f'v1_{i}.png,9,"{{}}",1,0,"{box.format(i)}","{{""track"":""1""}}"'
        for i in FRAMES
    ]


VIA_3 = (
    '# ATTRIBUTE = {"1":{"aname":"action","options":{"0":"run"}}}\n# CSV_HEADER = '
    'metadata_id,file_list,flags,temporal_coordinates,spatial_coordinates,metadata\n'
)


def via_3_rows() -> List[str]:
    return [
        f'"{i}","[""v1.mp4""]",0,"[{i / 30:.4f}]","[2,{i},3,20,30]","{{""1"":""0""}}"'
        for i in FRAMES
    ]


VIA_HEADER = (
    'filename,file_size,file_attributes,region_count,region_id,'
    'region_shape_attributes,region_attributes'
)
TEXTS: List[Tuple[str, str, str, Callable[[], List[str]], Dict[str, Any]]] = [
    ('mot', 'v1.txt', '', mot_rows, {}),
    ('mots', 'v1.txt', '', mots_rows, {}),
    ('via', 'v1.csv', VIA_HEADER + '\n', via_rows, {}),
    ('via', 'v1.csv', VIA_3, via_3_rows, dict(fps=30.0)),
]


def text_case(rnd: random.Random, rng: Rng) -> Case:
    """Rows in another order, with changed cells, or damaged."""
    write_list('v1')
    kind, name, header, make, options = rnd.choice(TEXTS)
    path, rows, setup, how = Path(name), make(), None, rnd.random()
    if how < 0.15:
        path.write_text(header + '\n'.join(rows))
        setup = original(kind, name, **options)
        rnd.shuffle(rows)
        content = (header + rnd.choice(['\n', '\r\n', '\n\n']).join(rows)).encode()
        content = rnd.choice([b'', b'\xef\xbb\xbf']) + content
    elif how < 0.7:
        mark = ' ' if kind == 'mots' else ','
        for _ in range(rnd.randrange(1, 3)):
            at = rnd.randrange(len(rows))
            cells = rows[at].split(mark)
            cells[rnd.randrange(len(cells))] = rnd.choice(NUMBERS)
            rows[at] = mark.join(cells)
        content = (header + '\n'.join(rows)).encode()
    else:
        content = mutate_bytes(rnd, (header + '\n'.join(rows)).encode())
    path.write_bytes(content)
    run = conversion(kind, name, setup, **options)
    return Case(f'{kind}: {content[:1500]!r}', run, [name, 'v1', 'test.txt'])


def label_studio() -> Any:
    keys = [
        dict(frame=i, x=i, y=5, width=40, height=50, rotation=0, enabled=i < 5)
        for i in FRAMES
    ]
    value = dict(framesCount=9, sequence=keys, labels=['a'])
    results = [dict(type='videorectangle', value=value)]
    return [dict(data=dict(video='v1.mp4'), annotations=[dict(result=results)])]


def label_studio_min() -> Any:
    (task,) = label_studio()
    value = task['annotations'][0]['result'][0]['value']
    return [dict(id=1, video='v1.mp4', box=[value, dict(value, labels=['b', 'a'])])]


def via_pictures() -> Any:
    region = dict(
        shape_attributes=dict(name='rect', x=1, y=2, width=20, height=30),
        region_attributes=dict(track='1', action=dict(run=True, sit=False)),
    )
    return {
        f'v1_{i}.png9': dict(filename=f'v1_{i}.png', size=9, regions=[region])
        for i in FRAMES
    }


def via_project() -> Any:
    moments = {
        str(i): dict(vid='1', z=[i / 30], xy=[2, i, 3, 20, 30], av={'1': '0'}, flg=0)
        for i in FRAMES
    }
    return dict(
        metadata=moments,
        file={'1': dict(fname='v1.mp4')},
        view={'1': dict(fid_list=['1'])},
        attribute={'1': dict(aname='action', options={'0': 'run'})},
    )


def datumaro() -> Any:
    shape = dict(type='bbox', label_id=0, bbox=[3, 4, 20, 30])
    items = [
        dict(
            id=f'v1/{i:06d}',
            attr=dict(frame=i),
            annotations=[dict(shape, attributes=dict(track_id=1, outside=False))],
        )
        for i in FRAMES
    ]
    labels = dict(label=dict(labels=[dict(name='a'), dict(name='b')]))
    return dict(categories=labels, items=items)


def youtube_vis() -> Any:
    return dict(
        videos=[dict(id=1, name='v1', length=5, height=50, width=60)],
        categories=[dict(id=1, name='a'), dict(id=4, name='b')],
        annotations=[
            dict(id=i, video_id=1, category_id=4, bboxes=[[1, 2, 20, 30], None] * 2)
            for i in (1, 2)
        ],
    )


# Format, content, key of the records whose order has no meaning, and options.
JSONS: List[Tuple[str, Callable[[], Any], str, Dict[str, Any]]] = [
    ('label-studio', label_studio, '', {}),
    ('label-studio', label_studio_min, '', {}),
    ('via', via_project, 'metadata', dict(fps=30.0)),
    ('via', via_pictures, '', {}),
    ('datumaro', datumaro, 'items', {}),
    ('coco-video', youtube_vis, 'annotations', {}),
]


def _reordered(rnd: random.Random, content: Any, part: str) -> Any:
    """The records in another order."""
    records = content[part] if part else content
    if isinstance(records, dict):
        records = dict(rnd.sample(list(records.items()), len(records)))
    elif part:
        records = rnd.sample(records, len(records))
    else:
        for task in records:
            results = [each['result'] for each in task.get('annotations', [])]
            for each in task.get('box') or [r['value'] for r in sum(results, [])]:
                rnd.shuffle(each['sequence'])
    return dict(content, **{part: records}) if part else records


def json_case(rnd: random.Random, rng: Rng) -> Case:
    """Records in another order, changed values, or damaged bytes."""
    write_list('v1')
    kind, make, part, options = rnd.choice(JSONS)
    content, path, setup, how = make(), Path('j.json'), None, rnd.random()
    text = json.dumps(content).encode()
    if how < 0.15:
        path.write_bytes(text)
        setup = original(kind, 'j.json', **options)
        content = _reordered(rnd, content, part)
        text = json.dumps(content).encode()
    elif how < 0.8:
        text = json.dumps(mutate(rnd, content, PLAIN)).encode()
    else:
        text = mutate_bytes(rnd, text)
    path.write_bytes(text)
    run = conversion(kind, 'j.json', setup, **options)
    return Case(f'{kind}: {text[:2000]!r}', run, ['j.json', 'v1', 'test.txt'])


def cvat_task(number: int, size: int) -> str:
    return (
        f'<task><id>{number}</id><size>{size}</size><start_frame>10</start_frame>'
        f'<stop_frame>{8 + 2 * size}</stop_frame><frame_filter>step=2</frame_filter>'
        '<original_size><width>60</width><height>50</height></original_size>'
        f'<source>v{number}.mp4</source></task>'
    )


def cvat_project_case(rnd: random.Random, rng: Rng) -> Case:
    """Two tasks with every second frame, key frames and other shapes."""
    write_list('v1')
    shapes = [
        '<box frame="10" outside="0" xtl="1" ytl="2" xbr="30" ybr="40"/>',
        '<box frame="16" outside="0" xtl="5" ytl="2" xbr="30" ybr="40" rotation="10"/>',
        '<box frame="24" outside="1" xtl="1" ytl="2" xbr="30" ybr="40"/>',
    ]
    points = '<polygon frame="12" outside="0" points="1,2;30,40;5,20"/>'
    names = ''.join(f'<label><name>{each}</name></label>' for each in 'ab')

    def build() -> str:
        tracks = [
            f'<track label="a" task_id="{i}">{"".join(shapes)}</track>' for i in (1, 2)
        ]
        tracks.append(f'<track label="b" task_id="2">{points}</track>')
        return (
            '<annotations><meta><project><tasks>'
            + cvat_task(1, 9)
            + cvat_task(2, 12)
            + f'</tasks><labels>{names}</labels></project></meta>'
            + ''.join(tracks)
            + '</annotations>'
        )

    text, path, setup, how = build(), Path('p.xml'), None, rnd.random()
    hull = rnd.random() < 0.5
    if how < 0.15:
        path.write_text(text)
        setup = original('cvat-xml', 'p.xml', hull=hull)
        rnd.shuffle(shapes)
        content = build().encode()
    elif how < 0.6:

        def change(match: re.Match) -> str:
            changed = rnd.random() < 0.03
            return match[1] + (rnd.choice(NUMBERS) if changed else match[2]) + match[3]

        content = re.sub(r'(="|>)([^"<>]+)("|<)', change, text).encode()
    else:
        content = mutate_bytes(rnd, text.encode())
    path.write_bytes(content)
    run = conversion('cvat-xml', 'p.xml', setup, hull=hull)
    return Case(
        f'cvat-xml {hull}: {content[:2500]!r}', run, ['p.xml', 'v1', 'test.txt']
    )


FORMAT_CASES = (text_case, text_case, json_case, json_case, cvat_project_case)


def make_case(rnd: random.Random, rng: Rng, index: int) -> Case:
    """Case of one kind after the other."""
    return FORMAT_CASES[index % len(FORMAT_CASES)](rnd, rng)
