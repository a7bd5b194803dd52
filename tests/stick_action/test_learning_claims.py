"""Verdicts about claims, by hand."""

import pytest

from mmvkp.stick_action.learning_claims import CLAIMS, Claim, claim_cells
from mmvkp.stick_action.learning_rows import ROWS, Row
from mmvkp.stick_action.paired_differences import summarise


# Three differences m - 1, m, m + 1 points: deviation 1, half width 4.303 / sqrt(3).
@pytest.mark.parametrize(
    'mean, margin, verdict',
    [
        (2.6, 0, 'confirmed here'),
        (2.4, 0, 'not confirmed here'),
        (-2.4, 0, 'not confirmed here'),
        (-2.6, 0, 'refuted here'),
        (1.6, 1, 'confirmed here'),
        (-2.6, 1, 'not confirmed here'),
        (-3.6, 1, 'refuted here'),
    ],
)
def test_verdicts(mean, margin, verdict):
    difference = summarise([(mean + step) / 100 for step in (-1, 0, 1)])
    claim = Claim('', '', 'ours', 'host', margin / 100)
    assert claim.verdict(difference) == verdict


def test_one_seed_confirms_nothing():
    assert Claim('', '', 'a', 'b').verdict(summarise([0.5])) == 'not confirmed here'


def test_lines():
    rows = (Row('ours', 'Ours', ''), Row('host', 'Host', ''))
    claims = [Claim('ours helps', 'Paper', 'ours', 'host')]
    top1 = {'ours': {0: 0.6, 1: 0.7, 2: 0.8}, 'host': {0: 0.5, 1: 0.6, 2: 0.7}}
    assert claim_cells(top1, rows, claims) == [
        ['ours helps', 'Paper', 'Ours - Host', '3', '+10.0 +- 0.0', 'confirmed here']
    ]
    for count in (1, 2):
        few = {key: dict([*each.items()][:count]) for key, each in top1.items()}
        assert claim_cells(few, rows, claims) == []
    assert claim_cells({'ours': {0: 0.6}}, rows, claims) == []


def test_claims_name_rows_of_the_table():
    keys = {row.key for row in ROWS}
    assert {key for each in CLAIMS for key in (each.row, each.against)} <= keys
