"""Notes and class names of lists of Kinetics."""

import pytest

from mmvkp.recognition.kinetics_lists import normalise, note, read_ids, read_videos


def test_long_notes_are_cut():
    assert note('ids', []) == []
    assert note('ids', [str(i) for i in range(12)]) == [
        '12 ids: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, and 2 more'
    ]


@pytest.mark.parametrize(
    'name, same',
    [
        ('petting_animal_(not_cat)', 'petting animal not cat'),
        ('"Tai chi"', 'tai_chi'),
        ("massaging person's head", 'massaging_persons_head'),
        (' making  tea ', 'making tea'),
    ],
)
def test_spellings_of_one_class(name, same):
    assert normalise(name) == normalise(same)
    assert normalise('blowing nose') != normalise('blowing glass')


HEADER = 'label,youtube_id,time_start,time_end\n'


@pytest.mark.parametrize(
    'name, content, message',
    [
        ('ids.txt', b'0\xff', 'ids.txt is not text in UTF-8'),
        ('k.csv', b'\xff', 'k.csv is not text in UTF-8'),
        (
            'k.csv',
            f'{HEADER}a,0123456789a,1e400,3'.encode(),
            'k.csv:2: .* is not label',
        ),
        (
            'k.csv',
            f'{HEADER}{"a" * 200000}'.encode(),
            'k.csv:2?1?: not readable as CSV',
        ),
    ],
)
def test_damaged_files_are_named(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        (read_ids if name == 'ids.txt' else read_videos)(path)
