"""The table of a small network, and mistakes in one line."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
from mmvkp.aknet import benchmark as benchmark_aknet

SMALL = [
    '--depth',
    '18',
    '--segments',
    '2',
    '--size',
    '64',
    '--repeats',
    '1',
    '--device',
    'cpu',
    '--classes',
    '3',
]


def rows(output):
    """Cells of the table, without its head."""
    lines = [line for line in output.splitlines() if line.startswith('|')]
    return [[cell.strip() for cell in line.strip('|').split('|')] for line in lines[2:]]


@pytest.mark.parametrize(
    'more', [['--channels-last'], ['--host', 'ResNetTDN', '--amp']]
)
def test_the_table(monkeypatch, capsys, more):
    monkeypatch.setattr(sys, 'argv', ['x', *SMALL, '--stage', '2', '0', *more])
    benchmark_aknet.main()
    table = rows(capsys.readouterr().out)
    assert [row[0] for row in table] == ['host', 'quick host', 'res4', 'res2']
    assert table[0][3:6] == ['1.000', '1.000', '+0.000']
    assert table[0][7:] == ['1.000', '1.000']
    # The same operations in less time.
    assert table[1][1] == table[0][1] and table[1][6] == '1.000'
    for _, macs, _, share, time, difference, _, bottom, _ in table:
        assert float(share) == pytest.approx(float(macs) / float(table[0][1]), abs=5e-3)
        assert float(difference) == pytest.approx(float(time) - float(share), abs=2e-3)
        assert float(bottom) <= float(share)
    # Two stages less of the host.
    assert float(table[3][7]) < float(table[2][7])


def test_macs_of_the_small_network(monkeypatch, capsys):
    """By hand: ResNet-18 on 2 x 64 x 64 has 2 x 148 079 616 MACs.

    Its stem has 32 x 32 x 3 x 64 x 49; of 16 x 16 cells the first stage has
    4 x 64 x 64 x 9; each further stage a quarter of the cells, (C / 2 + 3 C) C
    x 9 and a shortcut of C x C / 2; the classifier has 512 x 3.
    """
    monkeypatch.setattr(sys, 'argv', ['x', *SMALL, '--stage', '2'])
    benchmark_aknet.main()
    frame = 1024 * 3 * 64 * 49 + 256 * 4 * 64 * 64 * 9
    for channels, cells in ((128, 64), (256, 16), (512, 4)):
        frame += cells * channels * channels * (3.5 * 9 + 0.5)
    table = rows(capsys.readouterr().out)
    assert float(table[0][1]) == pytest.approx(
        (2 * frame + 2 * 512 * 3) / 1e9, abs=6e-4
    )


@pytest.mark.parametrize(
    'options, message',
    [
        (['--stage', '3'], 'error: AKNet: select_stage=3 does not cut'),
        (['--ratio', '2'], r'error: AKNet: keypoint_ratio=2.0 is outside'),
        (['--batch', '0'], 'error: benchmark_aknet.py: batch=0 is outside'),
        (['--depth', '17'], 'error: .*depth'),
    ],
)
def test_mistakes_are_one_line(monkeypatch, options, message):
    monkeypatch.setattr(sys, 'argv', ['x', *SMALL, *options])
    with pytest.raises(SystemExit, match=message) as caught:
        benchmark_aknet.main()
    assert '\n' not in str(caught.value)
