"""MOT and MOTS."""

import numpy as np
import pytest

from ..tube_conversion import convert, faults, write


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


INFO = '[Sequence]\nname=A\nframeRate=30\nseqLength=9\nimWidth=80\nimHeight=60\n'


def test_mot(capsys):
    """Frames and pixels count from 1; the second person is not considered."""
    write('mot/A/seqinfo.ini', INFO)
    rows = '1,7,11,21,10,20,1,1,1\n2,7,12,21,10,20,1,1,0.5\n1,8,1,1,5,5,0,8,1\n'
    write('mot/A/gt/gt.txt', rows)
    truth = convert('mot', 'mot', 'out.pkl', test='A')
    assert truth.labels == ['pedestrian']
    assert truth.nframes == {'A': 9} and truth.resolution == {'A': (60, 80)}
    ((tube,),) = truth.gttubes['A'].values()
    assert tube.tolist() == [[1, 10, 20, 19, 39], [2, 11, 20, 20, 39]]
    out = capsys.readouterr().out
    assert 'left out: 1 shapes: not considered (flag 0)' in out


def test_mot_of_other_tools():
    """CVAT writes labels.txt, and pixels from 0; MOT 2015 has no classes."""
    write('mot/gt/labels.txt', 'run\nsit down\n')
    write('mot/gt/gt.txt', '1,1,10,20,10,20,1,2,1\n')
    size = ('--resolution', '60', '80')
    truth = convert('mot', 'mot', 'out.pkl', *size, test='mot')
    assert truth.labels == ['run', 'sit down']
    assert truth.gttubes['mot'][1][0].tolist() == [[1, 10, 20, 19, 39]]
    truth = convert('mot', 'mot', 'out.pkl', *size, '--first-pixel', '1', test='mot')
    assert truth.gttubes['mot'][1][0][0, 1] == 9
    write('S2L1.txt', '\ufeff1,1,11,21,10,20,1,3.5,-2,0\r\n')
    truth = convert('mot', 'S2L1.txt', 'out.pkl', *size, test='S2L1')
    assert truth.labels == ['pedestrian']
    assert truth.gttubes['S2L1'][0][0].tolist() == [[1, 10, 20, 19, 39]]
    write('names.txt', '3: run\n5: sit\n')
    write('a.txt', '1 1 11 21 10 20 1 5 1\n')
    truth = convert('mot', 'a.txt', 'out.pkl', *size, '--labels', 'names.txt', test='a')
    assert truth.labels == ['run', 'sit'] and list(truth.gttubes['a']) == [1]


@pytest.mark.parametrize(
    'row, message',
    [
        ('0,1,1,1,5,5,1,1,1', 'frame is'),
        ('1,-1,1,1,5,5,1,1,1', 'id is'),
        ('1,1,nan,1,5,5,1,1,1', 'nan is not a number'),
        ('1,1,1,1,5', '5 columns'),
        ('1,1,1,1,5,5,1,3,1', 'class 3 has no name; give --labels'),
        ('2,1,1,1,5,5,1,1,1\n2,1,1,1,5,5,1,1,1', 'line 2: 1 is in frame 2 of a twice'),
        ('1,1,1,1,0,5,1,1,1', 'x1 > x2'),
    ],
)
def test_faults_of_mot(capsys, row, message):
    write('a.txt', row)
    err = faults(capsys, 'mot', 'a.txt', 'out.pkl', '--resolution', '60', '80')
    assert message in err and 'a.txt' in err


def test_damaged_seqinfo(capsys):
    write('A/gt/gt.txt', '1,1,1,1,5,5,1,1,1')
    for text, words in (
        ('[Sequence]\nseqLength=x\nimWidth=1\nimHeight=1', "seqLength is 'x'"),
        ('[Sequence]\nseqLength=3', 'imheight'),
        ('x', 'seqinfo.ini'),
    ):
        write('A/seqinfo.ini', text)
        assert words in faults(capsys, 'mot', 'A', 'out.pkl')


def _encode(mask):
    """Run length text of a mask (H, W), written from the description of COCO."""
    flat = np.asarray(mask, bool).T.ravel()
    runs, value = [0], False
    for each in flat:
        if each != value:
            runs.append(0)
            value = each
        runs[-1] += 1
    text = ''
    for i, run in enumerate(runs):
        number = int(run) - (int(runs[i - 2]) if i > 2 else 0)
        more = True
        while more:
            bits = number & 31
            number >>= 5
            more = number != (-1 if bits & 16 else 0)
            text += chr((bits | (32 if more else 0)) + 48)
    return text


def test_mots(capsys):
    mask = np.zeros((60, 80), bool)
    mask[10:31, 20:26] = mask[40:50, 22:24] = True
    text = _encode(mask)
    full = np.zeros((60, 80), bool)
    full[:, 5:7] = True
    thin = full & (np.arange(80) == 5)
    write(
        'A.txt',
        f'1 2001 2 60 80 {text}\n2 2001 2 60 80 {_encode(full)}\n'
        f'2 10000 10 60 80 {text}\n2 2002 2 60 80 {_encode(mask & False)}\n'
        f'3 2001 2 60 80 {_encode(thin)}\n',
    )
    truth = convert('mots', 'A.txt', 'out.pkl', '--first-frame', '1', test='A')
    assert truth.labels == ['car', 'pedestrian']
    assert truth.resolution == {'A': (60, 80)}
    out = capsys.readouterr().out
    assert 'a region to ignore' in out and 'an empty mask' in out
    (tube,) = truth.gttubes['A'][1]
    assert tube[0].tolist() == [1, 20, 10, 25, 49]
    assert tube[1].tolist() == [2, 5, 0, 6, 59] and len(tube) == 2
    assert 'the hull has less than two rows or columns' in out


def test_frames_of_mots_from_zero(capsys):
    mask = np.zeros((60, 80), bool)
    mask[1:9, 2:9] = True
    write('A.txt', f'0 2001 2 60 80 {_encode(mask)}\n')
    truth = convert('mots', 'A.txt', 'out.pkl', test='A')
    assert truth.gttubes['A'][1][0].tolist() == [[1, 2, 1, 8, 8]]
    assert 'frames count from 0' in capsys.readouterr().out
    write('A.txt', '0 2001 2 60 80 01\n')
    assert 'the mask has not 60 x 80' in faults(capsys, 'mots', 'A.txt', 'out.pkl')
    write('A.txt', '0 2001 2 60 80 \x01\n')
    assert 'is not a run length code' in faults(capsys, 'mots', 'A.txt', 'out.pkl')
