"""Text files per frame, linked to tubes."""

from pathlib import Path

import pytest

from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def test_txt_folders():
    """Two approaching people of one class, and one gap."""
    for frame, lines in {
        1: '2 10 10 20 20\n2 50 10 60 20\n',
        2: '2 47 10 57 20\n2 12 10 22 20\n',
        3: '2 14 10 24 20\n',
        5: '2 16 10 26 20\n',
    }.items():
        write(f'labels/Walk/b/{frame:05d}.txt', lines)
    write('labels/Run/a/00002.txt', '1 0 0 9.5 9\n')
    arguments = ('txt-folders', 'labels', 'out.pkl', '--resolution', '30', '80')
    truth = convert(*arguments)
    assert truth.labels == ['Run', 'Walk']
    assert truth.gttubes['Run/a'][0][0].tolist() == [[2, 0, 0, 9.5, 9]]
    left, last, right = sorted(
        (tube.tolist() for tube in truth.gttubes['Walk/b'][1]),
        key=lambda tube: tube[0][1],
    )
    assert left == [[1, 10, 10, 20, 20], [2, 12, 10, 22, 20], [3, 14, 10, 24, 20]]
    assert last == [[5, 16, 10, 26, 20]]
    assert right == [[1, 50, 10, 60, 20], [2, 47, 10, 57, 20]]
    assert truth.nframes == {'Run/a': 2, 'Walk/b': 5}
    left = convert(*arguments, '--max-gap', '1').gttubes['Walk/b'][1][0]
    assert left[3:].tolist() == [[4, 15, 10, 25, 20], [5, 16, 10, 26, 20]]
    # Boxes of 11 x 11 that move by 2: IoU 99 / 143 = 0.692.
    assert len(convert(*arguments, '--iou-threshold', '0.69').gttubes['Walk/b'][1]) == 4
    assert len(convert(*arguments, '--iou-threshold', '0.7').gttubes['Walk/b'][1]) == 6


def test_boxes_go_to_the_track_that_they_overlap_most():
    """Boxes of 10 x 10; a shift of 1 is an IoU of 9/11, one of 5 of 1/3."""
    line = '1 {} 0 {} 9\n'
    for frame, places in {1: (0, 6), 2: (5, 1), 3: (2, 3, 30)}.items():
        write(
            f'labels/Walk/b/{frame:05d}.txt',
            ''.join(line.format(x, x + 9) for x in places),
        )
    truth = convert('txt-folders', 'labels', 'out.pkl', '--resolution', '30', '80')
    tubes = {tuple(tube[:, 1]) for tube in truth.gttubes['Walk/b'][0]}
    assert tubes == {(0, 1, 2), (6, 5, 3), (30,)}
    # Two boxes near to one track: the second begins another.
    write('labels/Walk/b/00002.txt', '1 1 0 10 9\n1 2 0 11 9\n')
    write('labels/Walk/b/00001.txt', '1 0 0 9 9\n')
    write('labels/Walk/b/00003.txt', '')
    truth = convert('txt-folders', 'labels', 'out.pkl', '--resolution', '30', '80')
    tubes = {tuple(tube[:, 1]) for tube in truth.gttubes['Walk/b'][0]}
    assert tubes == {(0, 1), (2,)}


def test_faults_of_txt_folders_are_named(capsys):
    write('labels/Run/a/00001.txt', '1 0 0 9 9\n\n0 1 2 3 4\n1 2 3\n')
    write('labels/Run/a/x.txt', '')
    write('labels/Run/a/².txt', '')
    err = faults(capsys, 'txt-folders', 'labels', 'out.pkl', '--resolution', '30', '80')
    assert "labels/Run/a/00001.txt, line 3: '0 1 2 3 4' is not" in err
    assert "labels/Run/a/00001.txt, line 4: '1 2 3' is not" in err
    assert 'labels/Run/a/².txt: the name is not a frame number' in err
    assert 'labels/Run/a/x.txt: the name is not a frame number' in err
    Path('labels/Run/a/00001.txt').write_bytes(b'1 \xff')
    err = faults(capsys, 'txt-folders', 'labels', 'out.pkl', '--resolution', '30', '80')
    assert 'labels/Run/a/00001.txt is not text in UTF-8' in err
