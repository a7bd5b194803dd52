"""The offline evaluation: on recorded cases, relinked, averaged, exported."""

import json
from pathlib import Path

import numpy as np
import pytest

from mmvkp.tubes.detection_files import DetectionWriter
from mmvkp.tubes.detections import pack

from ..cli import run
from . import tube_cases as cases


def evaluate(*words):
    return run('evaluate', 'tubes', *words)


def write_case(folder, name):
    """Annotations and dump of a recorded case."""
    inputs, expected, found, _ = cases.load_case(name)
    ann, dump = folder / f'{name}.json', folder / f'{name}.npz'
    ann.write_text(json.dumps(cases.annotations_of(inputs)))
    with DetectionWriter(dump, inputs['labels'], inputs['K']) as writer:
        for video, (frames, boxes, labels, scores) in found.items():
            writer.add(video, pack(frames, boxes, scores, labels, None, 30))
    return str(ann), str(dump), inputs, expected


def table(text):
    """Rows of the last table that was printed."""
    lines = text[text.rindex('class  ') :].strip().splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines}


@pytest.mark.parametrize('name', cases.NAMES)
def test_as_moc_has_it(name, tmp_path, capsys):
    ann, dump, inputs, expected = write_case(tmp_path, name)
    assert (
        evaluate(
            ann,
            dump,
            '--video-iou-threshold',
            '0.5',
            '--video-iou-threshold',
            '0.5:0.95',
        )
        == 0
    )
    rows, expected = table(capsys.readouterr().out), expected['moc']
    assert rows['class'] == ['frame_mAP@0.5', 'video_mAP@0.5', 'video_mAP@0.5:0.95']
    for label, title in enumerate(inputs['labels']):
        wanted = [
            expected[key]['per_class'][label] for key in ('frameAP@0.5', 'videoAP@0.50')
        ]
        np.testing.assert_allclose(np.array(rows[title][:2], float), wanted, atol=6e-3)
    np.testing.assert_allclose(
        np.array(rows['mean'], float),
        [
            expected['frameAP@0.5']['mean'],
            expected['videoAP@0.50']['mean'],
            expected['videoAP@0.50:0.95'],
        ],
        atol=6e-3,
    )


def test_relinked(tmp_path, capsys):
    ann, dump, _, expected = write_case(tmp_path, 'untrimmed_multi_k1')
    asked = [ann, dump, '--video-iou-threshold', '0.5']
    assert evaluate(*asked, '--protocol', 'voc', '--linker', 'viterbi') == 0
    rows = table(capsys.readouterr().out)
    assert float(rows['mean'][1]) == pytest.approx(
        expected['yowo_viterbi']['videoAP@0.50']['mean'], abs=6e-3
    )
    # Missed frames are what ends MOC's tubes of single boxes here.
    assert evaluate(*asked, '--linker', 'greedy', '--link-option', 'max_gap=5') == 0
    rows = table(capsys.readouterr().out)
    assert float(rows['mean'][1]) > 10 + expected['moc']['videoAP@0.50']['mean']
    settings = ('psi=True', 'trim_threshold=0.3', 'min_length=5')
    words = [word for each in settings for word in ('--link-option', each)]
    assert evaluate(*asked, '--linker', 'viterbi', *words) == 0


def test_average_of_splits(tmp_path, capsys):
    """Two splits of one file: perfect, and half of the truth found."""
    tube, other = cases.still_tube(1, 20), cases.still_tube(1, 20, (99, 0, 150, 60))
    ann = tmp_path / 'gt.json'
    truths = {'0': [tube.tolist()], '1': [other.tolist()]}
    ann.write_text(
        json.dumps(
            dict(
                labels=['run', 'sit', 'go'],
                gttubes=dict(a=truths, b=truths),
                nframes=dict(a=20, b=20),
                train_videos=[['b'], ['a']],
                test_videos=[['a'], ['b']],
                resolution=dict(a=[240, 320], b=[240, 320]),
            )
        )
    )
    dumps = []
    for video, found in (
        ('a', [(tube, 0, 0.9), (other, 1, 0.8)]),
        ('b', [(tube, 0, 0.9)]),
    ):
        frames, boxes, labels, scores = cases.boxes_of(*found)
        dumps.append(str(tmp_path / f'{video}.npz'))
        with DetectionWriter(dumps[-1], ['run', 'sit', 'go'], 1) as writer:
            writer.add(video, pack(frames, boxes, scores, labels, None, 30))
    pairs = [str(ann), dumps[0], str(ann), dumps[1]]
    assert evaluate(*pairs, '--split', '1', '--split', '2') == 0
    out = capsys.readouterr().out
    assert 'average of 2' in out
    rows = table(out)
    assert set(rows['run']) == {'100.00'} and set(rows['sit']) == {'50.00'}
    assert set(rows['go']) == {'-'} and set(rows['mean']) == {'75.00'}
    # Swapped dumps.
    assert evaluate(*pairs, '--split', '2', '--split', '1') == 1
    error = capsys.readouterr().err
    assert error.startswith('mmvkp evaluate tubes: error: ')
    assert 'holds other videos than split 2 of' in error
    assert '2 are in only one of them' in error


def test_files_that_do_not_fit(tmp_path, capsys):
    ann, dump, inputs, _ = write_case(tmp_path, 'trimmed_k1')
    assert evaluate(ann, str(tmp_path / 'no.npz')) == 1
    assert 'no.npz' in capsys.readouterr().err
    assert evaluate(ann, ann) == 1
    assert 'not a file of detections' in capsys.readouterr().err
    other = dict(cases.annotations_of(inputs), labels=['x', 'y', 'z'])
    Path(ann).write_text(json.dumps(other))
    assert evaluate(ann, dump) == 1
    assert 'have different classes' in capsys.readouterr().err
    video = inputs['test_videos'][0][0]
    other = dict(cases.annotations_of(inputs))
    other['nframes'] = dict(other['nframes'], **{video: 5})
    Path(ann).write_text(json.dumps(other))
    assert evaluate(ann, dump) == 1
    assert 'or a frame outside the video' in capsys.readouterr().err
    other['gttubes'] = dict(other['gttubes'], **{video: {}})
    Path(ann).write_text(json.dumps(other))
    assert evaluate(ann, dump) == 1
    assert f'video {video!r} has a detection with frame' in capsys.readouterr().err
