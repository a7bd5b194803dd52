"""Notes and class names of lists of Kinetics."""

import pytest

from mmvkp.recognition.kinetics_lists import normalise, note


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
