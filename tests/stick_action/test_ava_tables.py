"""Tables of AVA by hand."""

import numpy as np

from mmvkp.stick_action.ava_tables import ava_rows, write_label_map, write_split
from mmvkp.stick_action.tube_clips import TubeRecord

NAMES = ['wave', 'walk']


def _record():
    """24 frames: key frames 8 and 16 of seconds 901 and 902.

    The first actor walks from frame 3 to 16 and waves from 10 to 20.
    """
    boxes = np.tile(np.float32([8, 4, 15, 31]), (24, 1))
    first = (boxes, {'walk': (3, 16), 'wave': (10, 20)})
    return TubeRecord(24, [first, (boxes + 16, {'wave': (9, 22)})])


def test_rows_of_ava_by_hand():
    rows, excluded = ava_rows('test_3', _record(), NAMES, 64)
    first = '0.125000,0.062500,0.250000,0.500000'
    second = '0.375000,0.312500,0.500000,0.750000'
    assert rows.splitlines() == [
        f'test_3,0901,{first},2,0',
        f'test_3,0902,{first},2,0',
        f'test_3,0902,{first},1,0',
        f'test_3,0902,{second},1,1',
    ]
    assert excluded == 'test_3,0902\n'


def test_tables_of_a_split(tmp_path):
    records = [('test_3', _record()), ('test_4', _record())]
    write_split(tmp_path, 'test', records, NAMES, 64)
    lines = (tmp_path / 'test.csv').read_text().splitlines()
    assert [line[:6] for line in lines] == ['test_3'] * 4 + ['test_4'] * 4
    excluded = (tmp_path / 'test_excluded_timestamps.csv').read_text()
    assert excluded == 'test_3,0902\ntest_4,0902\n'
    write_label_map(tmp_path / 'list.pbtxt', NAMES)
    text = (tmp_path / 'list.pbtxt').read_text()
    assert text.startswith('item {\n  name: "wave"\n  id: 1\n}\nitem {\n  name: "walk"')
