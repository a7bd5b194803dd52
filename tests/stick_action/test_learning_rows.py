"""The fixed table of the learning benchmark is consistent and complete."""

import pytest

from mmvkp.recognition.recipes import config_folder
from mmvkp.stick_action.learning_configs import ENDING
from mmvkp.stick_action.learning_rows import ROWS, select_rows

KEYS = [row.key for row in ROWS]


def test_names_and_references():
    assert len(set(KEYS)) == len(KEYS)
    assert len({row.label for row in ROWS}) == len(ROWS)
    for row in ROWS:
        path = config_folder() / 'recognition' / f'{row.recipe}{ENDING}'
        assert path.is_file(), row.key
        assert {row.against, row.after} <= {*KEYS, None}, row.key
        # The first stage is trained before, and has none of its own.
        if row.after:
            first = ROWS[KEYS.index(row.after)]
            assert KEYS.index(row.after) < KEYS.index(row.key)
            assert first.after is None


def test_second_stages_are_compared_at_equal_budgets():
    by_key = dict(zip(KEYS, ROWS))
    for row in ROWS:
        if row.after and row.against and not row.key.endswith('-twice'):
            assert by_key[row.against].after == row.after, row.key


def test_budgets():
    assert [row.key for row in select_rows('full')] == KEYS
    small = {row.key for row in select_rows('small')}
    assert {'tsn', 'tsm', 'tdn', 'r3d', 'mfnet', 'kpsem-r3d', 'afnet-rt50'} <= small
    # Each selected row can be compared.
    assert {row.against for row in ROWS if row.key in small} <= {*small, None}


def test_patterns_add_first_stages():
    assert [row.key for row in select_rows(patterns=['aknet-tdn-res*'])] == [
        'tdn',
        'aknet-tdn-res4',
        'aknet-tdn-res3',
        'aknet-tdn-res2',
    ]
    with pytest.raises(ValueError, match="no row matches 'tms'; the rows are tsn, "):
        select_rows(patterns=['tms'])
    with pytest.raises(ValueError, match="budget='tiny' is unknown"):
        select_rows('tiny')
