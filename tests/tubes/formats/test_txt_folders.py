"""Text files per frame, linked to tubes."""

from pathlib import Path

import pytest

from ..tube_conversion import CASES, convert, faults, write


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


def test_shares_of_the_frame(capsys):
    size = ('--resolution', '100', '200')
    arguments = ('txt-folders', CASES / 'txt_normalised/pixels', 'out.pkl', *size)
    ((tube,),) = convert(*arguments, test='Jump/v1').gttubes['Jump/v1'].values()
    assert tube[1].tolist() == [2, 11, 10, 50, 60]
    arguments = ('txt-folders', CASES / 'txt_normalised/yolo', 'out.pkl', *size)
    err = faults(capsys, *arguments)
    assert 'Jump/v1: all boxes are inside the first 2 pixels' in err
    assert '--coordinates centre-size' in err
    truth = convert(*arguments, '--coordinates', 'centre-size', test='Jump/v1')
    # Centre (100, 50), 120 x 70 pixels.
    assert truth.gttubes['Jump/v1'][0][0][0].tolist() == [1, 40, 15, 159, 84]
    pixels = ('txt-folders', CASES / 'txt_normalised/pixels', 'out.pkl', *size)
    err = faults(capsys, *pixels, '--coordinates', 'corners')
    assert '00001.txt: a coordinate is larger than 1' in err
    write('labels/a/v/1.txt', '1 0.25 0.1 0.5 1\n')
    truth = convert(
        'txt-folders', 'labels', *arguments[2:], '--coordinates', 'corners', test='a/v'
    )
    assert truth.gttubes['a/v'][0][0][0].tolist() == [1, 50, 10, 99, 99]


def test_classes_from_zero_and_by_name(capsys):
    size = ('--resolution', '100', '200')
    write('labels/a/v/1.txt', '0 10 10 50 60\n')
    arguments = ('txt-folders', 'labels', 'out.pkl', *size)
    assert '--first-class sets the smallest' in faults(capsys, *arguments)
    assert convert(*arguments, '--first-class', '0', test='a/v').labels == ['a']
    write('names.txt', 'x\ny\n')
    options = ('--first-class', '0', '--labels', 'names.txt')
    assert list(convert(*arguments, *options, test='a/v').gttubes['a/v']) == [0]
    write('names.txt', '0: x\n5: y\n')
    write('labels/a/v/1.txt', '5 10 10 50 60\n0 10 10 50 60\n')
    truth = convert(*arguments, '--labels', 'names.txt', test='a/v')
    assert truth.labels == ['x', 'y'] and sorted(truth.gttubes['a/v']) == [0, 1]
    write('labels/a/v/1.txt', 'Long Jump 10 10 50 60\n')
    assert convert(*arguments, test='a/v').labels == ['Long Jump']
    write('labels/a/v/1.txt', '1 10 10 50 60 7\n')
    assert "'1 10 10 50 60 7' is not" in faults(capsys, *arguments)
