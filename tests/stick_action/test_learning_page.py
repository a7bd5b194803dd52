"""The page: numbers of a small csv by hand."""

import pytest

from mmvkp.stick_action.learning_page import page_text, short_table, write_page
from mmvkp.stick_action.learning_results import add_results
from mmvkp.stick_action.learning_rows import Row

from ..cli import run
from .test_learning_results import line

ROWS = (
    Row('host', 'Host', ''),
    Row('ours', 'Ours', '', 'host', 'host'),
    Row('new', 'New', '', 'host'),
    Row('later', 'Later', '', 'host'),
)
RUNS = [
    *(line('host', seed, top1) for seed, top1 in enumerate((0.5, 0.6, 0.7))),
    *(
        line('ours', seed, top1, after='host', cpu_seconds=30.0, kept='0.5')
        for seed, top1 in enumerate((0.6, 0.7, 0.8))
    ),
    line('new', 0, 0.4),
]


def table_line(text, start):
    (found,) = [each for each in text.split('\n') if each.startswith(start)]
    return [each.strip() for each in found.strip('|').split('|')]


def tables(text):
    return text.split('## Paired differences')


def test_numbers_by_hand():
    text = page_text(RUNS, ROWS, 'results.csv')
    results, differences = tables(text)
    assert table_line(results, '| order-blind') == [
        'order-blind ceiling',
        '',
        '50.0',
        '',
        '',
        '',
        '',
        '',
        '',
    ]
    assert table_line(results, '| Host')[:3] == ['Host', '3', '60.0 +- 10.0']
    # Both stages: 6 + 6 epochs, 30 + 60 seconds.
    assert table_line(results, '| Ours') == [
        'Ours',
        '3',
        '70.0 +- 10.0',
        '90.0 +- 0.0',
        '10.0',
        '50.0 +- 0.0',
        '5',
        '12',
        '90',
    ]
    assert table_line(differences, '| Ours') == [
        'Ours',
        'Host',
        '3',
        '+10.0',
        '+10.0 to +10.0',
        'above',
    ]
    assert table_line(differences, '| New') == [
        'New *',
        'Host',
        '1',
        '-10.0',
        '',
        'one seed',
    ]
    assert table_line(results, '| New')[:2] == ['New *', '1']
    assert '1600 training clips' in text


def test_intervals_that_contain_zero_are_open():
    runs = RUNS[:3] + [line('new', s, v) for s, v in enumerate((0.5, 0.6, 0.73))]
    _, differences = tables(page_text(runs, ROWS, 'results.csv'))
    # Differences 0, 0, 3: mean 1, deviation 1.732; 4.303 * 1.732 / 1.732 = 4.303.
    assert table_line(differences, '| New')[3:] == ['+1.0', '-3.3 to +5.3', 'open']


def test_two_seeds_decide_nothing():
    runs = RUNS[:3] + [line('new', s, v) for s, v in enumerate((0.6, 0.7))]
    _, differences = tables(page_text(runs, ROWS, 'results.csv'))
    assert table_line(differences, '| New')[-1] == 'too few seeds'


def test_page_from_the_csv_alone(tmp_path, capsys):
    path = tmp_path / 'docs/results.csv'
    classes = 'class,clips,top1\na,2,0.5\nb,2,1.0\n'
    add_results(str(path), [(each, classes) for each in RUNS], ['host'])
    assert run('evaluate', 'learning', path) == 0
    assert capsys.readouterr().out == f'{tmp_path}/docs/results.md\n'
    text = (tmp_path / 'docs/results.md').read_text()
    assert text.startswith('# Learning benchmark')
    assert '(results.csv)' in text
    for name in ('macs', 'time', 'curves', 'classes'):
        assert f'(results/{name}.png)' in text
        assert (tmp_path / f'docs/results/{name}.png').stat().st_size > 2000
    # Rows that the table does not list are shown under their keys.
    assert '| ours |' in text


def test_missing_and_damaged_files(tmp_path):
    path = tmp_path / 'results.csv'
    add_results(str(path), [(RUNS[0], 'name\nx\n')], ['host'])
    with pytest.raises(ValueError, match='host_seed0.csv is not a file of classes'):
        write_page(str(path), str(tmp_path / 'results.md'))
    add_results(str(tmp_path / 'none.csv'), [], [])
    with pytest.raises(ValueError, match='has no runs'):
        write_page(str(tmp_path / 'none.csv'), str(tmp_path / 'none.md'))


def test_short_table():
    """Rows of a method and of its hosts, other rows left out."""
    runs = [line('mfnet', 0, 0.5), line('kpsem-mfnet', 0, 0.7), line('tsn', 0, 0.2)]
    assert short_table(runs, 'kpsem').split('\n')[2:] == [
        '| MFNet * | 1 | 50.0 | 10.0 |  |  |',
        '| KPSEM, MFNet * | 1 | 70.0 | 10.0 | MFNet | +20.0 |',
        '',
    ]


def test_command_of_the_page():
    usual = [each._replace(train_clips=1280) for each in RUNS]
    text = page_text(usual, ROWS, 'results.csv')
    assert text.startswith('# Learning benchmark\n')
    assert 'learning --budget full --page docs/results.md\n' in text
    assert 'Not run: Later.' in text
    more = [each._replace(train_clips=5120) for each in RUNS]
    text = page_text(more, ROWS, 'large.csv')
    assert (
        'learning --rows host --rows ours --rows new --train 5120 --seed 0 --seed 1 '
        '--seed 2 --page docs/large.md\nmmvkp evaluate learning docs/large.csv\n'
        in text
    )
    assert text.startswith('# Learning benchmark, 5120 training clips\n')
    assert 'Not run' not in text
